"""What each action of the socket takes: the bodies of the REST requests, and the room that their paths name."""

from __future__ import annotations

from rest_framework import serializers

from df_chat.drf.serializers import MarkSerializer, ReactSerializer, SyncSerializer
from df_chat.drf.strict import StrictSerializer

__all__ = [
    "EditMessage",
    "Mark",
    "MaybeRoom",
    "OneMessage",
    "OneRoom",
    "React",
    "SendMessage",
    "Sync",
    "Typing",
]


class OneRoom(StrictSerializer):
    room_id = serializers.UUIDField()


class MaybeRoom(StrictSerializer):
    room_id = serializers.UUIDField(required=False)


class OneMessage(OneRoom):
    message_id = serializers.UUIDField()


class SendMessage(OneRoom):
    body = serializers.CharField(trim_whitespace=False)
    parent_id = serializers.UUIDField(required=False, allow_null=True)
    client_id = serializers.UUIDField(required=False, allow_null=True)
    metadata = serializers.JSONField(required=False, allow_null=True)


class EditMessage(OneMessage):
    body = serializers.CharField(required=False, trim_whitespace=False)
    metadata = serializers.JSONField(required=False, allow_null=True)


class React(OneMessage, ReactSerializer):
    pass


class Mark(OneRoom, MarkSerializer):
    pass


class Sync(SyncSerializer):
    pass


class Typing(OneRoom):
    is_typing = serializers.BooleanField(default=True)
