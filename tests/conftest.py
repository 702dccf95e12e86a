"""Fixtures of every test: people, a room of them, and what was announced."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections, transaction
from django.test import TransactionTestCase

from df_chat.hub import executor
from df_chat.models import Room
from df_chat.testing import EventList, make_room

# Also where the chat is not installed, but only found on the path.
pytest_plugins = ["df_chat.testing.plugin"]


# What migrations make: Django's own flush empties these too, and makes them again.
MADE_BY_MIGRATIONS = {"django_migrations", "django_content_type", "auth_permission"}


@pytest.fixture(scope="session", autouse=True)
def delete_rows_only() -> Iterator[None]:
    """After tests that commit: DELETE costs a tenth of TRUNCATE, and of making all permissions again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", _delete_rows)
        yield


def _delete_rows(case: TransactionTestCase) -> None:
    for alias in case._databases_names(include_mirrors=False):
        connection = connections[alias]
        # Foreign keys are checked at the commit, or not at all: any order will do.
        with connection.constraint_checks_disabled(), transaction.atomic(alias), connection.cursor() as cursor:
            for table in _tables(alias) - MADE_BY_MIGRATIONS:
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")


@cache
def _tables(alias: str) -> set[str]:
    return set(connections[alias].introspection.django_table_names(only_existing=True, include_views=False))


@pytest.fixture
def make_user(chat_make_user: Callable[..., Any]) -> Callable[..., Any]:
    return chat_make_user


@pytest.fixture
def people(make_user: Callable[..., Any]) -> SimpleNamespace:
    """Ada owns the room, Ben is in it, Cleo is not, Sam is staff and not in it."""
    return SimpleNamespace(
        ada=make_user("ada"), ben=make_user("ben"), cleo=make_user("cleo"), sam=make_user("sam", is_staff=True)
    )


@pytest.fixture
def room(people: SimpleNamespace) -> Room:
    """A private room of Ada's with Ben."""
    return make_room(people.ada, people.ben, title="Private")


@pytest.fixture
def public(people: SimpleNamespace) -> Room:
    """A public room of Ada's with Ben."""
    return make_room(people.ada, people.ben, title="Public", is_public=True)


@pytest.fixture
def events(chat_events: EventList) -> EventList:
    return chat_events


@pytest.fixture
async def async_orm() -> AsyncIterator[None]:
    """For async tests: every thread in which they reach the ORM gives its connection back, so the database can go.

    Channels' communicator keeps connections open, for the sake of tests inside a transaction.
    """
    yield
    await sync_to_async(connections.close_all)()
    for threads in (executor._action_threads, executor._hub_threads, executor._sign_in_threads):
        await asyncio.to_thread(_close_in_every_thread, threads)


def _close_in_every_thread(threads: ThreadPoolExecutor) -> None:
    count = len(threads._threads)
    together = threading.Barrier(max(count, 1))

    def close() -> None:
        together.wait()
        connections.close_all()

    for job in [threads.submit(close) for _ in range(count)]:
        job.result()
