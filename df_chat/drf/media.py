"""The bytes of attachments: whoever may read the message gets them, and is asked for each time."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar, NoReturn

from django.db import connections
from django.db.models.fields.files import FieldFile
from django.http.response import HttpResponseBase
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from df_chat.access import load_content
from df_chat.drf.base import ChatViewSet
from df_chat.exceptions import NotFound
from df_chat.media.images import THUMBNAIL_TYPE, TYPES
from df_chat.media.names import with_extension
from df_chat.media.senders import Sending
from df_chat.models import Attachment, MessageFile, MessageImage
from df_chat.settings import chat_settings
from df_chat.storage import tag_of

# What the image worker writes. Nothing else is shown: a browser might run it.
INLINE_TYPES = frozenset(content_type for content_type, _ in TYPES.values())
UNKNOWN_TYPE = "application/octet-stream"


class BytesViewSet(ChatViewSet):
    """A view that sends bytes, and tells in JSON what is refused: also to an ``<img>``, which accepts images alone."""

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        return super().perform_content_negotiation(request, force=True)

    def permission_denied(self, request: Request, message: str | None = None, code: str | None = None) -> NoReturn:
        """Who has not signed in is told what strangers are: an ``<img>`` that asks for a password helps nobody."""
        if request.method in SAFE_METHODS:
            raise NotFound
        super().permission_denied(request, message, code)


class ContentViewSet(BytesViewSet):
    """Below ``images/<id>/`` and ``files/<id>/``."""

    kind = "ATTACHMENT"
    model: ClassVar[type[Attachment]]

    def load(self) -> Any:
        """The attachment, if this user may have it. Raises NotFound."""
        attachment_id: uuid.UUID = self.kwargs["id"]
        return load_content(self.request.user, self.model, attachment_id)


class ImageContentViewSet(ContentViewSet):
    """The image, and two smaller ones."""

    model = MessageImage

    def original(self, request: Request, id: uuid.UUID) -> HttpResponseBase:  # noqa: A002 - the name in the path
        image: MessageImage = self.load()
        is_inline = image.content_type in INLINE_TYPES
        return send_file(request, image.image, image.content_type, image.name, is_inline=is_inline)

    def medium(self, request: Request, id: uuid.UUID) -> HttpResponseBase:  # noqa: A002
        image: MessageImage = self.load()
        return send_thumbnail(request, image.medium, image.name)

    def small(self, request: Request, id: uuid.UUID) -> HttpResponseBase:  # noqa: A002
        image: MessageImage = self.load()
        return send_thumbnail(request, image.small, image.name)


class FileContentViewSet(ContentViewSet):
    """The file, to be saved and never shown."""

    model = MessageFile

    def content(self, request: Request, id: uuid.UUID) -> HttpResponseBase:  # noqa: A002
        file: MessageFile = self.load()
        return send_file(request, file.file, file.content_type, file.name, is_inline=False)


def send_file(
    request: Request, file: FieldFile, content_type: str, filename: str, *, is_inline: bool
) -> HttpResponseBase:
    """Send a file of a row to somebody who may have it. ``is_inline`` is for images that were encoded anew.

    Raises:
        NotFound: there is none, as of images that were there before thumbnails were made.
    """
    if not file.name:
        raise NotFound
    name = file.name
    sending = Sending(file.storage, name, content_type or UNKNOWN_TYPE, filename, is_inline, tag_of(name))
    sender = chat_settings.MEDIA_SENDER()
    response: HttpResponseBase = sender.send(request._request, sending)
    if response.streaming:
        _give_connections_back()
    return response


def send_thumbnail(request: Request, file: FieldFile, filename: str) -> HttpResponseBase:
    """Send one of the smaller images, which the image worker wrote. Raises NotFound."""
    return send_file(request, file, THUMBNAIL_TYPE, with_extension(filename, "webp"), is_inline=True)


def _give_connections_back() -> None:
    """As Django does when an answer is over: this one may take minutes, and a pool would be empty after a few."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
