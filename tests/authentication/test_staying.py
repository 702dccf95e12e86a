"""A socket ends with the token that opened it, and a user has only so many."""

from __future__ import annotations

import asyncio
import time
from base64 import b64encode
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from asgiref.sync import sync_to_async as run
from channels.layers import channel_layers
from channels.testing import WebsocketCommunicator
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.db import OperationalError

from df_chat.asgi.consumers import RoomsConsumer
from df_chat.authentication import revalidate_user
from df_chat.hub import revalidation
from df_chat.hub.hub import Hub
from df_chat.hub.sweep import Sweep
from tests.asgi.sockets import Socket, also_connected, connected
from tests.asgi.test_live import cookie_of
from tests.authentication import keys
from tests.authentication.conftest import opened, shown

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("async_orm")]


async def sweep():
    now = Sweep(Hub.here())
    now._revalidated_at -= 60
    await now.tend_sockets()


# -- Tokens that end -----------------------------------------------------------------------------------------
def jwt(end):
    return {"exp": end.timestamp()}


def row_with_expiry(end):
    return SimpleNamespace(expiry=end)


def row_with_expires(end):
    return SimpleNamespace(expires=end)


@pytest.mark.parametrize("token", [jwt, row_with_expiry, row_with_expires])
async def test_a_socket_does_not_outlive_its_token(people, key, token, monkeypatch):
    monkeypatch.setattr(revalidation, "SOONEST_EXPIRY_SECONDS", 0.1)
    keys.table[key] = (people.ben, token(datetime.now(UTC) + timedelta(seconds=0.6)))
    async with opened(headers=shown("Key", key)) as socket:
        await socket.hear("ready")
        assert await socket.hear_nothing()
        del keys.table[key]
        assert await socket.closed(2) == 4401


async def test_a_token_that_was_renewed_goes_on(people, key, monkeypatch):
    monkeypatch.setattr(revalidation, "SOONEST_EXPIRY_SECONDS", 0.1)
    keys.table[key] = (people.ben, {"exp": time.time() + 0.3})
    async with opened(headers=shown("Key", key)) as socket:
        await socket.hear("ready")
        keys.table[key] = (people.ben, {"exp": time.time() + 0.9})
        await asyncio.sleep(0.5)
        assert (await socket.ask("sync"))["response_status"] == 200
        keys.table.clear()
        assert await socket.closed(2) == 4401


async def test_a_token_that_cannot_be_asked_for_when_it_ends_is_not_trusted_on(people, key, monkeypatch):
    keys.table[key] = (people.ben, {"exp": time.time() + 0.2})
    async with opened(headers=shown("Key", key)) as socket:
        await socket.hear("ready")
        keys.table[key] = OperationalError("gone")
        assert await socket.closed(3) == 1013


async def test_no_timer_is_left_behind(people, key):
    keys.table[key] = (people.ben, {"exp": time.time() + 3_600})
    async with opened(headers=shown("Key", key)) as socket:
        await socket.hear("ready")
        revalidator = Hub.here().revalidator
        assert len(revalidator._timers) == 1
    assert not revalidator._timers


# -- Tokens that are taken back ------------------------------------------------------------------------------
async def test_a_logout_of_the_hosts_own_is_told(people, key):
    async with opened(headers=shown("Key", key)) as socket:
        await socket.hear("ready")
        del keys.table[key]
        await asyncio.to_thread(revalidate_user, people.ben)
        assert await socket.closed(1) == 4401


async def test_a_token_that_nobody_told_of_is_found_out(people, key):
    async with opened(headers=shown("Key", key)) as socket:
        await socket.hear("ready")
        await sweep()
        assert (await socket.ask("sync"))["response_status"] == 200
        del keys.table[key]
        await sweep()
        assert await socket.closed(1) == 4401


async def test_a_token_that_became_anothers_is_closed(people, key):
    async with opened(headers=shown("Key", key)) as socket:
        await socket.hear("ready")
        keys.table[key] = (people.cleo, None)
        await sweep()
        assert await socket.closed(1) == 4401


async def test_a_fault_of_the_authenticator_closes_nobody(people, key, caplog):
    async with opened(headers=shown("Key", key)) as socket:
        await socket.hear("ready")
        keys.table[key] = RuntimeError("the service is away")
        await sweep()
        assert (await socket.ask("sync"))["response_status"] == 200
        assert "could not be asked for again" in caplog.text
        assert key not in caplog.text


async def test_another_password_ends_what_was_opened_with_a_token(people, key):
    async with opened(headers=shown("Key", key)) as socket:
        await socket.hear("ready")
        await run(set_password)(people.ben, "another horse", is_told=True)
        assert await socket.closed(1) == 4401


@pytest.mark.parametrize("is_told", [True, False])
async def test_another_password_ends_what_was_opened_with_the_old(people, is_told):
    await run(set_password)(people.ben, "correct horse", is_told=True)
    async with opened(headers=shown("Basic", b64encode(b"ben:correct horse").decode())) as socket:
        await socket.hear("ready")
        await sweep()
        assert (await socket.ask("sync"))["response_status"] == 200
        await run(set_password)(people.ben, "another horse", is_told=is_told)
        if not is_told:
            await sweep()
        assert await socket.closed(1) == 4401


def set_password(user, password, *, is_told):
    user.set_password(password)
    if is_told:
        user.save()
    else:
        get_user_model().objects.filter(pk=user.pk).update(password=user.password)


async def test_a_socket_behind_the_sign_in_of_channels_ends_with_its_session(people):
    def sign_in():
        session = SessionStore(cookie_of(people.ben).partition("=")[2])
        session.keys()  # read, as the sign-in does
        return session

    channel_layers.backends.clear()
    communicator = WebsocketCommunicator(RoomsConsumer.as_asgi(), "/ws/?backlog=0")
    session = await run(sign_in)()
    communicator.scope.update(user=people.ben, session=session)
    assert (await communicator.connect())[0]
    socket = Socket(communicator)
    await socket.hear("ready")
    await run(session.delete)()
    await sweep()
    assert await socket.closed(1) == 4401
    await communicator.disconnect()


# -- How many, and how much ----------------------------------------------------------------------------------
async def test_a_user_has_only_so_many_sockets(people, room, settings):
    settings.DF_CHAT = {"MAX_SOCKETS_PER_USER": 2}
    async with AsyncExitStack() as sockets:
        first = await sockets.enter_async_context(connected(people.ben))
        await sockets.enter_async_context(also_connected(people.ben))
        third = await sockets.enter_async_context(also_connected(people.ben))
        assert await third.closed() == 4429
        other = await sockets.enter_async_context(also_connected(people.ada))
        await other.hear("ready")
        assert (await first.ask("sync"))["response_status"] == 200
    assert not Hub._by_loop.get(asyncio.get_running_loop())


async def test_a_socket_asks_for_only_so_much(people, room, settings):
    settings.DF_CHAT = {"MAX_ACTIONS_PER_SECOND": 10}
    async with connected(people.ben) as ben:
        statuses = [(await ben.ask("typing", room_id=str(room.pk)))["response_status"] for _ in range(22)]
        assert statuses[:20] == [202] * 20
        assert statuses[21] == 429
        answer = await ben.ask("typing", room_id=str(room.pk))
        assert answer["errors"][0]["code"] == "throttled"
        await asyncio.sleep(0.3)
        assert (await ben.ask("typing", room_id=str(room.pk)))["response_status"] == 202


async def test_whoever_goes_on_asking_is_closed(people, room, settings):
    settings.DF_CHAT = {"MAX_ACTIONS_PER_SECOND": 1}
    async with connected(people.ben) as ben:
        for _ in range(300):
            await ben.say({"action": "sync", "request_id": 1})
        assert await ben.closed() == 4429


async def test_without_a_limit_nobody_is_stopped(people, room, settings):
    settings.DF_CHAT = {"MAX_ACTIONS_PER_SECOND": None}
    async with connected(people.ben) as ben:
        statuses = {(await ben.ask("sync"))["response_status"] for _ in range(100)}
    assert statuses == {200}
