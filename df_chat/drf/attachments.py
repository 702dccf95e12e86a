"""Images and files: uploaded, listed, changed and removed. Their bytes leave by views of their own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from django.db.models import F, Q, QuerySet
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from df_chat import actions
from df_chat.access import load_access, load_attachment
from df_chat.drf.base import ChatViewSet
from df_chat.drf.serializers import ReplaceFileSerializer, ReplaceImageSerializer
from df_chat.exceptions import Invalid, NotFound
from df_chat.models import Attachment, Message, MessageFile, MessageImage
from df_chat.settings import chat_settings
from df_chat.streams import State


class AttachmentViewSet(ChatViewSet):
    """``images/`` and ``files/``: what the viewer may see, newest first; ``?room=`` narrows it to one room."""

    kind = "ATTACHMENT"
    lookup_url_kwarg = "id"
    parser_classes = [MultiPartParser]
    model: ClassVar[type[Attachment]]
    # The field of the form that holds the bytes, and those that say what a message is to be made of.
    field: ClassVar[str]
    replace_serializer: ClassVar[type[Any]]

    def get_queryset(self) -> QuerySet[Any]:
        rows = self.model._default_manager.select_related("message", "uploader")
        room_id = self.request.query_params.get("room")
        if room_id:
            access = load_access(self.request.user, serializers.UUIDField().run_validation(room_id))
            return rows.filter(message__in=access.messages().values("pk"))
        return rows.filter(Q(message__in=self._my_messages()) | Q(message=None, uploader=self.request.user.pk))

    @property
    def attachment(self) -> Attachment:
        return load_attachment(self.request.user, self.model, self.kwargs["id"])

    def list(self, request: Request) -> Response:
        page = self.paginator.paginate_queryset(self.get_queryset(), request, view=self)
        response: Response = self.paginator.get_paginated_response(self.get_serializer(page, many=True).data)
        return response

    def create(self, request: Request) -> Response:
        fields = self.cleaned(self.get_serializer_class())
        file, room_id, message_id = (fields.pop(name) for name in (self.field, "room_id", "message_id"))
        if message_id is not None:
            return self._attach(file, message_id)
        if room_id is not None:
            return self._send(file, room_id, fields)
        attachment = getattr(actions, f"upload_{self.field}")(actor=request.user, file=file)
        return self._answer(attachment.pk, status=201)

    def retrieve(self, request: Request, id: uuid.UUID) -> Response:  # noqa: A002 - the name in the path
        return Response(self.get_serializer(self.attachment).data)

    def update(self, request: Request, id: uuid.UUID) -> Response:  # noqa: A002
        attachment = self.attachment
        file = self.cleaned(self.replace_serializer)[self.field]
        actions.replace_attachment(actor=request.user, attachment=attachment, file=file)
        return self._answer(attachment.pk)

    def destroy(self, request: Request, id: uuid.UUID) -> Response:  # noqa: A002
        actions.remove_attachment(actor=request.user, attachment=self.attachment)
        return Response(status=204)

    def _my_messages(self) -> QuerySet[Message]:
        """The messages of the viewer's rooms, as far back as the viewer may read."""
        return Message.objects.live().filter(
            room__deleted_at=None,
            room__memberships__user=self.request.user.pk,
            room__memberships__is_active=True,
            seq__gte=F("room__memberships__visible_from_seq"),
        )

    def _attach(self, file: Any, message_id: uuid.UUID) -> Response:
        """Put it into a message that is there."""
        room_id = Message.objects.filter(pk=message_id).values_list("room", flat=True).first()
        if room_id is None:
            raise NotFound
        place: State = {"actor": self.request.user, "room_id": room_id, "message_id": message_id}
        with self._uploading(file, **place) as uploads:
            actions.attach(**place, **uploads.ids)
        return self._answer(uploads.one, status=201)

    def _send(self, file: Any, room_id: uuid.UUID, fields: State) -> Response:
        """Make a message of it; sent again with the same ``client_id``, it answers with what was made."""
        place: State = {"actor": self.request.user, "room_id": room_id}
        with self._uploading(file, **place) as uploads:
            result = actions.send_message(**place, **fields, **uploads.ids)
        if result.created:
            return self._answer(uploads.one, status=201)
        sent = self.model._default_manager.filter(message=result.message, was_sent=True).first()
        if sent is None:
            raise NotFound
        return self._answer(sent.pk)

    @contextmanager
    def _uploading(self, file: Any, **place: Any) -> Iterator[actions.Uploads]:
        try:
            with actions.uploading(**{**place, f"{self.field}s": [file]}) as uploads:
                yield uploads
        except Invalid as error:
            # Here it is one, in a field of another name.
            error.attr = self.field if error.attr in (f"{self.field}s", f"{self.field}_ids") else error.attr
            raise

    def _answer(self, attachment_id: Any, status: int = 200) -> Response:
        attachment = load_attachment(self.request.user, self.model, attachment_id)
        return Response(self.get_serializer(attachment).data, status=status)


class ImageViewSet(AttachmentViewSet):
    """``images/``."""

    model = MessageImage
    field = "image"
    replace_serializer = ReplaceImageSerializer

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        serializer: type[BaseSerializer[Any]] = chat_settings.IMAGE_SERIALIZER
        return serializer


class FileViewSet(AttachmentViewSet):
    """``files/``."""

    model = MessageFile
    field = "file"
    replace_serializer = ReplaceFileSerializer

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        serializer: type[BaseSerializer[Any]] = chat_settings.FILE_SERIALIZER
        return serializer
