"""Messages of a room, of a direct chat, and flat."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.datastructures import MultiValueDict
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from df_chat import actions
from df_chat.access import load_access
from df_chat.adapter import get_adapter
from df_chat.drf.base import UUID_REGEX, ChatViewSet, InRoomViewSet
from df_chat.drf.search import search_text
from df_chat.drf.serializers import (
    CONTENT,
    EditMessageSerializer,
    FlatMessageSerializer,
    MarkSerializer,
    ReactSerializer,
)
from df_chat.exceptions import Invalid, NotFound
from df_chat.models import Message, RoomUser
from df_chat.people import find_contact
from df_chat.settings import chat_settings
from df_chat.streams import State, retrying

MAX_READERS = 200


class MessageViewSet(InRoomViewSet):
    """``rooms/<id>/messages/``: newest first, by ``seq``; with ``?search=``, those that contain a text."""

    kind = "MESSAGE"
    lookup_url_kwarg = "message_id"
    lookup_value_regex = UUID_REGEX

    def get_queryset(self) -> QuerySet[Message]:
        messages: QuerySet[Message] = self.access.messages()
        parent = self.request.query_params.get("parent")
        if parent:
            messages = messages.filter(parent=serializers.UUIDField().run_validation(parent))
        text = search_text(self.request)
        if text is not None:
            messages = messages.filter(body__icontains=text, deleted_at=None)
        return messages

    @property
    def message_id(self) -> uuid.UUID:
        return uuid.UUID(self.kwargs["message_id"])

    def list(self, request: Request, **kwargs: Any) -> Response:
        page = self.paginator.paginate_queryset(self.get_queryset(), request, view=self)
        response: Response = self.paginator.get_paginated_response(self.get_serializer(page, many=True).data)
        self.check_still_visible()
        return response

    def create(self, request: Request, **kwargs: Any) -> Response:
        return self.send(self.cleaned(self.get_serializer_class()))

    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        message = self.access.message(self.message_id)
        response = Response({**self.get_serializer(message).data, **self._readers(message)})
        self.check_still_visible()
        return response

    def update(self, request: Request, **kwargs: Any) -> Response:
        return self._edit(self.cleaned(EditMessageSerializer))

    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        return self._edit(self.cleaned(EditMessageSerializer, partial=True))

    def destroy(self, request: Request, **kwargs: Any) -> Response:
        actions.delete_message(actor=request.user, room_id=self.room_id, message_id=self.message_id)
        return Response(status=204)

    @action(detail=True, methods=["post"])
    def react(self, request: Request, **kwargs: Any) -> Response:
        fields = self.cleaned(ReactSerializer)
        message = actions.react(actor=request.user, room_id=self.room_id, message_id=self.message_id, **fields)
        return Response(self.get_serializer(message).data)

    @action(detail=False, methods=["post"])
    def seen(self, request: Request, **kwargs: Any) -> Response:
        return self._mark(actions.mark_seen)

    @action(detail=False, methods=["post"])
    def received(self, request: Request, **kwargs: Any) -> Response:
        return self._mark(actions.mark_received)

    def send(self, fields: dict[str, Any]) -> Response:
        """Send what the body says: a message, a reply or a reaction."""
        if fields["is_reaction"]:
            return self._send_reaction(fields)
        with self.uploaded(fields, room_id=self.room_id) as content:
            return self.send_content(content)

    @contextmanager
    def uploaded(self, fields: dict[str, Any], **where: Any) -> Iterator[dict[str, Any]]:
        """What ``send_message`` takes, with the files of the form uploaded."""
        names = ("is_reaction", "images", "files")
        content = {name: value for name, value in fields.items() if name not in names}
        new = {name: fields[name] for name in ("images", "files")}
        if not any(new.values()):
            yield content
            return
        with actions.uploading(actor=self.request.user, **new, **where) as uploads:
            yield {**content, **{name: [*content[name], *ids] for name, ids in uploads.ids.items()}}

    def send_content(self, fields: dict[str, Any]) -> Response:
        result = actions.send_message(actor=self.request.user, room_id=self.room_id, **fields)
        if result.hidden:
            return Response({"id": str(result.message.pk), "hidden": True})
        return Response(self.get_serializer(result.message).data, status=201 if result.created else 200)

    def _send_reaction(self, fields: dict[str, Any]) -> Response:
        """A reaction as a message of its own: its answer has the id to take it back with."""
        if any(fields[name] for name in (*CONTENT, "mention_ids")):
            raise Invalid("invalid", attr="is_reaction")
        parent_id, user = fields["parent_id"], self.request.user
        if parent_id is None:
            raise Invalid("required", attr="parent_id")
        emoji = fields["body"]
        parent = actions.react(actor=user, room_id=self.room_id, message_id=parent_id, emoji=emoji)
        mine = actions.find_reaction(actor=user, message=parent, emoji=emoji)
        return Response(self.get_serializer(mine).data, status=201)

    def _edit(self, fields: dict[str, Any]) -> Response:
        message = actions.edit_message(
            actor=self.request.user, room_id=self.room_id, message_id=self.message_id, **fields
        )
        return Response(self.get_serializer(message).data)

    def _mark(self, mark: Any) -> Response:
        fields = self.cleaned(MarkSerializer)
        member = mark(actor=self.request.user, room_id=self.room_id, **fields)
        answer: State = {"seen_seq": member.seen_seq, "received_seq": member.received_seq}
        if "message_ids" in fields:
            known = self.access.messages().filter(pk__in=fields["message_ids"]).values_list("pk", flat=True)
            answer["message_ids"] = [str(pk) for pk in known]
        return Response(answer)

    def _readers(self, message: Message) -> State:
        """Who has seen and who has received a message; at most 200 of each."""
        members = RoomUser.objects.active().select_related("user").filter(room=self.room_id)
        others = members.exclude(pk=message.room_user_id)
        seen = others.filter(seen_seq__gte=message.seq, seen_at__isnull=False)
        received = others.filter(received_seq__gte=message.seq, received_at__isnull=False)
        return {
            "seen_by": _reader_states(seen.order_by("seen_at", "pk")[:MAX_READERS], "seen_at"),
            "received_by": _reader_states(received.order_by("received_at", "pk")[:MAX_READERS], "received_at"),
        }


class FlatMessageViewSet(MessageViewSet):
    """``messages/?room=``: a room's messages without the room in the path."""

    def find_room_id(self) -> uuid.UUID:
        named = self.request.query_params.get("room")
        if self.request.method == "POST":
            data = self.request.data
            named = data.get("room_id") if isinstance(data, dict) else None
        field = FlatMessageSerializer(data={"room_id": named} if named is not None else {})
        field.is_valid(raise_exception=True)
        room_id: uuid.UUID = field.validated_data["room_id"]
        return room_id

    def create(self, request: Request, **kwargs: Any) -> Response:
        body: Any = request.data
        data: Any = {key: body[key] for key in body if key != "room_id"}
        if isinstance(body, MultiValueDict):
            data = MultiValueDict({key: body.getlist(key) for key in data})
        return self.send(self.cleaned(self.get_serializer_class(), data=data))


class DirectViewSet(ChatViewSet):
    """``direct/<user>/``: the one chat with somebody."""

    kind = "DIRECT"

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        serializer: type[BaseSerializer[Any]] = chat_settings.ROOM_SERIALIZER
        return serializer

    def retrieve(self, request: Request, user_id: str) -> Response:
        room = actions.find_direct(actor=request.user, user_id=user_id)
        if room is None:
            raise NotFound
        return self.answer_room(room.pk)

    def open(self, request: Request, user_id: str) -> Response:
        """The chat, made if there is none yet."""
        room, created = actions.open_direct(actor=request.user, user_id=user_id)
        return self.answer_room(room.pk, status=201 if created else 200)


class DirectMessageViewSet(MessageViewSet):
    """``direct/<user>/messages/``: the first message opens the chat; before it, there is nothing to read."""

    def find_room_id(self) -> uuid.UUID | None:
        room = actions.find_direct(actor=self.request.user, user_id=self.kwargs["user_id"])
        if room is not None:
            return room.pk
        find_contact(self.request.user, self.kwargs["user_id"])
        return None

    def list(self, request: Request, **kwargs: Any) -> Response:
        if self.access is None:
            return Response({"next": None, "previous": None, "results": []})
        return super().list(request, **kwargs)

    def create(self, request: Request, **kwargs: Any) -> Response:
        fields = self.cleaned(self.get_serializer_class())
        if self.access is not None:
            return self.send(fields)
        # Nothing slow happens while the new room is locked.
        with self.uploaded(fields) as content:
            return self._open_and_send(fields, content)

    @retrying
    def _open_and_send(self, fields: dict[str, Any], content: dict[str, Any]) -> Response:
        # Together: a message that is refused leaves no empty chat behind.
        with transaction.atomic(using=chat_settings.DATABASE):
            room, _created = actions.open_direct(actor=self.request.user, user_id=self.kwargs["user_id"])
            self.access = load_access(self.request.user, room.pk)
            return self._send_reaction(fields) if fields["is_reaction"] else self.send_content(content)


def _reader_states(members: Iterable[RoomUser], at: str) -> list[State]:
    name = get_adapter().display_name
    return [
        {"user_id": str(member.user_id), "name": name(member.user), "at": getattr(member, at)} for member in members
    ]
