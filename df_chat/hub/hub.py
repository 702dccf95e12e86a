"""The hub: one subscription of a process for all of its sockets."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
import uuid
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any, ClassVar

from channels.layers import get_channel_layer

from df_chat import metrics
from df_chat.hub.executor import run_for_hub
from df_chat.hub.farewell import Farewell
from df_chat.hub.feed import Feed, membership
from df_chat.hub.follower import Follower
from df_chat.hub.layer import LayerEvent, group_of
from df_chat.hub.pacer import Pacer
from df_chat.hub.presence import Presence
from df_chat.hub.revalidation import Revalidator
from df_chat.hub.subscription import Subscription
from df_chat.hub.sweep import Sweep
from df_chat.ids import user_stream_id
from df_chat.settings import chat_settings
from df_chat.streams import StreamKey
from df_chat.streams.events import State
from df_chat.sync import Head, Position, gen_of, read_members, read_positions

logger = logging.getLogger(__name__)

RETRY_SECONDS = 1.0
# Of a feed that was deaf until now: whatever there is should have been heard.
EVERYTHING = sys.maxsize


class Hub:
    """Hears the streams of all sockets on one event loop through one channel, and passes each event on to them.

    A stream is joined at its first follower here, and left by the sweep some seconds after its last. What the channel
    layer loses, the sweep finds in the database.
    """

    _by_loop: ClassVar[dict[asyncio.AbstractEventLoop, Hub]] = {}

    def __init__(self) -> None:
        self.feeds: dict[str, Feed] = {}
        self.followers: set[Follower] = set()
        self.subscription = Subscription(get_channel_layer(chat_settings.CHANNEL_LAYER), self.take)
        self.presence = Presence()
        self.revalidator = Revalidator()
        self._farewell = Farewell(self.followers)
        self._pacer = Pacer()
        self._sockets_of: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._rechecks: dict[Feed, asyncio.Task[None]] = {}
        self._again: set[Feed] = set()

    # -- One hub per event loop ------------------------------------------------------------------------------
    @classmethod
    def here(cls) -> Hub:
        """The hub of the running loop."""
        loop = asyncio.get_running_loop()
        hub = cls._by_loop.get(loop)
        if hub is None:
            for closed in [other for other in cls._by_loop if other.is_closed()]:
                del cls._by_loop[closed]
            hub = cls._by_loop[loop] = cls()
            hub._start()
        return hub

    @classmethod
    def running_loops(cls) -> list[asyncio.AbstractEventLoop]:
        """The loops of this process that sockets live on."""
        return [loop for loop in list(cls._by_loop) if loop.is_running()]

    def _start(self) -> None:
        self.subscription.start()
        self._farewell.watch()
        for work in (Sweep(self).run_for_ever(), self.presence.renew_for_ever()):
            self._tasks.add(asyncio.get_running_loop().create_task(work))

    async def _stop(self) -> None:
        del self._by_loop[asyncio.get_running_loop()]
        self._farewell.unwatch()
        self.revalidator.end()
        for task in (*self._tasks, *self._rechecks.values()):
            task.cancel()
        await asyncio.gather(self.subscription.stop(self.feeds), self.presence.end())

    # -- Followers -------------------------------------------------------------------------------------------
    async def enter(self, follower: Follower) -> None:
        """Let a socket follow the streams of its user, and tell it where they stand; from then on it hears."""
        self.followers.add(follower)
        self._sockets_of[follower.user_id] += 1
        metrics.gauge("sockets", len(self.followers))
        positions = await self._read_positions(follower.user)
        self._reconcile([follower], positions)
        streams = {feed.name: feed.state(follower, read=positions[feed.name].version) for feed in follower.feeds}
        follower.tell({"type": "ready", "user_id": follower.user_id, "streams": streams})
        follower.open()
        self.revalidator.enter(follower)
        self.presence.enter(follower.user.pk)

    async def leave(self, follower: Follower) -> None:
        """Forget a socket. Its feeds stay for the next, until the sweep finds them empty."""
        if follower not in self.followers:
            return
        self.followers.remove(follower)
        self._sockets_of[follower.user_id] -= 1
        if not self._sockets_of[follower.user_id]:
            del self._sockets_of[follower.user_id]
        self.revalidator.leave(follower)
        metrics.gauge("sockets", len(self.followers))
        for feed in list(follower.feeds):
            feed.remove(follower)
        if follower.is_open:
            self.presence.leave(follower.user.pk)
        if not self.followers:
            await self._stop()

    def sockets_of(self, user_id: str) -> int:
        """How many sockets a user has here, those that are opening included."""
        return self._sockets_of[user_id]

    def followers_of(self, user_pk: object) -> Collection[Follower]:
        """The sockets of one user here."""
        feed = self.feeds.get(group_of(user_stream_id(user_pk)))
        return [] if feed is None else list(feed.members)

    async def _read_positions(self, user: Any) -> dict[str, Position]:
        """Where the user's streams stand, read when all of them were heard: what comes later comes as an event."""
        own = StreamKey.of_user(user.pk)
        unheard = [Position(own.id, f"{own.kind}:{own.owner_id}", epoch=1, version=0, acl=0)]
        tried: set[uuid.UUID] = set()
        while True:
            deaf = [feed.group for feed in map(self._feed_of, unheard) if feed.is_deaf]
            if deaf:
                await self.hear(deaf)
            tried.update(here.stream_id for here in unheard)
            positions = await run_for_hub(read_positions, user)
            # A layer that is down is asked once: the sweep comes to it.
            unheard = [here for here in positions.values() if here.stream_id not in tried and self._is_deaf(here)]
            if not unheard:
                return positions

    def _is_deaf(self, here: Position) -> bool:
        feed = self.feeds.get(group_of(here.stream_id))
        return feed is None or feed.is_deaf

    def _feed_of(self, here: Position) -> Feed:
        """The feed of a stream; a new one hears nothing yet."""
        group = group_of(here.stream_id)
        feed = self.feeds.get(group)
        if feed is None:
            feed = self.feeds[group] = Feed(here, self.recheck)
        return feed

    async def hear(self, groups: Iterable[str]) -> None:
        """Have the layer bring the events of these feeds. Those it could not be told of stay deaf."""
        now = time.monotonic()
        for group in await self.subscription.join(groups):
            if feed := self.feeds.get(group):
                feed.is_deaf, feed.joined_at = False, now
                if feed.members:
                    feed.expected = EVERYTHING

    def _reconcile(self, followers: Iterable[Follower], positions: dict[str, Position]) -> None:
        """Make sockets of one user follow exactly these streams, and tell them what is new."""
        for follower in followers:
            for feed in [feed for feed in follower.feeds if feed.name not in positions]:
                self._drop(follower, feed)
            for here in positions.values():
                feed = self._feed_of(here)
                known = feed.members.get(follower)
                feed.add(follower, here)
                if follower.is_open and (known is None or known.epoch != here.member_epoch):
                    self._announce(follower, feed, feed.state(follower, read=here.version))

    def _announce(self, follower: Follower, feed: Feed, state: State) -> None:
        follower.tell({"type": "subscribed", "stream": feed.name, **state})

    def _drop(self, follower: Follower, feed: Feed) -> None:
        feed.remove(follower)
        follower.tell({"type": "removed", "stream": feed.name})

    # -- Messages of the layer -------------------------------------------------------------------------------
    def take(self, message: dict[str, Any]) -> None:
        """Take in one message of the channel layer."""
        kind = message["type"]
        if kind == "chat.events":
            self._take_events(message["group"], [LayerEvent(*event) for event in message["events"]])
        elif kind == "chat.live":
            self._take_live(message)
        elif kind == "chat.revalidate":
            self.revalidator.take(self.followers_of(message["user_id"]), message["ended_session"])

    def _take_events(self, group: str, events: list[LayerEvent]) -> None:
        feed = self.feeds.get(group)
        if feed is None or not feed.members:
            return
        self._pacer.add(feed, events)
        if not feed.is_room and any(self._moves_rooms(feed, event) for event in events):
            self.recheck(feed)

    def _moves_rooms(self, feed: Feed, event: LayerEvent) -> bool:
        """Whether an event of a user's stream is of a room that the user's sockets do not follow as it says."""
        if "memberships" not in event.parts:
            return False
        follower = next(iter(feed.members))
        memberships = json.loads(event.text).get("memberships")
        return memberships is None or any(self._differs(follower, one) for one in memberships)

    def _differs(self, follower: Follower, state: State) -> bool:
        room = self.feeds.get(group_of(uuid.UUID(state["room_id"])))
        known = None if room is None else room.members.get(follower)
        return (known.epoch if known else None) != (state["member_epoch"] if state["is_active"] else None)

    def _take_live(self, message: dict[str, Any]) -> None:
        heard: set[Follower] = set()
        for feed in filter(None, map(self.feeds.get, message["groups"])):
            heard.update(follower for follower in feed.members if follower.hears(feed))
        for follower in heard:
            if follower.user_id != message["not_to"]:
                follower.writer.put_live(message["text"])

    # -- Memberships -----------------------------------------------------------------------------------------
    def recheck(self, feed: Feed) -> None:
        """Have the memberships that a feed rests on read again, until that has worked."""
        if feed in self._rechecks:
            self._again.add(feed)
        else:
            self._rechecks[feed] = asyncio.get_running_loop().create_task(self._recheck(feed))

    async def _recheck(self, feed: Feed) -> None:
        reread = self._reread_members if feed.is_room else self._reread_rooms
        is_done = False
        while not is_done and feed.members:
            self._again.discard(feed)
            try:
                is_done = await reread(feed)
            except Exception as error:
                logger.warning("Memberships of %s could not be read: %r", feed.name, error)
                await asyncio.sleep(RETRY_SECONDS)
        if not is_done:
            feed.release()
        del self._rechecks[feed]

    async def _reread_members(self, feed: Feed) -> bool:
        """Read which followers of a room are its members still; False if it is to be done again."""
        followers = list(feed.members)
        feed.forget_late()
        head, found = await run_for_hub(read_members, feed.stream_id, {follower.user.pk for follower in followers})
        for follower in followers:
            known = feed.members.get(follower)
            if known is None:
                continue
            if follower.user.pk not in found:
                self._drop(follower, feed)
                continue
            now = feed.members[follower] = membership(*found[follower.user.pk])
            if now.epoch != known.epoch or head.epoch != feed.epoch:
                self._announce(follower, feed, {"gen": gen_of(head.epoch, now.epoch), "version": head.version})
        return self._settle(feed, head)

    async def _reread_rooms(self, feed: Feed) -> bool:
        """Read which rooms a user is in now; False if it is to be done again."""
        feed.forget_late()
        positions = await self._read_positions(next(iter(feed.members)).user)
        self._reconcile(list(feed.members), positions)
        own = positions[feed.name]
        return self._settle(feed, Head(own.version, own.acl, own.epoch))

    def _settle(self, feed: Feed, head: Head) -> bool:
        if feed in self._again:
            return False
        feed.settle(head)
        return feed not in self._again
