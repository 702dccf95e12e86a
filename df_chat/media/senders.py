"""How the bytes of an attachment leave: one class for each way a site may have.

``DF_CHAT["MEDIA_SENDER"]`` names the class. It is asked once the viewer was found to have access, each time anew.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import Storage
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header, parse_etags

from df_chat.exceptions import NotFound, RangeNotSatisfiable
from df_chat.media.parts import AsyncPart, Part, SyncPart
from df_chat.settings import chat_settings

logger = logging.getLogger(__name__)

# How long an address that needs no login may last.
REDIRECT_SECONDS = 60
# Controls, direction overrides, surrogates and what separates folders: a name that lies, or breaks the header.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff/\\\\]")
# One range; eighteen digits are more than any file has, and fewer than what int() refuses.
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


class Sending(NamedTuple):
    """One file on its way.

    Attributes:
        content_type: ours, never the client's.
        filename: what a browser saves it as.
        is_inline: whether a browser may show it; only for images that were encoded anew.
        etag: changes whenever the bytes do; without quotes.
    """

    storage: Storage
    name: str
    content_type: str
    filename: str
    is_inline: bool
    etag: str


class MediaSender:
    """Base of the ways. ``send`` answers GET and HEAD; ``problems`` says what would keep it from doing so."""

    def send(self, request: HttpRequest, sending: Sending) -> HttpResponseBase:
        raise NotImplementedError

    def problems(self, storage: Storage) -> Iterator[tuple[str, str]]:
        """What is wrong with the configuration, each with a hint: system checks show them."""
        return iter(())


class StreamSender(MediaSender):
    """Reads the file from the storage and sends it in chunks: works everywhere."""

    def send(self, request: HttpRequest, sending: Sending) -> HttpResponseBase:
        headers = describe(sending)
        if _is_known(request, sending.etag):
            return HttpResponseNotModified(headers=headers)
        size = _size(sending)
        found = _wanted_range(request, sending.etag, size)
        first, count = found or (0, size)
        headers |= {"Accept-Ranges": "bytes", "Content-Length": str(count)}
        # What GZipMiddleware leaves alone: parts of a file cannot be compressed one by one.
        headers["Content-Encoding"] = "identity"
        if found is not None:
            headers["Content-Range"] = f"bytes {first}-{first + count - 1}/{size}"
        status = 200 if found is None else 206
        if request.method == "HEAD":
            return HttpResponse(status=status, headers=headers)
        kind: type[Part] = AsyncPart if isinstance(request, ASGIRequest) else SyncPart
        part: Any = kind(sending.storage, sending.name, first, count)
        return StreamingHttpResponse(part, status=status, headers=headers)


class AccelSender(MediaSender):
    """Lets nginx send the file: ``X-Accel-Redirect`` to an internal location, ``DF_CHAT["ACCEL_PREFIX"]``."""

    def send(self, request: HttpRequest, sending: Sending) -> HttpResponseBase:
        headers = describe(sending)
        # nginx knows the file's own, and answers ranges and conditions by it.
        del headers["ETag"]
        headers["X-Accel-Redirect"] = f"{_accel_prefix()}{quote(sending.name)}"
        return HttpResponse(headers=headers)

    def problems(self, storage: Storage) -> Iterator[tuple[str, str]]:
        prefix = chat_settings.ACCEL_PREFIX
        if not (isinstance(prefix, str) and re.fullmatch("/.*[^/]/", prefix)):
            hint = 'Name nginx\'s internal location, as "/private-media/".'
            yield f"AccelSender needs DF_CHAT['ACCEL_PREFIX'], which is {prefix!r}.", hint
        yield from _no_files(storage)


class SendfileSender(MediaSender):
    """Lets Apache (mod_xsendfile) or lighttpd send the file: ``X-Sendfile``."""

    def send(self, request: HttpRequest, sending: Sending) -> HttpResponseBase:
        headers = describe(sending)
        del headers["ETag"]
        headers["X-Sendfile"] = quote(sending.storage.path(sending.name))
        return HttpResponse(headers=headers)

    def problems(self, storage: Storage) -> Iterator[tuple[str, str]]:
        yield from _no_files(storage)


class RedirectSender(MediaSender):
    """Sends the browser to the object storage, with a signed address that ends after ``REDIRECT_SECONDS``.

    ``sign`` speaks to django-storages' S3Storage and what descends from it; override it for another storage.
    """

    def send(self, request: HttpRequest, sending: Sending) -> HttpResponseBase:
        address = self.sign(sending, "HEAD" if request.method == "HEAD" else "GET")
        # An address without a signature would be one for everybody and for good.
        if not urlsplit(address).query:
            raise ImproperlyConfigured("The storage signs no addresses: RedirectSender cannot be used on it.")
        # The address ends: nothing may remember it.
        headers = {"Location": address, "Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer"}
        return HttpResponse(status=302, headers=headers)

    def sign(self, sending: Sending, method: str) -> str:
        """An address of the file for ``method``, valid for ``REDIRECT_SECONDS`` at most."""
        headers = describe(sending)
        parameters = {
            "ResponseContentType": headers["Content-Type"],
            "ResponseContentDisposition": headers["Content-Disposition"],
            "ResponseCacheControl": "private, no-store",
        }
        storage: Any = sending.storage
        address: str = storage.url(sending.name, parameters=parameters, expire=REDIRECT_SECONDS, http_method=method)
        return address

    def problems(self, storage: Storage) -> Iterator[tuple[str, str]]:
        is_own = type(self).sign is not RedirectSender.sign
        if not is_own and not getattr(storage, "querystring_auth", False):
            hint = "Use django-storages' S3Storage with querystring_auth, or override sign() for your storage."
            yield f"RedirectSender has no signed addresses from {type(storage).__name__}.", hint


def describe(sending: Sending) -> dict[str, str]:
    """What every answer with the bytes says of them: a browser neither guesses at them nor runs them."""
    disposition = content_disposition_header(not sending.is_inline, _UNSAFE.sub("_", sending.filename))
    return {
        "Content-Type": sending.content_type,
        "Content-Disposition": disposition or "inline",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        # A browser keeps it, and asks each time whether it still may show it.
        "Cache-Control": "private, no-cache",
        "ETag": f'"{sending.etag}"',
    }


def _is_known(request: HttpRequest, etag: str) -> bool:
    """Whether the client has these very bytes, as If-None-Match says."""
    known = [tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))]
    return f'"{etag}"' in known or known == ["*"]


def _size(sending: Sending) -> int:
    try:
        return sending.storage.size(sending.name)
    except FileNotFoundError:
        logger.error("The storage has lost a file: %s", sending.name)
        raise NotFound from None


def _wanted_range(request: HttpRequest, etag: str, size: int) -> tuple[int, int] | None:
    """The first byte and the number of bytes asked for; None for the whole, also where several ranges are asked for.

    Raises:
        RangeNotSatisfiable: the file ends before.
    """
    asked = _RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    # RFC 9110: only GET has ranges, and If-Range wants the same bytes as before.
    if asked is None or request.method != "GET" or request.headers.get("If-Range", f'"{etag}"') != f'"{etag}"':
        return None
    first, last = asked.groups()
    if not first:
        if not last:
            return None
        first, last = str(max(size - int(last), 0)), ""
    if last and int(last) < int(first):
        return None
    end = min(int(last) + 1, size) if last else size
    if int(first) >= end:
        raise RangeNotSatisfiable(size=size)
    return int(first), end - int(first)


def _accel_prefix() -> str:
    if chat_settings.ACCEL_PREFIX is None:
        raise ImproperlyConfigured("AccelSender needs DF_CHAT['ACCEL_PREFIX'].")
    return str(chat_settings.ACCEL_PREFIX)


def _no_files(storage: Storage) -> Iterator[tuple[str, str]]:
    try:
        storage.path("x")
    except NotImplementedError:
        hint = "Use StreamSender, or RedirectSender where the storage signs addresses."
        yield f"{type(storage).__name__} keeps no files on this machine: the web server cannot send them.", hint
