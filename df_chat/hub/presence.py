"""Keeps the users of this process's sockets online, with one renewal for all of them."""

from __future__ import annotations

import asyncio
import logging
import random
import uuid
from collections import Counter
from typing import Any

from df_chat.actions import expire_presence, set_offline, set_online
from df_chat.hub.executor import run_for_hub
from df_chat.settings import chat_settings

logger = logging.getLogger(__name__)

# A page that is loaded again closes its socket and opens another: nobody left.
GRACE_SECONDS = 3.0
GATHER_SECONDS = 0.2


class Presence:
    """Counts sockets per user on one event loop, and holds a lease for each user who has any.

    Nobody waits for it: who comes within a moment is written together, and who leaves is given time to come back.
    """

    def __init__(self) -> None:
        self._process = uuid.uuid4()
        self._sockets: Counter[Any] = Counter()
        self._coming: set[Any] = set()
        self._leaving: dict[Any, asyncio.TimerHandle] = {}
        self._gathering: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        # One write at a time: an end must not overtake the beginning after it.
        self._writing = asyncio.Lock()

    def enter(self, user_pk: Any) -> None:
        """One more socket of this user."""
        self._sockets[user_pk] += 1
        leaving = self._leaving.pop(user_pk, None)
        if leaving is not None:
            leaving.cancel()
        elif self._sockets[user_pk] == 1:
            self._coming.add(user_pk)
            if self._gathering is None:
                self._gathering = asyncio.get_running_loop().call_later(GATHER_SECONDS, self._begin_online)

    def leave(self, user_pk: Any) -> None:
        """One socket less. The user is offline if none is opened in the next seconds."""
        self._sockets[user_pk] -= 1
        if self._sockets[user_pk] <= 0:
            del self._sockets[user_pk]
            if user_pk in self._coming:
                self._coming.remove(user_pk)
                return
            loop = asyncio.get_running_loop()
            self._leaving[user_pk] = loop.call_later(GRACE_SECONDS, self._begin_offline, user_pk)

    async def end(self) -> None:
        """End every lease now: the last socket has gone, and nothing will renew them."""
        leaving = list(self._leaving)
        for timer in (*self._leaving.values(), *filter(None, [self._gathering])):
            timer.cancel()
        self._leaving.clear()
        if leaving:
            await self._try(set_offline, leaving)

    async def renew_for_ever(self) -> None:
        """Renew the leases, and end those of processes that were killed."""
        while True:
            # A third of the lease: two renewals may fail before anybody seems to leave.
            await asyncio.sleep(chat_settings.ONLINE_SECONDS / 3 * random.uniform(0.8, 1.0))  # noqa: S311
            await self._try(set_online, [*self._sockets, *self._leaving])
            try:
                await run_for_hub(expire_presence)
            except Exception as error:
                logger.warning("Presence of ended processes was not cleared: %r", error)

    def _begin_online(self) -> None:
        self._gathering = None
        coming, self._coming = list(self._coming), set()
        if coming:
            self._begin(set_online, coming)

    def _begin_offline(self, user_pk: Any) -> None:
        del self._leaving[user_pk]
        self._begin(set_offline, [user_pk])

    def _begin(self, action: Any, user_pks: list[Any]) -> None:
        task = asyncio.get_running_loop().create_task(self._try(action, user_pks))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _try(self, action: Any, user_pks: list[Any]) -> None:
        try:
            async with self._writing:
                await run_for_hub(action, user_pks, process=self._process)
        except Exception as error:
            # The lease ends by itself, or the next renewal comes.
            logger.warning("Presence was not kept: %r", error)
