"""What each action of the socket takes: the bodies of the REST requests, and the room that their paths name."""

from __future__ import annotations

from rest_framework import serializers

from df_chat.drf.serializers import MarkSerializer, ReactSerializer, SyncSerializer
from df_chat.drf.strict import IdField, StrictSerializer

__all__ = [
    "Authenticate",
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


class Authenticate(StrictSerializer):
    """What a first frame shows: one of these."""

    authorization = serializers.CharField(required=False)
    ticket = serializers.CharField(required=False)
    csrf_token = serializers.CharField(required=False)

    def validate(self, attrs: dict[str, str]) -> dict[str, str]:
        if len(attrs) != 1:
            raise serializers.ValidationError("Give one of authorization, ticket and csrf_token.")
        return attrs


class OneRoom(StrictSerializer):
    room_id = serializers.UUIDField()


class MaybeRoom(StrictSerializer):
    room_id = serializers.UUIDField(required=False)


class OneMessage(OneRoom):
    message_id = serializers.UUIDField()


class SendMessage(OneRoom):
    body = serializers.CharField(trim_whitespace=False, required=False, default="", allow_blank=True)
    image_ids = serializers.ListField(child=serializers.UUIDField(), required=False)
    file_ids = serializers.ListField(child=serializers.UUIDField(), required=False)
    mention_ids = serializers.ListField(child=IdField(), required=False)
    parent_id = serializers.UUIDField(required=False, allow_null=True)
    client_id = serializers.UUIDField(required=False, allow_null=True)
    metadata = serializers.JSONField(required=False, allow_null=True)


class EditMessage(OneMessage):
    body = serializers.CharField(required=False, trim_whitespace=False)
    mention_ids = serializers.ListField(child=IdField(), required=False)
    metadata = serializers.JSONField(required=False, allow_null=True)


class React(OneMessage, ReactSerializer):
    pass


class Mark(OneRoom, MarkSerializer):
    pass


class Sync(SyncSerializer):
    pass


class Typing(OneRoom):
    is_typing = serializers.BooleanField(default=True)
