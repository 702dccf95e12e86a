"""Which sockets of a process may stay open: asked now and then, when told to, and when a token ends."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Collection

from df_chat import metrics
from df_chat.authentication.revalidation import ENDED, read_ends
from df_chat.hub.executor import run_for_hub
from df_chat.hub.follower import Follower
from df_chat.hub.layer import session_digest

logger = logging.getLogger(__name__)

CLOSE_REVOKED = 4401
CLOSE_TRY_AGAIN = 1013
# A leeway may let a token live a little longer than it says.
SOONEST_EXPIRY_SECONDS = 1.0
LONGEST_TIMER_SECONDS = 86_400.0


class Revalidator:
    """Closes sockets with 4401 whose users, sessions or tokens would not open one now."""

    def __init__(self) -> None:
        self._timers: dict[Follower, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def enter(self, follower: Follower) -> None:
        """Look at a socket again when the token that opened it ends."""
        self._watch(follower, follower.expires_at)

    def leave(self, follower: Follower) -> None:
        """Forget a socket."""
        if timer := self._timers.pop(follower, None):
            timer.cancel()

    def end(self) -> None:
        """Ask nothing more."""
        for task in self._tasks:
            task.cancel()

    async def revalidate(self, followers: Collection[Follower]) -> None:
        """Close the sockets that would not be opened now."""
        ends = await run_for_hub(read_ends, [follower.credential for follower in followers])
        for follower in followers:
            if ends[follower.credential] == ENDED:
                self._revoke(follower)
            elif follower in self._timers:
                self._watch(follower, ends[follower.credential])

    def take(self, followers: Collection[Follower], ended_session: str | None) -> None:
        """Look at a user's sockets again; those of a session that ended need no look."""
        for follower in followers:
            key = follower.credential.session_key
            if key is not None and session_digest(key) == ended_session:
                self._revoke(follower)
        self._spawn(followers)

    def _watch(self, follower: Follower, expires_at: float) -> None:
        self.leave(follower)
        if expires_at < math.inf:
            seconds = min(max(expires_at - time.time(), SOONEST_EXPIRY_SECONDS), LONGEST_TIMER_SECONDS)
            self._timers[follower] = asyncio.get_running_loop().call_later(seconds, self._expire, follower)

    def _expire(self, follower: Follower) -> None:
        self._spawn([follower], is_over=True)

    def _revoke(self, follower: Follower) -> None:
        if not follower.writer.is_ended:
            metrics.count("revocations")
            follower.writer.close(CLOSE_REVOKED)

    def _spawn(self, followers: Collection[Follower], *, is_over: bool = False) -> None:
        task = asyncio.get_running_loop().create_task(self._try(followers, is_over))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _try(self, followers: Collection[Follower], is_over: bool) -> None:
        try:
            await self.revalidate(followers)
        except Exception as error:
            logger.warning("Sockets could not be revalidated: %r", error)
            # A token that is over is not trusted on; for the others, the sweep comes to it.
            for follower in followers if is_over else ():
                follower.writer.close(CLOSE_TRY_AGAIN)
