"""The image of a room: for those who see the room, and changed by those who manage it."""

from __future__ import annotations

import uuid

from django.http.response import HttpResponseBase
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from df_chat import actions
from df_chat.access import load_access
from df_chat.drf.media import BytesViewSet, send_thumbnail
from df_chat.drf.serializers import ReplaceImageSerializer
from df_chat.media.names import clean_name
from df_chat.models import Room


class RoomImageViewSet(BytesViewSet):
    """``rooms/<id>/image/``, and ``small/`` below it."""

    kind = "ROOM"
    parser_classes = [MultiPartParser]

    def retrieve(self, request: Request, pk: uuid.UUID) -> HttpResponseBase:
        room = self.get_object()
        return send_thumbnail(request, room.image, clean_name(room.title))

    def small(self, request: Request, pk: uuid.UUID) -> HttpResponseBase:
        room = self.get_object()
        return send_thumbnail(request, room.image_small, clean_name(room.title))

    def update(self, request: Request, pk: uuid.UUID) -> Response:
        # Who does not see the room learns nothing of what it takes.
        self.get_object()
        image = self.cleaned(ReplaceImageSerializer)["image"]
        actions.set_room_image(actor=request.user, room_id=pk, image=image)
        return self.answer_room(pk)

    def destroy(self, request: Request, pk: uuid.UUID) -> Response:
        actions.remove_room_image(actor=request.user, room_id=pk)
        return Response(status=204)

    def get_object(self) -> Room:
        room_id: uuid.UUID = self.kwargs["pk"]
        return load_access(self.request.user, room_id).room
