"""Under ASGI few forms are read at a time, and none keeps its place."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.test import AsyncRequestFactory
from django.urls import resolve
from rest_framework.test import force_authenticate

from df_chat.drf.upload_limit import READING
from df_chat.media import places
from tests.media.images import upload

pytestmark = pytest.mark.django_db
URL = "/api/v1/chat/files/"
FILE = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n%s\r\n--b--\r\n'


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def ask(user: Any, body: Any = FILE % b"text", **more: Any) -> Any:
    """The answer to an upload as an ASGI server would bring it."""
    request = AsyncRequestFactory().generic("POST", URL, body, content_type="multipart/form-data; boundary=b", **more)
    force_authenticate(request, user)
    answer = resolve(URL).func(request)
    answer.render()
    return answer


def test_a_form_waits_for_a_place(people, monkeypatch):
    monkeypatch.setattr(places, "WAIT_SECONDS", 0.1)
    with READING.one():
        answer = ask(people.ben)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert answer.data["errors"][0]["code"] == "uploads_busy"
    assert ask(people.ben).status_code == 201


def test_it_is_read_as_soon_as_one_is_free(people, monkeypatch):
    monkeypatch.setattr(places, "WAIT_SECONDS", 60)
    taken, given_back = threading.Event(), []

    def hold() -> None:
        with READING.one():
            taken.set()
            given_back.append(waits.wait(60))

    waits = threading.Event()
    # Whoever asks for the place while it is taken lets the other end.
    semaphore = READING._semaphore()
    acquire = semaphore.acquire
    monkeypatch.setattr(semaphore, "acquire", lambda **options: waits.set() or acquire(**options))
    holder = threading.Thread(target=hold)
    holder.start()
    taken.wait(60)
    waits.clear()
    assert ask(people.ben).status_code == 201
    holder.join()
    assert given_back == [True]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b",
        b"x" * 100,
        FILE % b"x" * 2_000,
        FILE.replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n", 1) % b"%%%",
        b"".join(b'--b\r\nContent-Disposition: form-data; name="%d"\r\n\r\n1\r\n' % n for n in range(1100)) + b"--b--",
        FILE % (b"x" * (2**20 + 1)),
    ],
    ids=["empty", "cut", "no-form", "many-files", "base64", "many-fields", "large"],
)
def test_a_form_that_cannot_be_read_keeps_no_place(people, settings, monkeypatch, body):
    monkeypatch.setattr(places, "WAIT_SECONDS", 0.1)
    settings.DF_CHAT = {"MAX_FILE_BYTES": 2**20, "MAX_IMAGE_BYTES": 2**20}
    assert ask(people.ben, body).status_code == 400
    assert ask(people.ben).status_code == 201


def test_a_stranger_takes_no_place(people, monkeypatch):
    monkeypatch.setattr(places, "WAIT_SECONDS", 0.1)
    with READING.one():
        assert ask(None).status_code == 401


def test_as_many_are_read_at_once_as_the_setting_says(people, settings, monkeypatch):
    monkeypatch.setattr(places, "WAIT_SECONDS", 0.1)
    settings.DF_CHAT = {"MAX_FORMS_AT_ONCE": 2}
    with READING.one():
        assert ask(people.ben).status_code == 201
        with READING.one():
            assert ask(people.ben).status_code == 503


def test_under_wsgi_a_slow_client_keeps_nobody_waiting(ben, monkeypatch):
    monkeypatch.setattr(places, "WAIT_SECONDS", 0.1)
    with READING.one():
        assert ben.post(URL, {"file": upload(b"text", "a.txt")}, format="multipart").status_code == 201
