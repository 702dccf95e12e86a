"""Rooms and their members."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from df_chat import actions
from df_chat.drf.base import UUID_REGEX, ChatViewSet, InRoomViewSet
from df_chat.drf.search import search_text
from df_chat.drf.serializers import ChangesQuerySerializer, NewRoomSerializer, RoleSerializer
from df_chat.exceptions import NotFound
from df_chat.models import Room, RoomUser, Stream
from df_chat.people import people_named, user_key
from df_chat.settings import chat_settings
from df_chat.sync import Cursor, read_changes, read_snapshot


class RoomViewSet(ChatViewSet):
    """``rooms/``: the viewer's rooms; with ``?public=true``, the directory of public ones."""

    kind = "ROOM"
    lookup_value_regex = UUID_REGEX

    def get_queryset(self) -> QuerySet[Room]:
        query = self.request.query_params
        if query.get("public") in ("true", "1"):
            rooms = Room.objects.live().filter(is_public=True)
        else:
            rooms = Room.objects.of_user(self.request.user)
        if query.get("kind") in Room.Kind.values:
            rooms = rooms.filter(kind=query["kind"])
        text = search_text(self.request, min_chars=0)
        if text is not None:
            with_peer = Q(self._has_peer(text), kind=Room.Kind.DIRECT)
            rooms = rooms.filter(Q(title__icontains=text) | Q(topic__icontains=text) | with_peer)
        stream = Stream.objects.filter(pk=OuterRef("pk"))
        # Read in one statement with the rooms: what is read after it is as new, or newer.
        return rooms.annotate(
            active_at=Subquery(stream.values("active_at")), stream_version=Subquery(stream.values("version"))
        )

    def _has_peer(self, text: str) -> Exists:
        """Whether somebody else in the room has such a name: direct chats have no title."""
        others = RoomUser.objects.active().filter(room=OuterRef("pk"), user__in=people_named(text))
        return Exists(others.exclude(user=self.request.user.pk))

    @property
    def room_id(self) -> uuid.UUID:
        return uuid.UUID(self.kwargs["pk"])

    def list(self, request: Request) -> Response:
        page = self.paginator.paginate_queryset(self.get_queryset(), request, view=self)
        response: Response = self.paginator.get_paginated_response(self.room_data(page))
        return response

    def create(self, request: Request) -> Response:
        fields = self._fields(extra=NewRoomSerializer)
        fields.pop("is_archived", None)
        room = actions.create_room(actor=request.user, **fields)
        return self.answer_room(room.pk, status=201)

    def retrieve(self, request: Request, pk: str) -> Response:
        return self.answer_room(self.room_id)

    def update(self, request: Request, pk: str) -> Response:
        actions.update_room(actor=request.user, room_id=self.room_id, **self._fields())
        return self.answer_room(self.room_id)

    def partial_update(self, request: Request, pk: str) -> Response:
        actions.update_room(actor=request.user, room_id=self.room_id, **self._fields(partial=True))
        return self.answer_room(self.room_id)

    def destroy(self, request: Request, pk: str) -> Response:
        actions.delete_room(actor=request.user, room_id=self.room_id)
        return Response(status=204)

    @action(detail=True, methods=["post"])
    def mute(self, request: Request, pk: str) -> Response:
        actions.set_muted(actor=request.user, room_id=self.room_id, is_muted=True)
        return self.answer_room(self.room_id)

    @action(detail=True, methods=["post"])
    def unmute(self, request: Request, pk: str) -> Response:
        actions.set_muted(actor=request.user, room_id=self.room_id, is_muted=False)
        return self.answer_room(self.room_id)

    @action(detail=True, methods=["post", "put"])
    def join(self, request: Request, pk: str) -> Response:
        actions.join_room(actor=request.user, room_id=self.room_id)
        return self.answer_room(self.room_id)

    @action(detail=True, methods=["post", "put"])
    def leave(self, request: Request, pk: str) -> Response:
        actions.leave_room(actor=request.user, room_id=self.room_id)
        return Response(status=204)

    @action(detail=True, methods=["get"])
    def snapshot(self, request: Request, pk: str) -> Response:
        return Response(read_snapshot(request.user, self.room_id))

    @action(detail=True, methods=["get"])
    def changes(self, request: Request, pk: str) -> Response:
        query = self.cleaned(ChangesQuerySerializer, data=request.query_params)
        cursor = Cursor(query["gen"], query["since"])
        return Response(read_changes(request.user, self.room_id, cursor))

    def _fields(self, *, partial: bool = False, extra: type[Any] | None = None) -> dict[str, Any]:
        """The body as fields of a room, and those of ``extra`` where it names them."""
        data, more = self.request.data, {}
        if extra is not None and isinstance(data, dict):
            names = set(extra().fields)
            more = self.cleaned(extra, data={key: data[key] for key in data if key in names})
            data = {key: data[key] for key in data if key not in names}
        return {**self.cleaned(self.get_serializer_class(), partial=partial, data=data), **more}


class RoomUserViewSet(InRoomViewSet):
    """``rooms/<id>/users/``: the members, found by the key of their user; ``?search=`` by the beginning of a name."""

    kind = "ROOM_USER"
    lookup_url_kwarg = "user_id"
    lookup_value_regex = "[^/]+"

    def get_queryset(self) -> QuerySet[RoomUser]:
        rows = RoomUser.objects.active().filter(room=self.room_id)
        return rows.select_related("user__chat")

    def list(self, request: Request, **kwargs: Any) -> Response:
        rows, text = self.get_queryset(), search_text(request)
        if text is not None:
            rows = rows.filter(user__in=people_named(text))
        page = self.paginator.paginate_queryset(rows, request, view=self)
        response: Response = self.paginator.get_paginated_response(self.get_serializer(page, many=True).data)
        return response

    def create(self, request: Request, **kwargs: Any) -> Response:
        fields = self.cleaned(self.get_serializer_class())
        member = actions.add_member(actor=request.user, room_id=self.room_id, **fields)
        return self._answer(member.user_id, status=201)

    def retrieve(self, request: Request, user_id: str, **kwargs: Any) -> Response:
        return self._answer(user_id)

    def update(self, request: Request, user_id: str, **kwargs: Any) -> Response:
        fields = self.cleaned(RoleSerializer)
        actions.set_role(actor=request.user, room_id=self.room_id, user_id=user_id, **fields)
        return self._answer(user_id)

    def partial_update(self, request: Request, user_id: str, **kwargs: Any) -> Response:
        if fields := self.cleaned(RoleSerializer, partial=True):
            actions.set_role(actor=request.user, room_id=self.room_id, user_id=user_id, **fields)
        return self._answer(user_id)

    def destroy(self, request: Request, user_id: str, **kwargs: Any) -> Response:
        actions.remove_member(actor=request.user, room_id=self.room_id, user_id=user_id)
        return Response(status=204)

    @action(detail=False, methods=["get"])
    def names(self, request: Request, **kwargs: Any) -> Response:
        """Everybody's name, unpaged: rooms are bounded by MAX_USERS_IN_ROOM."""
        members = self.get_queryset().order_by("joined_at", "pk")[: chat_settings.MAX_USERS_IN_ROOM]
        states = (member.state() for member in members)
        return Response([{"user_id": state["user_id"], "name": state["name"]} for state in states])

    def _answer(self, user_id: object, status: int = 200) -> Response:
        member = self.get_queryset().filter(user=user_key(user_id)).first()
        if member is None:
            raise NotFound
        return Response(self.get_serializer(member).data, status=status)
