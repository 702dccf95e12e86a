"""What sockets are told before their server ends: when to come again, each at another time."""

from __future__ import annotations

import asyncio
import random
import signal
import threading
from collections.abc import Iterable
from types import FrameType
from typing import Any

from df_chat.hub.follower import Follower

# All sockets of a process come back within so many seconds, evenly.
SPREAD_SECONDS = 10.0


class Farewell:
    """Stands before the server's own handler of SIGTERM, and takes nothing from it.

    Servers close their sockets as soon as they begin to end, so this is the last moment at which to say anything. A
    server without a handler ends at once, and on other threads than the main one there are no signals: then nothing is
    said, and clients choose their time themselves.
    """

    def __init__(self, followers: Iterable[Follower]) -> None:
        self._followers = followers
        self._loop = asyncio.get_running_loop()
        self._handler: Any = self._handle
        self._before: Any = None

    def watch(self) -> None:
        """Wait for the server's end."""
        before = signal.getsignal(signal.SIGTERM)
        if callable(before) and threading.current_thread() is threading.main_thread():
            self._before = before
            signal.signal(signal.SIGTERM, self._handler)

    def unwatch(self) -> None:
        """Give the signal back, unless somebody else has it by now."""
        if self._before is not None and signal.getsignal(signal.SIGTERM) is self._handler:
            signal.signal(signal.SIGTERM, self._before)
        self._before = None

    def say(self) -> None:
        """Tell every socket when to come again."""
        for follower in list(self._followers):
            retry_in = round(random.uniform(0, SPREAD_SECONDS), 1)  # noqa: S311
            follower.tell({"type": "going_away", "retry_in": retry_in})

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self._loop.call_soon_threadsafe(self.say)
        self._before(number, frame)
