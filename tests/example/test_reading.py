"""How the recipes read the chat's protocol: each version of each message once, whatever becomes of the events."""

from __future__ import annotations

import importlib

import pytest
from asgiref.sync import sync_to_async as run

from df_chat import actions
from df_chat.sync import read_positions
from tests.example.host import PROJECT

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("async_orm")]


@pytest.fixture
def recipe(monkeypatch):
    monkeypatch.syspath_prepend(str(PROJECT))
    return importlib.import_module("recipes.reading")


class Reading:
    """Ben's reader of a room, and the frames that he is sent."""

    def __init__(self, recipe, ben, room, since):
        self.ben, self.room = ben, room
        self.reader = recipe.MessageReader(ben, lambda room_id: room_id == room.pk, since)

    async def take(self, frame):
        found = [(message.get("body"), is_new) async for message, is_new in self.reader.read(frame)]
        return found

    async def state(self):
        here = (await run(read_positions)(self.ben))[self.room.stream_name]
        return {"gen": here.gen, "version": here.version}

    async def ready(self):
        return await self.take({"type": "ready", "streams": {self.room.stream_name: await self.state()}})

    def changes(self, message, prev=None, **parts):
        prev = message.version - 1 if prev is None else prev
        frame = {"type": "changes", "stream": self.room.stream_name, "epoch": 1, "prev": prev}
        return {**frame, "version": message.version, **parts}


@pytest.fixture
async def reading(recipe, people, room):
    reading = Reading(recipe, people.ben, room, await run(read_positions)(people.ben))
    assert await reading.ready() == []
    return reading


@pytest.fixture
def say(people, room):
    async def say(body):
        return (await run(actions.send_message)(actor=people.ada, room_id=room.pk, body=body)).message

    return say


async def test_what_is_said_while_the_socket_opens_is_read(recipe, people, room, say):
    since = await run(read_positions)(people.ben)
    await say("hello")
    assert await Reading(recipe, people.ben, room, since).ready() == [("hello", True)]


async def test_an_event_is_read_once(reading, say):
    message = await say("hello")
    frame = reading.changes(message, messages=[message.state()])
    assert await reading.take(frame) == [("hello", True)]
    assert await reading.take(frame) == []


@pytest.mark.parametrize("kind", ["gap", "poke", "another life"])
async def test_what_no_event_brought_is_fetched(reading, say, kind):
    await say("lost")
    message = await say("heard")
    frame = reading.changes(message, messages=[message.state()])
    if kind == "poke":
        del frame["messages"]
    if kind == "another life":
        frame |= {"epoch": 2, "prev": message.version - 2}
    assert await reading.take(frame) == [("lost", True), ("heard", True)]
    assert await reading.take(frame | {"epoch": 1}) == []


async def test_an_event_about_members_brings_no_message_and_is_no_poke(reading, say):
    message = await say("hello")
    assert await reading.take(reading.changes(message, users=[])) == []
    later = await say("later")
    assert await reading.take(reading.changes(later, messages=[later.state()])) == [("later", True)]


async def test_a_change_is_not_new_and_a_deletion_is_a_tombstone(reading, say, people, room):
    message = await say("hello")
    await reading.take(reading.changes(message, messages=[message.state()]))
    which = {"actor": people.ada, "room_id": room.pk, "message_id": message.pk}
    edited = await run(actions.edit_message)(**which, body="hello!")
    assert await reading.take(reading.changes(edited, messages=[edited.state()])) == [("hello!", False)]
    deleted = await run(actions.delete_message)(**which)
    assert await reading.take(reading.changes(deleted)) == [(None, False)]


async def test_a_room_is_read_from_the_joining_on(recipe, people, public):
    await run(actions.send_message)(actor=people.ada, room_id=public.pk, body="before")
    reading = Reading(recipe, people.cleo, public, {})
    await run(actions.join_room)(actor=people.cleo, room_id=public.pk)
    await run(actions.send_message)(actor=people.ada, room_id=public.pk, body="welcome")
    subscribed = {"type": "subscribed", "stream": public.stream_name, **await reading.state()}
    assert await reading.take(subscribed) == [("welcome", True)]


async def test_nothing_is_read_of_a_room_that_was_left(reading, say, people, room):
    message = await say("hello")
    poke = reading.changes(message)
    await run(actions.leave_room)(actor=people.ben, room_id=room.pk)
    assert await reading.take(poke) == []
    await reading.take({"type": "removed", "stream": room.stream_name})
    assert await reading.take(reading.changes(message, messages=[message.state()])) == []


async def test_who_is_too_far_behind_is_told(reading, say, recipe, settings):
    settings.DF_CHAT = {"MAX_CHANGES": 1}
    await say("one")
    message = await say("two")
    with pytest.raises(recipe.Behind):
        await reading.take(reading.changes(message))
