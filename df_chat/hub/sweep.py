"""What a process does now and then, so that no lost event, dead layer or forgotten socket goes unnoticed."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from typing import TYPE_CHECKING

from df_chat import metrics
from df_chat.hub.executor import run_for_hub
from df_chat.sync import Head, read_heads

if TYPE_CHECKING:
    from df_chat.hub.feed import Feed
    from df_chat.hub.hub import Hub

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 5.0
# While the layer brings nothing, the sweep is all there is.
SWEEP_SECONDS_WITHOUT_LAYER = 2.0
STREAMS_PER_QUERY = 1_000
# Channel layers forget groups after a day.
REJOIN_SECONDS = 6 * 3600.0
LINGER_SECONDS = 5.0
HEARTBEAT_SECONDS = 25.0
REVALIDATE_SECONDS = 45.0
HEARTBEAT = '{"type":"heartbeat"}'
FOLLOWERS_PER_TURN = 500


class Sweep:
    """Compares what the feeds of a hub have passed on with the database, and tells sockets of what they missed."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._heartbeat_at = self._revalidated_at = time.monotonic()

    async def run_for_ever(self) -> None:
        while True:
            is_down = self._hub.subscription.is_down
            pause = SWEEP_SECONDS_WITHOUT_LAYER if is_down else SWEEP_SECONDS
            # Processes that began together should not ask together.
            await asyncio.sleep(pause * random.uniform(0.9, 1.0))  # noqa: S311
            for work in (self.see_layer, self.compare, self.discard_empty, self.tend_sockets):
                try:
                    await work()
                except Exception as error:
                    logger.warning("The sweep could not %s: %r", work.__name__, error)

    async def see_layer(self) -> None:
        """Find out whether the layer works, and join again what it does not know of."""
        subscription, feeds = self._hub.subscription, self._hub.feeds
        was_down = subscription.is_down
        await subscription.probe()
        if subscription.is_down:
            return
        stale = time.monotonic() - REJOIN_SECONDS
        deaf = [group for group, feed in feeds.items() if was_down or feed.is_deaf or feed.joined_at < stale]
        if deaf:
            await self._hub.hear(deaf)

    async def compare(self) -> None:
        """Poke the followers of streams that moved without being heard, and check who may follow what."""
        feeds = {feed.stream_id: feed for feed in self._hub.feeds.values() if feed.members}
        ids = list(feeds)
        for start in range(0, len(ids), STREAMS_PER_QUERY):
            part = ids[start : start + STREAMS_PER_QUERY]
            heads = await run_for_hub(read_heads, part)
            for stream_id in part:
                self._compare_one(feeds[stream_id], heads.get(stream_id))

    def _compare_one(self, feed: Feed, head: Head | None) -> None:
        if head is None:
            # A user's stream begins with its first change; a room without one is gone.
            if feed.is_room:
                feed.begin_recheck()
            return
        if head.acl > feed.acl or head.epoch != feed.epoch:
            feed.begin_recheck()
        if feed.held is not None:
            return
        if head.version == feed.version:
            feed.expected = None
            return
        is_lost = head.version < feed.version or (feed.expected is not None and feed.version < feed.expected)
        if not is_lost and not self._hub.subscription.is_down:
            # It may be on its way: see whether it has come by the next sweep.
            feed.expected = head.version
            return
        metrics.count("sweep_pokes", len(feed.members))
        feed.is_deaf = True
        feed.poke_all(head)
        if not feed.is_room:
            self._hub.recheck(feed)

    async def discard_empty(self) -> None:
        """Leave the streams that nobody here follows any more."""
        # A socket that opens just now may be about to follow a new one.
        since = time.monotonic() - LINGER_SECONDS
        feeds = self._hub.feeds.items()
        empty = {group: feed for group, feed in feeds if not feed.members and feed.joined_at < since}
        await self._hub.subscription.leave(empty)
        for group, feed in empty.items():
            if feed.members:
                feed.is_deaf = True  # a socket came meanwhile
            else:
                del self._hub.feeds[group]

    async def tend_sockets(self) -> None:
        """Show sockets a sign of life, and see whether they may stay."""
        now = time.monotonic()
        if now - self._heartbeat_at >= HEARTBEAT_SECONDS:
            self._heartbeat_at = now
            for number, follower in enumerate(list(self._hub.followers)):
                follower.writer.put_live(HEARTBEAT)
                if number % FOLLOWERS_PER_TURN == FOLLOWERS_PER_TURN - 1:
                    await asyncio.sleep(0)
        if now - self._revalidated_at >= REVALIDATE_SECONDS:
            self._revalidated_at = now
            await self._hub.revalidator.revalidate(list(self._hub.followers))
