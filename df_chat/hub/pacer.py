"""When events go out: each at once while it is quiet, several in one frame while more come than can go alone."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from df_chat.hub.layer import LayerEvent

if TYPE_CHECKING:
    from df_chat.hub.feed import Feed

logger = logging.getLogger(__name__)

MAX_PAUSE_SECONDS = 0.1


class Pacer:
    """Gathers the events that come while the last ones are written out.

    If any came, it rests for as long as the writing took, so that writing takes at most half of the time and the
    batches grow with the load. If none came, the next event goes out at once.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[Feed, list[LayerEvent]] = {}
        self._is_busy = False

    def add(self, feed: Feed, events: list[LayerEvent]) -> None:
        """Deliver these, now or with those that follow."""
        if self._is_busy:
            self._waiting.setdefault(feed, []).extend(events)
        else:
            self._deliver({feed: events})

    def _deliver(self, batch: dict[Feed, list[LayerEvent]]) -> None:
        self._is_busy = True
        began = self._loop.time()
        for feed, events in batch.items():
            try:
                feed.deliver(events)
            except Exception:
                # Clients find the gap by the version of the next.
                logger.exception("Events of %s could not be delivered", feed.name)
        # Transports write at the end of the loop's turn: look at the clock after that.
        self._loop.call_soon(self._rest, began)

    def _rest(self, began: float) -> None:
        if self._waiting:
            self._loop.call_later(min(self._loop.time() - began, MAX_PAUSE_SECONDS), self._deliver_waiting)
        else:
            self._is_busy = False

    def _deliver_waiting(self) -> None:
        batch, self._waiting = self._waiting, {}
        self._deliver(batch)
