"""Who is online: with two tabs, with two processes, and after one of them was killed."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async as run
from django.utils import timezone

from df_chat import actions
from df_chat.hub import presence as presence_module
from df_chat.hub.hub import Hub
from df_chat.hub.presence import Presence
from df_chat.models import PresenceLease, UserChat
from df_chat.streams.outbox import get_publisher
from tests.asgi.sockets import also_connected, connected

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("async_orm")]


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(presence_module, "GRACE_SECONDS", 0.0)
    monkeypatch.setattr(presence_module, "GATHER_SECONDS", 0.0)


def is_online(user):
    return UserChat.objects.online().filter(user=user).exists()


async def written():
    """Until whoever came has been written, and told."""
    presence = Hub.here().presence
    while presence._coming or presence._gathering or presence._tasks:
        await asyncio.sleep(0.01)
    await asyncio.to_thread(get_publisher().flush)
    await asyncio.sleep(0.2)  # and a layer of another process has brought it


async def hear_presence(socket):
    return {key: value for key, value in (await socket.hear("presence")).items() if key != "type"}


async def test_room_mates_hear_who_comes_and_goes(people, room):
    async with connected(people.ada) as ada:
        await ada.hear("ready")
        await written()
        async with also_connected(people.ben) as ben:
            await ben.hear("ready")
            assert await hear_presence(ada) == {"user_id": str(people.ben.pk), "is_online": True}
            async with also_connected(people.ben) as tab:
                await tab.hear("ready")
            assert await ada.hear_nothing()
        assert await hear_presence(ada) == {"user_id": str(people.ben.pk), "is_online": False}


async def test_who_shares_several_rooms_hears_it_once(people, room, public):
    async with connected(people.ada) as ada:
        await ada.hear("ready")
        await written()
        async with also_connected(people.ben) as ben:
            await ben.hear("ready")
            assert (await hear_presence(ada))["is_online"] is True
            assert await ada.hear_nothing()
            assert await ben.hear_nothing()


async def test_strangers_and_large_rooms_hear_nothing(people, room, settings):
    async with connected(people.cleo) as cleo, also_connected(people.ada) as ada:
        await cleo.hear("ready")
        await ada.hear("ready")
        await written()
        settings.DF_CHAT = {"PRESENCE_MAX_USERS": 1}
        async with also_connected(people.ben) as ben:
            await ben.hear("ready")
            await written()
            assert await ada.hear_nothing()
        settings.DF_CHAT = {"PRESENCE_MAX_USERS": 0}
        async with also_connected(people.ben) as ben:
            await ben.hear("ready")
            await written()
            assert await ada.hear_nothing()
        assert await cleo.hear_nothing()


async def test_a_page_that_is_loaded_again_does_not_flicker(people, room, monkeypatch):
    monkeypatch.setattr(presence_module, "GRACE_SECONDS", 0.3)
    async with connected(people.ada) as ada:
        await ada.hear("ready")
        async with also_connected(people.ben) as ben:
            await ben.hear("ready")
        assert (await hear_presence(ada))["is_online"] is True
        async with also_connected(people.ben) as ben:
            await ben.hear("ready")
            assert await ada.hear_nothing()
            assert await run(is_online)(people.ben)
        assert (await hear_presence(ada))["is_online"] is False


async def test_two_processes_hold_leases_of_their_own(people, room):
    one, two = Presence(), Presence()
    one.enter(people.ben.pk)
    two.enter(people.ben.pk)
    while await PresenceLease.objects.acount() < 2:
        await asyncio.sleep(0.01)
    one.leave(people.ben.pk)
    await one.end()
    assert await run(is_online)(people.ben)
    two.leave(people.ben.pk)
    await two.end()
    assert not await run(is_online)(people.ben)
    assert not await PresenceLease.objects.aexists()


async def test_a_killed_process_leaves_nobody_online(people, room):
    killed, alive = uuid.uuid4(), uuid.uuid4()
    await run(actions.set_online)([people.ben.pk, people.cleo.pk], process=killed)
    await run(actions.set_online)([people.cleo.pk], process=alive)
    later = timezone.now() - timedelta(seconds=1)
    await PresenceLease.objects.filter(process=killed).aupdate(until=later)
    await UserChat.objects.filter(user=people.ben).aupdate(online_until=later)
    async with connected(people.ada) as ada:
        await ada.hear("ready")
        assert await run(actions.expire_presence)() == {people.ben.pk}
        assert await hear_presence(ada) == {"user_id": str(people.ben.pk), "is_online": False}
        assert await run(actions.expire_presence)() == set()
    assert await run(is_online)(people.cleo)


async def test_leases_are_renewed_with_one_write_for_all(people, room, django_assert_max_num_queries):
    everybody = [people.ada.pk, people.ben.pk, people.cleo.pk]
    process = uuid.uuid4()
    await run(actions.set_online)(everybody, process=process)

    def renew(pks):
        with django_assert_max_num_queries(4):
            actions.set_online(pks, process=process)

    await run(renew)(everybody)
    await run(renew)(everybody[:1])


async def test_presence_that_cannot_be_written_closes_no_socket(people, room, monkeypatch, caplog):
    def broken(*args, **kwargs):
        raise OSError("no database")

    monkeypatch.setattr(presence_module, "set_online", broken)
    async with connected(people.ben) as ben:
        await ben.hear("ready")
        while "Presence was not kept" not in caplog.text:
            assert (await ben.ask("sync"))["response_status"] == 200
        assert people.ben.pk in Hub.here().presence._sockets


async def test_who_comes_at_once_is_written_at_once(people, room, monkeypatch):
    monkeypatch.setattr(presence_module, "GATHER_SECONDS", 0.1)
    written = []
    monkeypatch.setattr(presence_module, "set_online", lambda pks, process: written.append(set(pks)))
    presence = Presence()
    for user in (people.ada, people.ben, people.ben, people.cleo):
        presence.enter(user.pk)
    presence.leave(people.cleo.pk)
    await asyncio.sleep(0.3)
    assert written == [{people.ada.pk, people.ben.pk}]
