"""Database work of sockets: on threads of its own, so that one slow query holds up no other socket."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from channels.db import DatabaseSyncToAsync

T = TypeVar("T")

MAX_THREADS = 8

_threads = ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="df_chat-db")


async def run_in_db(function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Call a function that uses the database; its connection is returned afterwards."""
    call = DatabaseSyncToAsync(function, thread_sensitive=False, executor=_threads)
    result: T = await call(*args, **kwargs)
    return result
