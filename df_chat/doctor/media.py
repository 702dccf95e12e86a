"""Images and files of messages: whether the storage takes them, and whether strangers can read them there."""

from __future__ import annotations

import http.client
import uuid
from collections.abc import Iterator
from urllib.error import HTTPError
from urllib.parse import urljoin, urlsplit
from urllib.request import urlopen

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.urls import Resolver404, resolve
from django.views.static import serve

from df_chat.doctor.findings import Finding, failed, passed, warned
from df_chat.models import MessageImage
from df_chat.models.message_image import message_image_path
from df_chat.settings import chat_settings

FETCH_SECONDS = 5


def probe_media(url: str | None) -> Iterator[Finding]:
    """Store a file where images and files of messages go, ask for it as a stranger, and remove it."""
    storage: Storage = MessageImage._meta.get_field("image").storage
    content = uuid.uuid4().hex.encode()
    name = storage.save(message_image_path(MessageImage(), "doctor"), ContentFile(content))
    try:
        with storage.open(name) as file:
            is_kept = file.read() == content
        if not is_kept:
            yield failed("the storage gives back another file than it took", "Look at the storage of MessageImage.")
            return
        yield passed(f"{storage.__class__.__name__} keeps files")
        yield from _exposure(_address(storage, name), url, content)
        if url is not None and chat_settings.ACCEL_PREFIX:
            yield from _internal(urljoin(url, f"{chat_settings.ACCEL_PREFIX}{name}"), content)
    finally:
        storage.delete(name)


def _address(storage: Storage, name: str) -> str | None:
    try:
        return storage.url(name)
    except (NotImplementedError, ValueError):
        return None


def _exposure(address: str | None, site: str | None, content: bytes) -> Iterator[Finding]:
    if address is None:
        yield passed("files have no address of their own")
        return
    parts = urlsplit(address)
    if parts.netloc and parts.query:
        # Signed: it ends by itself. What counts is what is there without the signature.
        address = parts._replace(query="").geturl()
    if not parts.netloc and site is None:
        yield _in_this_project(parts.path)
        return
    try:
        found = _fetch(urljoin(site or "", address))
    except (OSError, http.client.HTTPException) as error:
        yield failed(f"the site could not be asked: {type(error).__name__}", "Is the address right?")
        return
    if found == content:
        hint = f"Let the web server refuse {urlsplit(address).path.rpartition('/')[0]}/."
        yield failed("anybody who has the address of an image or a file can read it", hint)
    else:
        yield passed("strangers cannot read files by their address")


def _internal(address: str, content: bytes) -> Iterator[Finding]:
    """Whether the location of AccelSender is for the server's answers alone."""
    try:
        found = _fetch(address)
    except (OSError, http.client.HTTPException):
        # Nobody answers: that was told already.
        return
    if found == content:
        hint = 'Write "internal;" into that location.'
        yield failed(f"anybody can read images and files below {chat_settings.ACCEL_PREFIX}", hint)
    else:
        yield passed(f"strangers get nothing below {chat_settings.ACCEL_PREFIX}")


def _in_this_project(path: str) -> Finding:
    try:
        is_served = resolve(path).func is serve
    except Resolver404:
        is_served = False
    if is_served:
        return warned("this project shows every file to everybody", "Let no route serve the whole of MEDIA_ROOT.")
    return passed("this project serves no file by its address; name the site with --url to ask the web server too")


def _fetch(address: str) -> bytes:
    if urlsplit(address).scheme not in ("http", "https"):
        raise OSError
    try:
        with urlopen(address, timeout=FETCH_SECONDS) as response:  # noqa: S310 - the scheme is known
            return bytes(response.read(1024))
    except HTTPError:
        return b""
