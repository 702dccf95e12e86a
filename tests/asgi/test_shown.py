"""Consumers that show their client other frames than the hub's."""

from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import sync_to_async as run
from django.db import OperationalError

from df_chat import actions
from df_chat.asgi.consumers import RoomsConsumer
from df_chat.asgi.protocol import Command
from df_chat.hub import writer
from df_chat.hub.hub import Hub
from tests.asgi.sockets import SECONDS, also_connected, connected

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("async_orm")]


class Texts(RoomsConsumer):
    """Shows what is said, and nothing else."""

    tells_backlog = False

    def read_frame(self, text):
        if text == "leave":
            return Command("leave", 7, {"room_id": self.scope["room_id"]})
        return super().read_frame(text)

    async def show(self, frame):
        for message in frame.get("messages", ()):
            if message["body"] == "break":
                raise ValueError("This cannot be shown.")
            if message["body"] == "outage":
                raise OperationalError("The database is away.")
            await asyncio.sleep(0)
            await self.send_frame({"text": message["body"]})


def say(person, room, body):
    return run(actions.send_message)(actor=person, room_id=room.pk, body=body)


async def test_the_client_sees_what_the_subclass_shows_and_nothing_else(people, room, public):
    await say(people.ada, room, "before")
    async with connected(people.ben, Texts, query="") as ben, also_connected(people.ada) as ada:
        await ben.ask("sync")
        for number in range(20):
            await say(people.ada, room, f"message {number}")
        assert [await ben.hear() for _ in range(20)] == [{"text": f"message {number}"} for number in range(20)]
        await ada.ask("typing", room_id=room.pk)
        await ada.ask("leave", room_id=public.pk)
        assert await ben.hear_nothing()


async def test_answers_to_commands_come_as_ever(people, room):
    async with connected(people.ben, Texts) as ben:
        assert (await ben.ask("sync"))["response_status"] == 200


async def test_frames_of_another_shape_become_commands(people, room):
    async with connected(people.ben, Texts) as ben:
        ben.communicator.scope["room_id"] = room.pk
        await ben.say("leave")
        answer = await ben.hear()
        assert (answer["action"], answer["request_id"], answer["response_status"]) == ("leave", 7, 204)


@pytest.mark.parametrize(("body", "code"), [("break", 1011), ("outage", 1013)])
async def test_a_socket_that_would_miss_something_is_closed(people, room, body, code):
    async with connected(people.ben, Texts) as ben:
        await ben.ask("sync")
        await say(people.ada, room, body)
        assert await ben.closed() == code


async def test_revoked_sockets_are_closed(people, room):
    async with connected(people.ben, Texts) as ben:
        await ben.ask("sync")
        people.ben.is_active = False
        await people.ben.asave()
        assert await ben.closed() == 4401


async def test_what_waits_too_long_becomes_a_poke(people, room, monkeypatch):
    monkeypatch.setattr(writer, "MAX_QUEUED_CHARS", 10)
    has_begun, may_go_on = asyncio.Event(), asyncio.Event()

    class Slow(RoomsConsumer):
        async def show(self, frame):
            if frame["type"] == "changes":
                has_begun.set()
                await may_go_on.wait()
                await self.send_frame({"version": frame["version"], "is_poke": "messages" not in frame})

    async with connected(people.ben, Slow) as ben, asyncio.timeout(SECONDS):
        await ben.ask("sync")
        await say(people.ada, room, "shown")
        await has_begun.wait()
        await say(people.ada, room, "waiting")
        (follower,) = Hub.here().followers
        while follower.writer._lagging is None:
            await asyncio.sleep(0.01)
        may_go_on.set()
        assert not (await ben.hear())["is_poke"]
        assert (await ben.hear())["is_poke"]


async def test_a_socket_that_shows_nothing_in_time_is_closed_as_slow(people, room, monkeypatch):
    monkeypatch.setattr(writer, "STALLED_SECONDS", 0.1)

    class Stuck(RoomsConsumer):
        async def show(self, frame):
            await asyncio.Event().wait()

    async with connected(people.ben, Stuck) as ben:
        assert await ben.closed() == writer.CLOSE_SLOW
