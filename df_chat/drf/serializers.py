"""What the API takes and gives.

What it gives is the ``state()`` of a row, the same as in frames, and beside it what is the viewer's own. The input
fields are write-only: readable fields that a host's subclass declares are added to the answer.
"""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.fields import empty
from rest_framework.utils import html

from df_chat.drf.strict import MAX_VERSION, IdField, StrictSerializer
from df_chat.drf.summaries import summarize
from df_chat.models import Message, Room, RoomUser
from df_chat.people import is_online, person_state
from df_chat.streams import State
from df_chat.sync import Cursor

MAX_MESSAGE_IDS = 200
MAX_STREAMS = 500
# What a message may have instead of a body.
CONTENT = ("image_ids", "file_ids", "images", "files")


class GatheredField(serializers.ListField):
    """A list of JSON, or all the fields of this name in a form."""

    def get_value(self, dictionary: Any) -> Any:
        if html.is_html_input(dictionary):
            return dictionary.getlist(self.field_name) or empty
        return dictionary.get(self.field_name, empty)


class IdListField(GatheredField):
    child = serializers.UUIDField()


class UserIdListField(GatheredField):
    child = IdField()


class UploadListField(GatheredField):
    child = serializers.FileField()


class StateSerializer(StrictSerializer):
    """The state of a row, the viewer's part, and whatever a subclass declares."""

    def to_representation(self, instance: Any) -> State:
        return {**self.state(instance), **self.viewer_state(instance), **super().to_representation(instance)}

    def state(self, instance: Any) -> State:
        state: State = instance.state()
        return state

    def viewer_state(self, instance: Any) -> State:
        """What only this viewer sees."""
        return {}

    @property
    def viewer(self) -> Any:
        """The user who looks."""
        return self.context["request"].user


class RoomSerializer(StateSerializer):
    """A room. The context may bring the ``summaries`` of all the rooms to show, read at once."""

    title = serializers.CharField(write_only=True, trim_whitespace=False)
    topic = serializers.CharField(write_only=True, default="", allow_blank=True)
    description = serializers.CharField(write_only=True, default="", allow_blank=True)
    is_public = serializers.BooleanField(write_only=True, default=False)
    is_archived = serializers.BooleanField(write_only=True, default=False)
    max_users = serializers.IntegerField(write_only=True, default=None, allow_null=True, max_value=2**31 - 1)
    metadata = serializers.JSONField(write_only=True, default=dict)

    def viewer_state(self, instance: Room) -> State:
        summaries = self.context.get("summaries") or summarize([instance], self.viewer)
        return summaries[instance.pk]


class NewRoomSerializer(StrictSerializer):
    """What only a new room takes."""

    user_ids = serializers.ListField(child=IdField(), default=list)


class RoomUserSerializer(StateSerializer):
    """A member of a room."""

    user_id = IdField(write_only=True)
    role = serializers.ChoiceField(write_only=True, choices=RoomUser.Role.choices, default=RoomUser.Role.MEMBER)

    def viewer_state(self, instance: RoomUser) -> State:
        return {
            "is_me": instance.user_id == self.viewer.pk,
            "is_online": is_online(instance.user),
            "seen_seq": instance.seen_seq,
            "received_seq": instance.received_seq,
        }


class MessageSerializer(StateSerializer):
    """A message. The context brings the viewer's ``access`` to its room."""

    body = serializers.CharField(write_only=True, trim_whitespace=False, default="", allow_blank=True)
    parent_id = serializers.UUIDField(write_only=True, default=None, allow_null=True)
    client_id = serializers.UUIDField(write_only=True, default=None, allow_null=True)
    image_ids = IdListField(write_only=True, default=list)
    file_ids = IdListField(write_only=True, default=list)
    mention_ids = UserIdListField(write_only=True, default=list)
    images = UploadListField(write_only=True, default=list)
    files = UploadListField(write_only=True, default=list)
    is_reaction = serializers.BooleanField(write_only=True, default=False)
    metadata = serializers.JSONField(write_only=True, default=None, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs["body"] and not any(attrs[name] for name in CONTENT):
            # As where nothing could stand instead of a body.
            code = "blank" if "body" in self.initial_data else "required"
            message = self.fields["body"].error_messages[code]
            raise serializers.ValidationError({"body": [serializers.ErrorDetail(str(message), code=code)]})
        return attrs

    def viewer_state(self, instance: Message) -> State:
        member = self.context["access"].member
        is_me = member is not None and instance.room_user_id == member.pk
        return {"is_me": is_me, "is_seen_by_me": is_me or (member is not None and instance.seq <= member.seen_seq)}


class AttachmentSerializer(StateSerializer):
    """An image or a file, and where it is."""

    room_id = serializers.UUIDField(write_only=True, default=None, allow_null=True)
    message_id = serializers.UUIDField(write_only=True, default=None, allow_null=True)
    body = serializers.CharField(write_only=True, default="", trim_whitespace=False, allow_blank=True)
    parent_id = serializers.UUIDField(write_only=True, default=None, allow_null=True)
    client_id = serializers.UUIDField(write_only=True, default=None, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["message_id"] is not None and attrs["room_id"] is not None:
            raise serializers.ValidationError("Give room_id or message_id, not both.")
        if attrs["room_id"] is None and any(attrs[name] for name in ("body", "parent_id", "client_id")):
            raise serializers.ValidationError({"room_id": "Where shall the message go?"})
        return attrs

    def viewer_state(self, instance: Any) -> State:
        message = instance.message
        return {
            "room_id": None if message is None else str(message.room_id),
            "message_id": None if message is None else str(message.pk),
            "is_mine": instance.uploader_id is not None and instance.uploader_id == self.viewer.pk,
            "created": instance.created,
        }


class ImageSerializer(AttachmentSerializer):
    """An image. Of ``room_id``, which makes a message, and ``message_id`` one may be given, or neither."""

    image = serializers.FileField(write_only=True)


class FileSerializer(AttachmentSerializer):
    """A file; as an image."""

    file = serializers.FileField(write_only=True)


class ReplaceImageSerializer(StrictSerializer):
    image = serializers.FileField()


class ReplaceFileSerializer(StrictSerializer):
    file = serializers.FileField()


class UserSerializer(StateSerializer):
    """Somebody to chat with."""

    def state(self, instance: Any) -> State:
        return person_state(instance)


class EditMessageSerializer(StrictSerializer):
    body = serializers.CharField(trim_whitespace=False)
    metadata = serializers.JSONField(default=None, allow_null=True)
    mention_ids = UserIdListField(required=False, help_text="Left out, those mentioned stay.")


class FlatMessageSerializer(StrictSerializer):
    """What a message sent without a room in its path takes besides."""

    room_id = serializers.UUIDField()


class ReactSerializer(StrictSerializer):
    emoji = serializers.CharField()
    on = serializers.BooleanField(default=True)


class RoleSerializer(StrictSerializer):
    role = serializers.ChoiceField(choices=RoomUser.Role.choices)


class MarkSerializer(StrictSerializer):
    """One message, a list of them, or everything up to a ``seq``."""

    message_id = serializers.UUIDField(required=False)
    message_ids = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=MAX_MESSAGE_IDS)
    up_to = serializers.IntegerField(required=False, min_value=0, max_value=MAX_VERSION)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs.keys() & {"message_id", "message_ids", "up_to"}) != 1:
            raise serializers.ValidationError("Give one of message_id, message_ids and up_to.")
        if "message_id" in attrs:
            attrs["message_ids"] = [attrs.pop("message_id")]
        return attrs


class CursorSerializer(StrictSerializer):
    gen = serializers.CharField(max_length=64, allow_blank=True)
    version = serializers.IntegerField(min_value=0, max_value=MAX_VERSION)


class SyncSerializer(StrictSerializer):
    """Where a client stands in each stream it knows."""

    streams = serializers.DictField(child=CursorSerializer(), default=dict)

    def validate_streams(self, streams: dict[str, dict[str, Any]]) -> dict[str, Cursor]:
        if len(streams) > MAX_STREAMS:
            raise serializers.ValidationError(f"{MAX_STREAMS} streams at most.")
        return {name: Cursor(**cursor) for name, cursor in streams.items()}


class ChangesQuerySerializer(serializers.Serializer[Any]):
    """The query of ``changes/``."""

    since = serializers.IntegerField(min_value=0, max_value=MAX_VERSION, default=0)
    gen = serializers.CharField(max_length=64, default="", allow_blank=True)
