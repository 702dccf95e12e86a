"""Database work of sockets: on threads of its own, so that one slow query holds up no other socket."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from channels.db import DatabaseSyncToAsync

T = TypeVar("T")

# What clients ask for, and what the hub needs to pass events on: slow actions must not hold up the gate.
_action_threads = ThreadPoolExecutor(8, thread_name_prefix="df_chat-db")
_hub_threads = ThreadPoolExecutor(4, thread_name_prefix="df_chat-hub-db")
# Strangers may have passwords checked here, which is slow: those who are signed in do not wait for them.
_sign_in_threads = ThreadPoolExecutor(4, thread_name_prefix="df_chat-sign-in")


async def run_in_db(function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Call a function that uses the database; its connection is returned afterwards."""
    return await _run(_action_threads, function, *args, **kwargs)


async def run_for_hub(function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """As ``run_in_db``, for the short reads and writes of the hub itself."""
    return await _run(_hub_threads, function, *args, **kwargs)


async def run_sign_in(function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """As ``run_in_db``, to find out who opens a socket."""
    return await _run(_sign_in_threads, function, *args, **kwargs)


async def _run(threads: ThreadPoolExecutor, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    call = DatabaseSyncToAsync(function, thread_sensitive=False, executor=threads)
    result: T = await call(*args, **kwargs)
    return result
