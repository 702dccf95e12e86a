"""What the chat's views share."""

from __future__ import annotations

import uuid
from functools import cached_property
from typing import Any

from django.db import transaction
from django.utils.decorators import method_decorator
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from df_chat.access import load_access
from df_chat.drf.errors import handle
from df_chat.drf.strict import StrictJSONParser
from df_chat.drf.summaries import summarize
from df_chat.drf.upload_limit import UploadLimit
from df_chat.exceptions import NotFound
from df_chat.models import Room
from df_chat.settings import chat_settings

UUID_REGEX = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"


# A host's ATOMIC_REQUESTS would hold a room's lock until the response is made.
@method_decorator(transaction.non_atomic_requests(using=chat_settings.DATABASE), name="dispatch")
class ChatViewSet(GenericViewSet[Any]):
    """Takes its classes from DF_CHAT, by the name of its ``kind``, and answers refusals in the chat's one shape."""

    kind = ""
    parser_classes = [StrictJSONParser, FormParser, MultiPartParser]
    # Lists are narrowed by the views themselves, whatever the host's default filters.
    filter_backends = []
    upload_limit: UploadLimit | None = None

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().dispatch(request, *args, **kwargs)
        finally:
            # A form that could not be read has not said that it was.
            if self.upload_limit is not None:
                self.upload_limit.let_go()

    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Request:
        # Before anything reads the body: the check of the CSRF token does.
        if request.content_type == "multipart/form-data":
            self.upload_limit = UploadLimit(request)
            request.upload_handlers.insert(0, self.upload_limit)
        return super().initialize_request(request, *args, **kwargs)

    def get_permissions(self) -> list[Any]:
        return [permission() for permission in getattr(chat_settings, f"{self.kind}_PERMISSION_CLASSES")]

    def get_throttles(self) -> list[Any]:
        return [throttle() for throttle in chat_settings.THROTTLE_CLASSES]

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        serializer: type[BaseSerializer[Any]] = getattr(chat_settings, f"{self.kind}_SERIALIZER")
        return serializer

    @cached_property
    def paginator(self) -> Any:
        return getattr(chat_settings, f"{self.kind}_PAGINATION_CLASS")()

    def get_exception_handler(self) -> Any:
        return handle

    # -- Input ---------------------------------------------------------------------------------------------
    def cleaned(self, serializer_class: type[Any], *, partial: bool = False, data: Any = None) -> dict[str, Any]:
        """The request's body, checked. Raises ValidationError."""
        serializer = serializer_class(
            data=self.request.data if data is None else data, partial=partial, context=self.get_serializer_context()
        )
        serializer.is_valid(raise_exception=True)
        result: dict[str, Any] = serializer.validated_data
        return result

    # -- Output --------------------------------------------------------------------------------------------
    def room_data(self, rooms: list[Room], *, many: bool = True) -> Any:
        """Rooms as this viewer sees them."""
        context = {**self.get_serializer_context(), "summaries": summarize(rooms, self.request.user)}
        serializer = chat_settings.ROOM_SERIALIZER
        return (
            serializer(rooms, many=True, context=context).data if many else serializer(rooms[0], context=context).data
        )

    def answer_room(self, room_id: uuid.UUID, status: int = 200) -> Response:
        """One room as it now is. Raises NotFound."""
        room = load_access(self.request.user, room_id).room
        return Response(self.room_data([room], many=False), status=status)


class InRoomViewSet(ChatViewSet):
    """A view below a room: one the viewer cannot see answers 404 before anything else is looked at."""

    # None only where a room is yet to be made.
    access: Any = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        room_id = self.find_room_id()
        if room_id is not None:
            self.access = load_access(request.user, room_id)

    def find_room_id(self) -> uuid.UUID | None:
        """The room that the request is about. Raises NotFound."""
        return uuid.UUID(self.kwargs["room_pk"])

    @property
    def room_id(self) -> uuid.UUID:
        room_id: uuid.UUID = self.access.room.pk
        return room_id

    def check_still_visible(self) -> None:
        """Read the membership again, after what it allowed to be read.

        What was read may be newer than a removal that came between. Raises NotFound then.
        """
        if load_access(self.request.user, self.room_id).visible_from > self.access.visible_from:
            raise NotFound

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "access": self.access}
