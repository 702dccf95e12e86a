"""Every hook, replaced by a subclass that leaves a mark."""

from __future__ import annotations

from typing import Any

from rest_framework import permissions, serializers, throttling

from df_chat import metrics, policy
from df_chat.adapter import ChatAdapter
from df_chat.asgi import consumers
from df_chat.asgi import permissions as socket_permissions
from df_chat.drf import pagination
from df_chat.drf import serializers as chat_serializers
from df_chat.exceptions import Denied
from df_chat.hub import publisher
from df_chat.media import senders

published: list[Any] = []
asked: list[str] = []


class Adapter(ChatAdapter):
    error_messages = {**ChatAdapter.error_messages, "no_shouting": "Please do not shout."}

    def display_name(self, user: Any) -> str:
        return f"~{user.nickname}"

    def search_contacts(self, contacts: Any, text: str) -> Any:
        return contacts.filter(nickname__istartswith=text)

    def extend_message(self, message: Any, state: dict[str, Any]) -> dict[str, Any]:
        return {**state, "length": len(message.body)}


class Policy(policy.ChatPolicy):
    def check_post(self, actor: Any, room: Any, member: Any) -> None:
        super().check_post(actor, room, member)
        if actor is not None and actor.nickname.isupper():
            raise Denied("no_shouting")


class Publisher(publisher.LayerPublisher):
    def publish(self, event: Any) -> None:
        published.append(event)
        super().publish(event)


class Metrics(metrics.Metrics):
    pass


class MediaSender(senders.StreamSender):
    pass


class Consumer(consumers.RoomsConsumer):
    pass


class RoomSerializer(chat_serializers.RoomSerializer):
    shouted = serializers.SerializerMethodField()

    def get_shouted(self, room: Any) -> str:
        return str(room.title).upper()


class RoomUserSerializer(chat_serializers.RoomUserSerializer):
    initial = serializers.SerializerMethodField()

    def get_initial(self, member: Any = None) -> Any:
        return str(member.user)[0] if member is not None else super().get_initial()


class MessageSerializer(chat_serializers.MessageSerializer):
    words = serializers.SerializerMethodField()

    def get_words(self, message: Any) -> int:
        return len(message.body.split())


class UserSerializer(chat_serializers.UserSerializer):
    email = serializers.EmailField(read_only=True)


class ImageSerializer(chat_serializers.ImageSerializer):
    ratio = serializers.SerializerMethodField()

    def get_ratio(self, image: Any) -> float:
        return image.width / image.height


class FileSerializer(chat_serializers.FileSerializer):
    kilobytes = serializers.SerializerMethodField()

    def get_kilobytes(self, file: Any) -> int:
        return file.size // 1024


class Permission(permissions.IsAuthenticated):
    def has_permission(self, request: Any, view: Any) -> bool:
        asked.append(view.kind)
        return super().has_permission(request, view)


class SocketPermission(socket_permissions.IsAuthenticated):
    async def has_permission(self, scope: Any, consumer: Any, action: str, **kwargs: Any) -> bool:
        asked.append(action)
        return await super().has_permission(scope, consumer, action, **kwargs)


class Throttle(throttling.BaseThrottle):
    def allow_request(self, request: Any, view: Any) -> bool:
        asked.append("throttle")
        return True


class RoomPagination(pagination.RoomPagination):
    page_size_query_param = "size"


class RoomUserPagination(pagination.RoomUserPagination):
    page_size_query_param = "size"


class UserPagination(pagination.UserPagination):
    page_size_query_param = "size"


class AttachmentPagination(pagination.AttachmentPagination):
    page_size_query_param = "size"


class MessagePagination(pagination.MessagePagination):
    def get_paginated_response(self, data: Any) -> Any:
        response = super().get_paginated_response(data)
        response.data["mine"] = True
        return response


def scan(attachment: Any) -> bool:
    asked.append("scan")
    return True
