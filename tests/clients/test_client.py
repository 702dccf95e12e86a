"""The Python client on a real server: what breaks on the way, and that nothing of it shows in the end."""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore

from df_chat import actions
from df_chat.models import Message
from df_chat.streams.events import to_json
from df_chat.sync import read_changes, read_snapshot
from df_chat.sync.changes import Cursor
from df_chat.testing.client import ChatClient, Refused
from tests.live import free_port, launch

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("async_orm")]


class Server:
    """A server that can be killed and started again under the same address."""

    def __init__(self) -> None:
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.process = launch(self.port)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def start(self) -> None:
        self.process = launch(self.port)


@pytest.fixture
def server(transactional_db) -> Iterator[Server]:
    running = Server()
    yield running
    running.kill()


def cookies_of(user) -> dict[str, str]:
    session = SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.save()
    return {settings.SESSION_COOKIE_NAME: str(session.session_key)}


class Deaf(ChatClient):
    """Hears nothing that happens."""

    def _take(self, frame):
        if frame.get("type") not in ("changes", "removed"):
            super()._take(frame)


class Lossy(ChatClient):
    """Loses, repeats and swaps frames of changes on the way."""

    faults = random.Random(7)
    late = None

    def _take(self, frame):
        if frame.get("type") != "changes":
            super()._take(frame)
            return
        fate = self.faults.random()
        if fate < 0.3:
            return
        if fate < 0.5 and self.late is None:
            self.late = frame
            return
        super()._take(frame)
        if fate < 0.7:
            super()._take(frame)
        if self.late is not None:
            late, self.late = self.late, None
            super()._take(late)


async def client_of(server, user, kind=ChatClient, **options) -> ChatClient:
    return kind(server.base, cookies=await sync_to_async(cookies_of)(user), **options)


async def until(condition: Callable[[], Any]) -> None:
    """Until it is so. Raises TimeoutError."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.02)


def texts(client, room):
    return [message["body"] for message in client.messages(room.pk)]


@sync_to_async
def truth(user, room):
    """The room as the server has it, in the shape of a view."""
    snapshot = read_snapshot(user, room.pk)
    everything = read_changes(user, room.pk, Cursor(snapshot["gen"], 0), limit=5000)
    live = [message for message in everything["messages"] if not message.get("deleted")]
    return json.loads(
        to_json(
            {
                "version": snapshot["version"],
                "room": snapshot["room"],
                "messages": sorted(live, key=lambda message: message["seq"]),
                "users": sorted((u for u in everything["users"] if u["is_active"]), key=lambda user: user["id"]),
                "memberships": [],
            }
        )
    )


async def test_two_clients_see_the_same(server, people, room):
    async with await client_of(server, people.ada) as ada, await client_of(server, people.ben) as ben:
        await asyncio.gather(ada.settled(), ben.settled())
        assert ada.status == ben.status == "up_to_date"
        assert (ada.user_id, set(ada.rooms)) == (str(people.ada.pk), {str(room.pk)})
        first = await ada.send(room.pk, "one")
        second = await ben.send(room.pk, "two", parent_id=first["id"])
        await ben.edit(room.pk, second["id"], "two, edited")
        await ada.react(room.pk, second["id"], "👍")
        third = await ada.send(room.pk, "three")
        await ada.delete(room.pk, third["id"])
        await ben.mark_seen(room.pk, second["seq"])
        await ben.mark_received(room.pk, second["seq"])
        await ada.typing(room.pk)
        await asyncio.gather(ada.settled(), ben.settled())
        assert texts(ada, room) == ["one", "two, edited"]
        assert ada.view(room.pk) == ben.view(room.pk) == await truth(people.ada, room)
        kinds = {
            (delivery.source, delivery.content["type"]) for delivery in ben.deliveries if delivery.source == "socket"
        }
        assert ("socket", "typing") in kinds


async def test_live_events_come_by_the_socket(server, people, room):
    heard = []
    async with (
        await client_of(server, people.ada) as ada,
        await client_of(server, people.ben, on_frame=heard.append, self_check=0) as ben,
    ):
        await asyncio.gather(ada.settled(), ben.settled())
        asked = sum(delivery.source != "socket" for delivery in ben.deliveries)
        await ada.send(room.pk, "live")
        await until(lambda: texts(ben, room) == ["live"])
        assert sum(delivery.source != "socket" for delivery in ben.deliveries) == asked
        assert "live" in [message["body"] for frame in heard for message in frame.get("messages", ())]


async def test_a_killed_server_loses_and_doubles_nothing(server, people, room):
    async with await client_of(server, people.ada) as ada, await client_of(server, people.ben) as ben:
        await asyncio.gather(ada.settled(), ben.settled())
        sends = [asyncio.create_task(ada.send(room.pk, f"a{n}")) for n in range(30)]
        sends += [asyncio.create_task(ben.send(room.pk, f"b{n}")) for n in range(30)]
        await until(lambda: any(task.done() for task in sends))
        await asyncio.to_thread(server.kill)
        await until(lambda: ada.status == "connecting")
        # Written while there is nobody to take it.
        sends.append(asyncio.create_task(ada.send(room.pk, "offline")))
        await until(
            lambda: (
                ada.messages(room.pk)[-1] | {"client_id": ""} == {"body": "offline", "client_id": "", "pending": True}
            )
        )
        await sync_to_async(server.start)()
        states = await asyncio.wait_for(asyncio.gather(*sends), 60)
        await asyncio.gather(ada.settled(60), ben.settled(60))
        await asyncio.gather(ada.load_all(room.pk), ben.load_all(room.pk))
        assert ada.view(room.pk) == ben.view(room.pk) == await truth(people.ada, room)
        mine = [text for text in texts(ben, room) if text.startswith("a")]
        assert mine == [f"a{n}" for n in range(30)], "in the order in which they were written"
        assert len({state["id"] for state in states}) == len(sends) == await Message.objects.acount()


async def test_lost_repeated_and_swapped_frames_leave_no_trace(server, people, room):
    async with (
        await client_of(server, people.ada) as ada,
        await client_of(server, people.ben, Lossy, self_check=0.5, seed=1) as ben,
    ):
        await asyncio.gather(ada.settled(), ben.settled())
        for n in range(25):
            message = await ada.send(room.pk, f"m{n}")
            if n % 5 == 0:
                await ada.edit(room.pk, message["id"], f"m{n} edited")
            if n % 7 == 0:
                await ada.delete(room.pk, message["id"])
            if n == 12:
                await ben.disconnect()
        await asyncio.gather(ada.settled(), ben.settled())
        assert ben.view(room.pk) == ada.view(room.pk) == await truth(people.ada, room)


async def test_a_removed_member_keeps_and_hears_nothing(server, people, room):
    async with await client_of(server, people.ada) as ada, await client_of(server, people.ben) as ben:
        await asyncio.gather(ada.settled(), ben.settled())
        await ada.send(room.pk, "before")
        await ben.settled()
        await ada.request("DELETE", f"rooms/{room.pk}/users/{people.ben.pk}/")
        await until(lambda: not ben.rooms)
        count = len(ben.deliveries)
        await ada.send(room.pk, "after")
        with pytest.raises(Refused) as refused:
            await ben.send(room.pk, "may I?")
        assert refused.value.status == 404
        await ben.settled()
        assert "after" not in str([delivery.content for delivery in list(ben.deliveries)[count:]])
        assert ben.view(room.pk) is None
        assert ben.messages(room.pk) == []
        # Coming back begins anew.
        await ada.request("POST", f"rooms/{room.pk}/users/", {"user_id": str(people.ben.pk)})
        await until(lambda: ben.rooms)
        await ben.settled()
        assert ben.view(room.pk) == ada.view(room.pk)


async def test_a_public_room_is_joined_and_left(server, people, public):
    async with await client_of(server, people.cleo) as cleo:
        await cleo.settled()
        assert cleo.rooms == {}
        await cleo.join(public.pk)
        await cleo.settled()
        await cleo.send(public.pk, "hello")
        assert texts(cleo, public) == ["hello"]
        await cleo.leave(public.pk)
        await until(lambda: not cleo.rooms)


async def test_a_public_room_is_forgotten_even_if_nobody_says_so(server, people, public):
    async with await client_of(server, people.cleo, Deaf) as cleo:
        await cleo.join(public.pk)
        await cleo.settled()
        assert set(cleo.rooms) == {str(public.pk)}
        await cleo.leave(public.pk)
        cleo.wake()
        await cleo.settled()
        assert cleo.rooms == {}


async def test_a_public_room_is_read_without_joining(server, people, public):
    async with await client_of(server, people.ada) as ada, await client_of(server, people.cleo) as cleo:
        await asyncio.gather(ada.settled(), cleo.settled())
        await ada.send(public.pk, "one")
        await cleo.watch(public.pk)
        assert texts(cleo, public) == ["one"]
        await ada.send(public.pk, "two")
        await cleo.settled()
        assert texts(cleo, public) == ["one", "two"]


async def test_windows_grow_backwards(server, people, room):
    def fill():
        for n in range(120):
            actions.send_message(actor=people.ada, room_id=room.pk, body=str(n))

    await sync_to_async(fill)()
    async with await client_of(server, people.ben) as ben:
        await ben.settled()
        assert texts(ben, room) == [str(n) for n in range(70, 120)]
        await ben.load_all(room.pk)
        assert texts(ben, room) == [str(n) for n in range(120)]
        assert ben.view(room.pk) == await truth(people.ben, room)


async def test_the_same_key_with_another_text_is_refused(server, people, room):
    key = uuid.uuid4()
    async with await client_of(server, people.ada) as ada:
        await ada.settled()
        sent = await ada.send(room.pk, "once", client_id=key)
        again = await ada.send(room.pk, "once", client_id=key)
        assert again["id"] == sent["id"]
        await ada.settled()
        with pytest.raises(Refused) as refused:
            await ada.send(room.pk, "otherwise", client_id=key)
        assert refused.value.status == 409
        with pytest.raises(Refused):
            await ada.send(room.pk, " ")
        assert texts(ada, room) == ["once"]


async def test_sign_in_by_password(server, people, room):
    people.ada.set_password("pass")
    await people.ada.asave()
    async with await ChatClient.login(server.base, "ada", "pass") as ada:
        await ada.settled()
        assert set(ada.rooms) == {str(room.pk)}


async def test_the_example_of_the_page_runs(server, people, room):
    page = (Path(__file__).resolve().parents[2] / "docs" / "clients.md").read_text()
    (code,) = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    made: dict[str, Any] = {}
    exec(compile(code, "clients.md", "exec"), made)
    people.ada.set_password("correct horse")
    await people.ada.asave()
    assert await made["greet"](server.base, str(room.pk)) == ["Hello"]


async def test_only_the_rooms_asked_for_are_held(server, people, room, public):
    async with await client_of(server, people.ada, rooms=[str(room.pk)]) as ada:
        await ada.settled()
        await sync_to_async(actions.send_message)(actor=people.ben, room_id=public.pk, body="elsewhere")
        await sync_to_async(actions.send_message)(actor=people.ben, room_id=room.pk, body="here")
        await ada.settled()
        assert set(ada.rooms) == {str(room.pk)}
        assert texts(ada, room) == ["here"]


async def test_without_its_libraries_the_client_says_what_it_needs(monkeypatch):
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(ImportError, match=r"django-df-chat\[testing\]"):
        await ChatClient("http://127.0.0.1:1").start()
