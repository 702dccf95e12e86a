"""Keeps the users of this process's sockets online, with one renewal for all of them."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import Any

from df_chat.actions import set_offline, set_online
from df_chat.asgi.executor import run_in_db
from df_chat.settings import chat_settings

logger = logging.getLogger(__name__)


class Presence:
    """Counts sockets per user on one event loop, and renews their leases while it has any."""

    def __init__(self) -> None:
        self._sockets: Counter[Any] = Counter()
        self._renewal: asyncio.Task[None] | None = None

    async def enter(self, user_pk: Any) -> None:
        """One more socket of this user."""
        self._sockets[user_pk] += 1
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._renew())
        if self._sockets[user_pk] == 1:
            await run_in_db(set_online, [user_pk])

    async def leave(self, user_pk: Any) -> None:
        """One socket less."""
        self._sockets[user_pk] -= 1
        if self._sockets[user_pk] > 0:
            return
        del self._sockets[user_pk]
        if not self._sockets and self._renewal is not None:
            self._renewal.cancel()
            self._renewal = None
        await run_in_db(set_offline, [user_pk])

    async def _renew(self) -> None:
        while True:
            # A third of the lease: two renewals may fail before anybody seems to leave.
            await asyncio.sleep(chat_settings.ONLINE_SECONDS / 3)
            try:
                await run_in_db(set_online, list(self._sockets))
            except Exception:
                logger.warning("Presence was not renewed", exc_info=True)
