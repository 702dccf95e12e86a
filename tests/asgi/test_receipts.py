"""Receipts told live, and what waited for a member who was away."""

from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import sync_to_async as run

from df_chat import actions
from tests.asgi.sockets import also_connected, connected

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("async_orm")]


def send(people, room, *bodies):
    return [actions.send_message(actor=people.ada, room_id=room.pk, body=body).message for body in bodies]


async def test_the_sender_sees_received_and_seen_with_their_times(people, room):
    async with connected(people.ada) as ada, also_connected(people.ben) as ben:
        await ada.hear("ready")
        await ben.hear("ready")
        message = (await ada.ask("send_message", room_id=room.pk, body="hi"))["data"]
        await ben.ask("mark_received", room_id=room.pk, message_ids=[message["id"]])
        receipt = await ada.hear("receipt")
        assert (receipt["user_id"], receipt["room_id"]) == (str(people.ben.pk), str(room.pk))
        assert receipt["seen_seq"] < receipt["received_seq"] == message["seq"]
        assert receipt["received_at"].endswith("Z")
        await ben.ask("mark_seen", room_id=room.pk, up_to=message["seq"])
        receipt = await ada.hear("receipt")
        assert (receipt["received_seq"], receipt["seen_seq"]) == (message["seq"], message["seq"])
        assert receipt["seen_at"] >= receipt["received_at"]


async def test_many_receipts_become_one_a_second(people, room):
    messages = await run(send)(people, room, *map(str, range(20)))
    async with connected(people.ada) as ada:
        await ada.hear("ready")
        for message in messages:
            await run(actions.mark_seen)(actor=people.ben, room_id=room.pk, up_to=message.seq)
        first, last = await ada.hear("receipt"), await ada.hear("receipt")
        assert first["seen_seq"] < last["seen_seq"] == messages[-1].seq
        assert await ada.hear_nothing()


async def test_large_rooms_are_told_nothing(people, public, settings):
    settings.DF_CHAT = {"RECEIPTS_MAX_USERS": 1}
    messages = await run(send)(people, public, "hi")
    async with connected(people.ada) as ada:
        await ada.hear("ready")
        await run(actions.mark_seen)(actor=people.ben, room_id=public.pk, up_to=messages[0].seq)
        assert await ada.hear_nothing()


async def test_nothing_is_told_of_a_mark_that_did_not_move(people, room):
    messages = await run(send)(people, room, "hi")
    async with connected(people.ada) as ada:
        await ada.hear("ready")
        for _ in range(2):
            await run(actions.mark_seen)(actor=people.ben, room_id=room.pk, up_to=messages[0].seq)
        await ada.hear("receipt")
        await asyncio.sleep(1)
        assert await ada.hear_nothing()


async def test_what_was_missed_comes_without_asking_until_it_is_acknowledged(people, room, public):
    messages = await run(send)(people, room, "one", "two")
    await run(send)(people, public, "elsewhere")
    await run(actions.send_message)(actor=people.ben, room_id=room.pk, body="my own")
    for _ in range(2):
        async with connected(people.ben, query="") as ben:
            await ben.hear("ready")
            backlogs = {frame["stream"]: frame for frame in [await ben.hear("backlog"), await ben.hear("backlog")]}
            missed = backlogs[f"room:{room.pk}"]
            assert [message["body"] for message in missed["messages"]] == ["one", "two"]
            assert (missed["gen"], missed["more"]) == ("1.1", False)
            assert missed["messages"][0]["id"] == str(messages[0].pk)
            assert await ben.hear_nothing()
    await run(actions.mark_received)(actor=people.ben, room_id=room.pk, up_to=messages[0].seq)
    await run(actions.mark_received)(actor=people.ben, room_id=public.pk, up_to=99)
    async with connected(people.ben, query="") as ben:
        await ben.hear("ready")
        assert [message["body"] for message in (await ben.hear("backlog"))["messages"]] == ["two"]
        assert await ben.hear_nothing()


async def test_a_backlog_is_bounded_and_holds_no_secrets(people, room, public, settings):
    def prepare():
        send(people, room, *map(str, range(60)))
        deleted = send(people, room, "deleted")[0]
        actions.delete_message(actor=people.ada, room_id=room.pk, message_id=deleted.pk)
        settings.DF_CHAT = {"NEW_MEMBER_HISTORY": "none"}
        send(people, public, "before Cleo")
        actions.join_room(actor=people.cleo, room_id=public.pk)
        send(people, public, "since Cleo")

    await run(prepare)()
    async with connected(people.ben, query="") as ben:
        frames = {frame["stream"]: frame for frame in [await ben.hear("backlog"), await ben.hear("backlog")]}
        frame = frames[f"room:{room.pk}"]
        assert [message["body"] for message in frame["messages"]] == list(map(str, range(50)))
        assert frame["more"] is True
    async with connected(people.cleo, query="") as cleo:
        assert [message["body"] for message in (await cleo.hear("backlog"))["messages"]] == ["since Cleo"]
        assert await cleo.hear_nothing()


async def test_the_backlog_costs_the_same_for_many_rooms(people, room, django_assert_num_queries):
    from df_chat.sync import read_backlog

    def count():
        send(people, room, "one")
        with django_assert_num_queries(4):
            assert len(read_backlog(people.ben)) == 1
        for number in range(5):
            other = actions.create_room(actor=people.ada, title=str(number), user_ids=[people.ben.pk])
            send(people, other, "one", "two")
        with django_assert_num_queries(4):
            assert len(read_backlog(people.ben)) == 6

    await run(count)()
