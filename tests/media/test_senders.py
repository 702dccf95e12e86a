"""How bytes leave: headers, ranges and conditions of each sender."""

from __future__ import annotations

import re
import tracemalloc
from types import SimpleNamespace
from urllib.parse import quote, unquote

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage
from django.core.signals import request_finished
from django.db import close_old_connections
from django.middleware.gzip import GZipMiddleware
from django.test import AsyncRequestFactory, RequestFactory

from df_chat.drf.errors import describe
from df_chat.exceptions import NotFound, RangeNotSatisfiable
from df_chat.media import parts, senders
from df_chat.media.senders import AccelSender, MediaSender, RedirectSender, SendfileSender, Sending, StreamSender

pytestmark = pytest.mark.once

CONTENT = bytes(range(256)) * 1000
SIZE = len(CONTENT)
PRIVATE = {
    "Content-Type": "image/png",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
}


@pytest.fixture(autouse=True)
def _no_database():
    """The end of an answer would look after connections, of which there are none."""
    request_finished.disconnect(close_old_connections)
    yield
    request_finished.connect(close_old_connections)


@pytest.fixture
def storage(tmp_path):
    return FileSystemStorage(tmp_path)


@pytest.fixture
def sending(storage):
    name = storage.save("df_chat/messages/abc", ContentFile(CONTENT))
    return Sending(storage, name, "image/png", "cat.png", True, "tag")


def ask(sending, method="GET", sender=StreamSender, **headers):
    request = RequestFactory().generic(method, "/", headers={key.replace("_", "-"): v for key, v in headers.items()})
    return sender().send(request, sending)


def body(response):
    with_body = b"".join(response.streaming_content) if response.streaming else response.content
    response.close()
    return with_body


# -- Headers ----------------------------------------------------------------------------------------------------
def test_an_answer_lets_a_browser_neither_guess_nor_run_nor_share(sending):
    response = ask(sending)
    assert body(response) == CONTENT
    assert response.status_code == 200
    assert PRIVATE.items() <= dict(response.headers).items()
    assert response.headers["ETag"] == '"tag"'
    assert response.headers["Accept-Ranges"] == "bytes"
    assert response.headers["Content-Length"] == str(SIZE)
    assert response.headers["Content-Disposition"] == 'inline; filename="cat.png"'


NAMES = [
    "cat.png",
    "a b; c.pdf",
    'say "hi".txt',
    "percent%41.txt",
    "Übergrößenträger.pdf",
    "猫の写真.png",
    "👩‍👩‍👧.txt",
    "e\u0301.txt",
    "عربي.pdf",
    "x" * 150,
]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_saved_by_its_name_in_any_script(sending, name):
    header = ask(sending._replace(filename=name, is_inline=False)).headers["Content-Disposition"]
    assert header.isascii()
    assert header.isprintable()
    if plain := re.fullmatch(r'attachment; filename="((?:[^"\\]|\\.)*)"', header):
        found = re.sub(r"\\(.)", r"\1", plain[1])
    else:
        found = unquote(re.fullmatch(r"attachment; filename\*=utf-8''(\S+)", header)[1], errors="strict")
    assert found == name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gpj\u202e.exe", "gpj_.exe"),
        ("a\r\nSet-Cookie: x=1", "a__Set-Cookie: x=1"),
        ("../../etc/passwd", ".._.._etc_passwd"),
        ("..\\x\x00\x85\u2028.txt", ".._x___.txt"),
        ("\ud800.txt", "_.txt"),
    ],
)
def test_a_hostile_name_is_made_harmless(sending, name, expected):
    header = ask(sending._replace(filename=name)).headers["Content-Disposition"]
    assert header == f'inline; filename="{expected}"'


def test_without_a_name_there_is_still_a_disposition(sending):
    assert ask(sending._replace(filename="")).headers["Content-Disposition"] == "inline"
    assert ask(sending._replace(filename="", is_inline=False)).headers["Content-Disposition"] == "attachment"


# -- HEAD and conditions ----------------------------------------------------------------------------------------
def test_head_answers_as_get_without_opening_the_file(sending, monkeypatch):
    get = ask(sending)
    monkeypatch.setattr(FileSystemStorage, "open", None)
    head = ask(sending, "HEAD", Range="bytes=0-1")
    assert head.status_code == 200
    assert head.content == b""
    assert dict(head.headers) == dict(get.headers)


@pytest.mark.parametrize("header", ['"tag"', 'W/"tag"', '"other", "tag"', "*"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_bytes_that_the_client_has_are_not_sent_again(sending, header, method):
    response = ask(sending, method, If_None_Match=header, Range="bytes=0-1")
    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["ETag"] == '"tag"'
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert "Content-Type" not in response.headers


@pytest.mark.parametrize("header", ['"other"', "tag", "", '"', "x" * 9000])
def test_other_tags_are_answered_whole(sending, header):
    assert ask(sending, If_None_Match=header).status_code == 200


# -- Ranges -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=5-9", 5, 9),
        ("bytes=100000-", 100_000, SIZE - 1),
        ("bytes=-7", SIZE - 7, SIZE - 1),
        (f"bytes=-{SIZE + 9}", 0, SIZE - 1),
        (f"bytes=10-{SIZE}", 10, SIZE - 1),
        ("bytes=10-999999999999999999", 10, SIZE - 1),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE - 1),
        ("bytes= 1 - 2", 1, 2),
    ],
)
def test_a_range_is_answered_with_that_part(sending, header, first, last):
    response = ask(sending, Range=header)
    assert response.status_code == 206
    assert response.headers["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
    assert response.headers["Content-Length"] == str(last - first + 1)
    assert PRIVATE.items() <= dict(response.headers).items()
    assert body(response) == CONTENT[first : last + 1]


@pytest.mark.parametrize(
    "header",
    [
        "bytes=0-1,5-6",
        "bytes=5-4",
        "bytes=-",
        "bytes=a-b",
        "items=0-1",
        "bytes=0-1-2",
        "bytes=٣-٤",
        "bytes=" + "9" * 5000 + "-",
    ],
)
def test_what_is_no_single_range_is_answered_whole(sending, header):
    response = ask(sending, Range=header.encode().decode("latin1"))
    assert response.status_code == 200
    assert body(response) == CONTENT


@pytest.mark.parametrize("header", [f"bytes={SIZE}-", "bytes=-0", "bytes=999999999999999999-"])
def test_a_range_behind_the_end_is_refused_in_the_one_shape(sending, header):
    with pytest.raises(RangeNotSatisfiable) as caught:
        ask(sending, Range=header)
    answer = describe(caught.value)
    assert answer.status == 416
    assert answer.headers == {"Content-Range": f"bytes */{SIZE}"}
    assert answer.body["errors"] == [
        {"code": "range_not_satisfiable", "detail": f"The file has {SIZE} bytes.", "attr": None}
    ]


@pytest.mark.parametrize(
    ("if_range", "status"),
    [('"tag"', 206), ('"other"', 200), ('W/"tag"', 200), ("Wed, 21 Oct 2026 07:28:00 GMT", 200)],
)
def test_a_download_goes_on_only_if_the_bytes_are_the_same(sending, if_range, status):
    assert ask(sending, Range="bytes=5-9", If_Range=if_range).status_code == status


def test_an_empty_file_is_sent_and_has_no_parts(storage, sending):
    empty = sending._replace(name=storage.save("empty", ContentFile(b"")))
    assert body(ask(empty)) == b""
    with pytest.raises(RangeNotSatisfiable):
        ask(empty, Range="bytes=0-")


def test_a_middleware_that_compresses_leaves_parts_alone(sending):
    def answer(request):
        return StreamSender().send(request, sending)

    request = RequestFactory().get("/", headers={"Accept-Encoding": "gzip", "Range": "bytes=0-99999"})
    response = GZipMiddleware(answer)(request)
    assert response.headers["Content-Length"] == "100000"
    assert body(response) == CONTENT[:100_000]


def test_a_file_that_the_storage_lost_is_not_found_and_noted(sending, caplog):
    sending.storage.delete(sending.name)
    with pytest.raises(NotFound):
        ask(sending)
    assert sending.name in caplog.text


# -- Reading ----------------------------------------------------------------------------------------------------
class Watched(FileSystemStorage):
    """Keeps every file it opened."""

    def __init__(self, location):
        super().__init__(location)
        self.files = []

    def _open(self, name, mode="rb"):
        file = super()._open(name, mode)
        self.files.append(file)
        return file


@pytest.fixture
def watched(storage, sending):
    return sending._replace(storage=Watched(storage.location))


def test_a_file_is_opened_when_it_is_read_and_closed_at_its_end(watched):
    response = ask(watched)
    assert watched.storage.files == []
    assert b"".join(response.streaming_content) == CONTENT
    assert [file.closed for file in watched.storage.files] == [True]


def test_an_answer_that_is_broken_off_closes_its_file(watched):
    response = ask(watched)
    next(iter(response.streaming_content))
    (file,) = watched.storage.files
    assert not file.closed
    response.close()
    assert file.closed
    assert list(response.streaming_content) == []


async def test_under_asgi_chunks_are_read_one_by_one_in_threads(watched):
    response = StreamSender().send(AsyncRequestFactory().get("/", headers={"Range": "bytes=3-"}), watched)
    assert response.is_async
    assert watched.storage.files == []
    chunks = [chunk async for chunk in response.streaming_content]
    assert b"".join(chunks) == CONTENT[3:]
    assert max(map(len, chunks)) == parts.CHUNK_BYTES
    assert watched.storage.files[0].closed


async def test_under_asgi_an_answer_that_is_broken_off_closes_its_file(watched):
    response = StreamSender().send(AsyncRequestFactory().get("/"), watched)
    async for _ in response.streaming_content:
        break
    assert not watched.storage.files[0].closed
    response.close()
    assert watched.storage.files[0].closed


def test_a_file_that_became_shorter_ends_early(watched):
    response = ask(watched)
    with open(watched.storage.path(watched.name), "wb") as file:
        file.write(b"short")
    assert body(response) == b"short"
    assert watched.storage.files[0].closed


def test_a_large_file_is_never_in_memory_whole(storage, sending):
    with open(storage.path("large"), "wb") as file:
        file.truncate(25 * 2**20)
    response = ask(sending._replace(name="large"))
    tracemalloc.start()
    try:
        assert sum(map(len, response.streaming_content)) == 25 * 2**20
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


# -- Servers that send ------------------------------------------------------------------------------------------
def test_nginx_is_told_where_the_file_is(sending, settings):
    settings.DF_CHAT = {"ACCEL_PREFIX": "/private-media/"}
    response = ask(sending._replace(name="a b/ü?#%.png"), sender=AccelSender)
    assert response.content == b""
    assert response.headers["X-Accel-Redirect"] == f"/private-media/{quote('a b/ü?#%.png')}"
    assert PRIVATE.items() <= dict(response.headers).items()
    assert "ETag" not in response.headers


def test_nginx_is_told_nothing_without_a_prefix(sending, settings):
    settings.DF_CHAT = {}
    with pytest.raises(ImproperlyConfigured):
        ask(sending, sender=AccelSender)


def test_apache_is_told_where_the_file_is(sending):
    response = ask(sending, sender=SendfileSender)
    assert response.content == b""
    assert unquote(response.headers["X-Sendfile"]) == sending.storage.path(sending.name)
    assert PRIVATE.items() <= dict(response.headers).items()


# -- Redirects --------------------------------------------------------------------------------------------------
class Signing(Storage):
    """Signs as django-storages' S3Storage does, and notes what it was asked."""

    querystring_auth = True
    signature = "?Signature=x"

    def url(self, name, parameters=None, expire=None, http_method=None):
        self.asked = SimpleNamespace(parameters=parameters, expire=expire, method=http_method)
        return f"https://bucket.example/{name}{self.signature}"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_browser_is_sent_to_an_address_that_ends(sending, method):
    storage = Signing()
    response = ask(sending._replace(storage=storage, is_inline=False), method, RedirectSender)
    assert (response.status_code, response.content) == (302, b"")
    assert response.headers["Location"] == f"https://bucket.example/{sending.name}?Signature=x"
    assert response.headers["Cache-Control"] == "private, no-store"
    assert storage.asked.expire <= 60
    assert storage.asked.method == method
    assert storage.asked.parameters["ResponseContentType"] == "image/png"
    assert storage.asked.parameters["ResponseContentDisposition"] == 'attachment; filename="cat.png"'


def test_an_address_without_a_signature_is_not_given_away(sending):
    storage = Signing()
    storage.signature = ""
    with pytest.raises(ImproperlyConfigured):
        ask(sending._replace(storage=storage), sender=RedirectSender)


# -- Problems ---------------------------------------------------------------------------------------------------
class OwnRedirect(RedirectSender):
    def sign(self, sending, method):
        return "https://bucket.example/x?signature=x"


@pytest.mark.parametrize(
    ("sender", "storage", "prefix", "count"),
    [
        (MediaSender, FileSystemStorage, None, 0),
        (StreamSender, Storage, None, 0),
        (AccelSender, FileSystemStorage, "/private-media/", 0),
        (AccelSender, FileSystemStorage, None, 1),
        (AccelSender, FileSystemStorage, "private-media/", 1),
        (AccelSender, FileSystemStorage, "/private-media", 1),
        (AccelSender, FileSystemStorage, "/", 1),
        (AccelSender, Storage, "/private-media/", 1),
        (SendfileSender, FileSystemStorage, None, 0),
        (SendfileSender, Storage, None, 1),
        (RedirectSender, Signing, None, 0),
        (RedirectSender, FileSystemStorage, None, 1),
        (OwnRedirect, FileSystemStorage, None, 0),
    ],
)
def test_a_sender_says_what_would_keep_it_from_sending(settings, sender, storage, prefix, count):
    settings.DF_CHAT = {"ACCEL_PREFIX": prefix}
    assert len(list(sender().problems(storage()))) == count


def test_addresses_last_a_minute_at_most():
    assert senders.REDIRECT_SECONDS <= 60
