"""Fixtures of every test: people, a room of them, and what was announced."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.db import connections

from df_chat import actions
from df_chat.asgi import executor
from df_chat.signals import stream_changed


@pytest.fixture
def make_user(db: None) -> Callable[..., Any]:
    def make(username: str, **fields: Any) -> Any:
        return get_user_model().objects.create_user(username, f"{username}@example.com", "pass", **fields)

    return make


@pytest.fixture
def people(make_user: Callable[..., Any]) -> SimpleNamespace:
    """Ada owns the room, Ben is in it, Cleo is not, Sam is staff and not in it."""
    return SimpleNamespace(
        ada=make_user("ada"), ben=make_user("ben"), cleo=make_user("cleo"), sam=make_user("sam", is_staff=True)
    )


@pytest.fixture
def room(people: SimpleNamespace) -> Any:
    """A private room of Ada's with Ben."""
    return actions.create_room(actor=people.ada, title="Private", user_ids=[people.ben.pk])


@pytest.fixture
def public(people: SimpleNamespace) -> Any:
    """A public room of Ada's with Ben."""
    return actions.create_room(actor=people.ada, title="Public", is_public=True, user_ids=[people.ben.pk])


@pytest.fixture
def events() -> Iterator[list[Any]]:
    """Every event announced during the test, in order."""
    heard: list[Any] = []

    def hear(event: Any, **kwargs: Any) -> None:
        heard.append(event)

    stream_changed.connect(hear, weak=False)
    yield heard
    stream_changed.disconnect(hear)


@pytest.fixture
async def async_orm() -> AsyncIterator[None]:
    """For async tests: every thread in which they reach the ORM gives its connection back, so the database can go.

    Channels' communicator keeps connections open, for the sake of tests inside a transaction.
    """
    yield
    await sync_to_async(connections.close_all)()
    for threads in (executor._action_threads, executor._hub_threads):
        await asyncio.to_thread(_close_in_every_thread, threads)


def _close_in_every_thread(threads: ThreadPoolExecutor) -> None:
    count = len(threads._threads)
    together = threading.Barrier(max(count, 1))

    def close() -> None:
        together.wait()
        connections.close_all()

    for job in [threads.submit(close) for _ in range(count)]:
        job.result()
