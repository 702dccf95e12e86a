"""The bytes of attachments in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from df_chat.contrib.spectacular.operations import Operations, describe, in_path
from df_chat.drf.media import INLINE_TYPES
from df_chat.drf.serializers import ReplaceImageSerializer
from df_chat.media.images import THUMBNAIL_TYPE
from df_chat.settings import chat_settings


def in_header(name: str, description: str, **more: Any) -> OpenApiParameter:
    return OpenApiParameter(name, OpenApiTypes.STR, OpenApiParameter.HEADER, description=description, **more)


def _send_bytes(summary: str, kinds: Iterable[str]) -> Callable[[Any], Any]:
    """The bytes of an attachment, of one of these media types."""
    answers: dict[Any, Any] = {(200, kind): OpenApiResponse(OpenApiTypes.BINARY, summary) for kind in kinds}
    answers |= {(206, kind): OpenApiResponse(OpenApiTypes.BINARY, "The range that was asked for.") for kind in kinds}
    answers[302] = OpenApiResponse(None, "It is at `Location` for a minute, where `RedirectSender` is used.")
    answers[304] = OpenApiResponse(None, "It is what you have.")
    asked = [
        in_header("Range", "One range of bytes, as `bytes=0-1023`."),
        in_header("If-Range", "The `ETag` that the range has to be of; otherwise the whole is sent."),
        in_header("If-None-Match", "The `ETag` of what you have."),
        in_header("ETag", "Changes with the bytes.", response=[200, 206, 304]),
        in_header("Content-Range", "Which bytes these are, of how many.", response=[206, 416]),
        in_header("Location", "Where it is.", response=[302]),
    ]
    return describe(summary, answers, path=[in_path("id"), *asked], also=[416])


def image_content() -> Operations:
    return {
        "original": _send_bytes("Fetch an image.", sorted(INLINE_TYPES)),
        "medium": _send_bytes("Fetch an image, 1024 pixels wide or high at most.", [THUMBNAIL_TYPE]),
        "small": _send_bytes("Fetch an image, 320 pixels wide or high at most.", [THUMBNAIL_TYPE]),
    }


def room_image() -> Operations:
    path, room = [in_path("id")], chat_settings.ROOM_SERIALIZER
    return {
        "retrieve": _send_bytes("Fetch a room's image, 1024 pixels wide or high at most.", [THUMBNAIL_TYPE]),
        "small": _send_bytes("Fetch a room's image, 320 pixels wide or high at most.", [THUMBNAIL_TYPE]),
        "update": describe("Give a room an image.", {200: room}, body=ReplaceImageSerializer, path=path),
        "destroy": describe("Remove a room's image.", {204: None}, path=path, also=[400]),
    }


def file_content() -> Operations:
    return {"content": _send_bytes("Fetch a file.", ["*/*"])}
