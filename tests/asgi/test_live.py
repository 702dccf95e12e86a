"""A real server, real sockets, real cookies: what a browser would meet."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

import httpx
import pytest
import websockets
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore

from df_chat.models import Message
from tests.asgi.sockets import CSRF_TOKEN
from tests.live import free_port, launch, serving
from tests.settings import REDIS_URL

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("async_orm")]


def cookie_of(user) -> str:
    session = SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


@pytest.fixture
def base(transactional_db) -> Iterator[str]:
    # Workers share nothing but Redis; without it, one has to do.
    with serving(workers=2 if REDIS_URL else 1) as address:
        yield address


def connect(base, cookie, origin=None):
    headers = {"Cookie": f"{cookie}; csrftoken={CSRF_TOKEN}"} if cookie else {}
    return websockets.connect(
        base.replace("http", "ws") + "/api/v1/chat/ws/",
        origin=origin or base,
        additional_headers=headers,
        subprotocols=["df-chat", f"csrf.{CSRF_TOKEN}"],
    )


# Frames that came in an array, and are still to be heard.
_unheard: WeakKeyDictionary[Any, list[Any]] = WeakKeyDictionary()


async def hear(socket, kind):
    frames = _unheard.setdefault(socket, [])
    while True:
        if not frames:
            content = json.loads(await asyncio.wait_for(socket.recv(), 10))
            frames += content if isinstance(content, list) else [content]
        frame = frames.pop(0)
        if frame.get("type") == kind:
            return frame


async def test_two_people_chat(base, people, room):
    ada, ben = [await sync_to_async(cookie_of)(user) for user in (people.ada, people.ben)]
    async with connect(base, ada) as one, connect(base, ben) as two:
        await hear(one, "ready")
        await hear(two, "ready")
        await one.send(json.dumps({"action": "send_message", "request_id": 1, "room_id": str(room.pk), "body": "live"}))
        assert (await hear(two, "changes"))["messages"][0]["body"] == "live"
        async with httpx.AsyncClient(base_url=base, headers={"Cookie": ben}) as client:
            url = f"/api/v1/chat/rooms/{room.pk}/messages/"
            refused = await client.post(url, json={"body": "without a CSRF token"})
            assert refused.status_code == 403
            client.headers.update({"Cookie": f"{ben}; csrftoken={CSRF_TOKEN}", "X-CSRFToken": CSRF_TOKEN})
            sent = await client.post(url, json={"body": "by REST"})
            assert sent.status_code == 201
        await hear(one, "changes")
        frame = await hear(one, "changes")
        assert frame["messages"][0]["body"] == "by REST"
    assert await Message.objects.acount() == 2


@pytest.mark.parametrize("origin", ["http://evil.example", "null"])
async def test_another_sites_page_is_refused(base, people, origin):
    cookie = await sync_to_async(cookie_of)(people.ada)
    with pytest.raises(websockets.InvalidStatus) as error:
        async with connect(base, cookie, origin):
            pass
    assert error.value.response.status_code == 403


async def test_nobody_hears_anything_without_a_session(base):
    for cookie in (None, "sessionid=made-up"):
        async with connect(base, cookie) as socket:
            assert json.loads(await socket.recv()) == {"type": "authenticate", "within": 5}
            await socket.send(json.dumps({"action": "sync", "request_id": 1, "streams": {}}))
            assert json.loads(await socket.recv())["response_status"] == 401
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await socket.recv()
            assert closed.value.rcvd.code == 4401


async def test_an_unknown_path_is_refused(base, people):
    with pytest.raises(websockets.InvalidStatus):
        async with websockets.connect(base.replace("http", "ws") + "/elsewhere/", origin=base):
            pass


async def test_a_server_that_ends_says_when_to_come_again(people, room):
    cookie = await sync_to_async(cookie_of)(people.ada)
    port = free_port()
    server = launch(port)
    base = f"http://127.0.0.1:{port}"
    try:
        async with connect(base, cookie) as one, connect(base, cookie) as two:
            for socket in (one, two):
                await hear(socket, "ready")
            server.terminate()
            pauses = [(await hear(socket, "going_away"))["retry_in"] for socket in (one, two)]
            assert all(0 <= pause <= 10 for pause in pauses)
            with pytest.raises(websockets.ConnectionClosed) as closed:
                while True:
                    await one.recv()
            assert closed.value.rcvd.code == 1012
    finally:
        server.terminate()
        await asyncio.to_thread(server.wait, 10)
