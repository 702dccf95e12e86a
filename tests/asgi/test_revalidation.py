"""A socket ends with what it was opened by: told of it at once, and found out within a minute if not."""

from __future__ import annotations

import asyncio
import math
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async as run
from channels.layers import channel_layers
from channels.testing import WebsocketCommunicator
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model, logout
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone

from df_chat import actions
from df_chat.asgi.urls import build_application
from df_chat.authentication.credential import Credential
from df_chat.authentication.revalidation import ENDED, read_ends
from df_chat.hub.hub import Hub
from df_chat.hub.sweep import Sweep
from df_chat.streams.outbox import get_publisher
from tests.asgi.sockets import SECONDS, Socket, page_of
from tests.asgi.test_live import cookie_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("async_orm")]


@asynccontextmanager
async def signed_in(user):
    """A socket opened with a session cookie, through the middleware."""
    channel_layers.backends.clear()
    await asyncio.to_thread(get_publisher().flush)
    cookie = await run(cookie_of)(user)
    communicator = WebsocketCommunicator(build_application(), "/api/v1/chat/ws/?backlog=0", **page_of(cookie))
    assert (await communicator.connect(SECONDS))[0]
    socket = Socket(communicator)
    socket.session_key = cookie.partition("=")[2]
    try:
        await socket.hear("ready")
        yield socket
    finally:
        await communicator.disconnect()


def log_out(people, key):
    request = HttpRequest()
    request.session = session_store(key)
    request.user = people.ben
    logout(request)


def session_store(key):
    from django.contrib.sessions.backends.db import SessionStore

    return SessionStore(key)


def change_password(people, key):
    people.ben.set_password("another")
    people.ben.save()


def deactivate(people, key):
    people.ben.is_active = False
    people.ben.save(update_fields=["is_active"])


def delete(people, key):
    get_user_model().objects.get(pk=people.ben.pk).delete()


TOLD = {"logout": log_out, "password": change_password, "deactivated": deactivate, "deleted": delete}


def end_session(people, key):
    Session.objects.filter(pk=key).delete()


def expire_session(people, key):
    Session.objects.filter(pk=key).update(expire_date=timezone.now() - timedelta(seconds=1))


def take_over_session(people, key):
    store = session_store(key)
    store["_auth_user_id"] = str(people.cleo.pk)
    store["_auth_user_hash"] = people.cleo.get_session_auth_hash()
    store.save()


def deactivate_unheard(people, key):
    get_user_model().objects.filter(pk=people.ben.pk).update(is_active=False)


def rotate_password_unheard(people, key):
    people.ben.set_password("another")
    get_user_model().objects.filter(pk=people.ben.pk).update(password=people.ben.password)


UNTOLD = {
    **TOLD,
    "session deleted": end_session,
    "session expired": expire_session,
    "session of another": take_over_session,
    "deactivated unheard": deactivate_unheard,
    "password unheard": rotate_password_unheard,
}


@pytest.mark.parametrize("revoke", TOLD.values(), ids=TOLD)
async def test_who_may_not_stay_is_closed_within_a_second(people, room, revoke):
    async with signed_in(people.ben) as ben:
        await run(revoke)(people, ben.session_key)
        assert await ben.closed(1) == 4401


@pytest.mark.parametrize("revoke", UNTOLD.values(), ids=UNTOLD)
async def test_who_may_not_stay_is_found_out_if_nobody_told(people, room, revoke, monkeypatch):
    async with signed_in(people.ben) as ben:
        with monkeypatch.context() as silent:
            silent.setattr(type(get_publisher()), "revalidate", lambda *args, **kwargs: None)
            await run(revoke)(people, ben.session_key)
        sweep = Sweep(Hub.here())
        sweep._revalidated_at -= 60
        await sweep.tend_sockets()
        assert await ben.closed(1) == 4401
        await run(actions.send_message)(actor=people.ada, room_id=room.pk, body="secret")
        assert await ben.hear_nothing()


async def test_without_the_sweep_nobody_would_be_found_out(people, room, monkeypatch):
    """Sabotage: the test above can fail."""
    async with signed_in(people.ben) as ben:
        await run(expire_session)(people, ben.session_key)
        assert await ben.hear_nothing()
        assert (await ben.ask("sync"))["response_status"] == 200


async def test_others_stay(people, room):
    async with signed_in(people.ada) as ada:
        await run(change_password)(people, None)
        people.ada.first_name = "Ada"
        await run(people.ada.save)()
        await Hub.here().revalidator.revalidate(list(Hub.here().followers))
        assert (await ada.ask("sync"))["response_status"] == 200


async def test_sessions_signed_with_a_rotated_key_stay(people, room, settings):
    async with signed_in(people.ben) as ben:
        settings.SECRET_KEY_FALLBACKS = [django_settings.SECRET_KEY]
        settings.SECRET_KEY = "new"
        await Hub.here().revalidator.revalidate(list(Hub.here().followers))
        # Sessions in the database are signed as well, but not with the key that Django rotates for their users.
        assert (await ben.ask("sync"))["response_status"] == 200


@pytest.mark.parametrize("engine", ["db", "cached_db", "cache", "file"])
async def test_every_kind_of_session_is_looked_at(people, room, settings, engine, tmp_path, monkeypatch):
    from importlib import import_module

    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
    settings.SESSION_FILE_PATH = str(tmp_path)
    store = import_module(settings.SESSION_ENGINE).SessionStore

    def look():
        session = store()
        session["_auth_user_id"] = str(people.ben.pk)
        session["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
        session["_auth_user_hash"] = people.ben.get_session_auth_hash()
        session.save()
        good, ended = Credential(people.ben.pk, session.session_key), Credential(people.ben.pk, "a" * 32)
        assert read_ends([good, ended]) == {good: math.inf, ended: ENDED}
        session.flush()
        assert read_ends([good]) == {good: ENDED}

    await run(look)()


async def test_many_sockets_are_looked_at_with_few_queries(people, room, django_assert_num_queries):
    def look():
        credentials = [Credential(user.pk, cookie_of(user).partition("=")[2]) for user in vars(people).values()]
        with django_assert_num_queries(2):
            assert set(read_ends(credentials).values()) == {math.inf}

    await run(look)()
