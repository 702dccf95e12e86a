"""One stream's events on their way to the sockets of this process that follow it, and the gate they pass."""

from __future__ import annotations

import json
import sys
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from df_chat import metrics
from df_chat.hub.follower import Follower
from df_chat.hub.layer import LayerEvent, group_of
from df_chat.hub.writer import arrays, broadcast
from df_chat.streams.events import State, to_json
from df_chat.sync import Head, Position, gen_of

MAX_HELD_EVENTS = 1_000


class Membership(NamedTuple):
    """What decides which events of a room a user may see: see ``RoomUser``."""

    epoch: int
    visible_from: int


class Feed:
    """A stream as this process hears it.

    The gate fails closed: an event that follows a change of access of which this feed does not know yet is held until
    the memberships of its followers have been read again, so a removed member sees nothing newer even if the news of
    the removal is lost.

    Args:
        recheck: called with the feed to have its memberships read again; ``settle`` ends it.

    Attributes:
        version: the newest that was passed on.
        acl: the followers' memberships were read when it stood here, or later.
        is_deaf: the layer may not bring its events: it could not be asked to.
        expected: the version that the last sweep found, if it was ahead of ``version``.
    """

    __slots__ = (
        "_late_acl",
        "_recheck",
        "acl",
        "epoch",
        "expected",
        "group",
        "held",
        "is_deaf",
        "joined_at",
        "members",
        "name",
        "stream_id",
        "version",
    )

    def __init__(self, here: Position, recheck: Callable[[Feed], None]) -> None:
        self.stream_id: uuid.UUID = here.stream_id
        self.name = here.name
        self.group = group_of(here.stream_id)
        self.epoch = here.epoch
        self.version = here.version
        self.acl = here.acl
        self.members: dict[Follower, Membership] = {}
        self.held: deque[LayerEvent] | None = None
        self.is_deaf = True
        self.joined_at = time.monotonic()
        self.expected: int | None = None
        self._recheck = recheck
        self._late_acl: int | None = None

    @property
    def is_room(self) -> bool:
        """Whether the stream is a room's; otherwise it is a user's own."""
        return self.name.startswith("room:")

    # -- Followers -----------------------------------------------------------------------------------------
    def add(self, follower: Follower, here: Position) -> None:
        """Let a socket follow, whose membership was read when the stream stood ``here``."""
        if not self.members and self.held is None:
            self.acl, self.epoch = here.acl, here.epoch
            self.version = max(self.version, here.version)
        else:
            # The version stays: what this socket has read, the others may yet have to be told of.
            # Never claim a newer reading than the oldest among the followers.
            self.acl = min(self.acl, here.acl)
            self._late_acl = here.acl if self._late_acl is None else min(self._late_acl, here.acl)
        if follower not in self.members:
            follower.feeds.append(self)
        self.members[follower] = membership(here.member_epoch, here.visible_from)

    def remove(self, follower: Follower) -> None:
        if self.members.pop(follower, None) is not None:
            follower.feeds.remove(self)

    def state(self, follower: Follower, *, read: int = 0) -> State:
        """Where the stream stands for this follower: ``gen`` and ``version``, at least the one that was ``read``."""
        return {"gen": gen_of(self.epoch, self.members[follower].epoch), "version": max(self.version, read)}

    # -- Events --------------------------------------------------------------------------------------------
    def deliver(self, events: Iterable[LayerEvent]) -> None:
        """Pass events on, in order, up to the first that the gate holds."""
        passed = []
        for event in events:
            if self.held is not None:
                self._hold(event)
            elif event.acl > self.acl or event.epoch > self.epoch:
                self.begin_recheck()
                self._hold(event)
            elif event.epoch == self.epoch:
                passed.append(event)
        if passed:
            self._send(passed)

    def begin_recheck(self) -> None:
        """Have the memberships read again; events wait for it."""
        if self.held is None:
            self.held = deque()
        self._recheck(self)

    def forget_late(self) -> None:
        """Memberships are being read from now on; whoever follows later brings an own reading."""
        self._late_acl = None

    def release(self) -> None:
        """Nobody follows any more: nothing needs to wait."""
        self.held = None

    def settle(self, head: Head) -> None:
        """The memberships have been read again, when the stream stood at ``head``: let go of what waited."""
        self.epoch = head.epoch
        self.acl = head.acl if self._late_acl is None else min(head.acl, self._late_acl)
        held, self.held = self.held, None
        if held:
            self.deliver(held)

    def poke(self) -> str:
        """A frame that says only that there is something new."""
        frame = {"type": "changes", "stream": self.name, "epoch": self.epoch, "prev": self.version - 1}
        return to_json({**frame, "version": self.version, "acl": self.acl})

    def poke_all(self, head: Head) -> None:
        """Tell the followers of what they did not hear of."""
        self.version, self.expected = head.version, None
        text = self.poke()
        for follower in list(self.members):
            if follower.hears(self):
                follower.writer.put(text, self)

    def _hold(self, event: LayerEvent) -> None:
        if self.held is None:
            self.held = deque()
        self.held.append(event)
        metrics.count("held_events")
        if len(self.held) > MAX_HELD_EVENTS:
            # Clients find the gap by the version of the next.
            self.held.popleft()

    def _send(self, events: list[LayerEvent]) -> None:
        self.version = max(self.version, events[-1].version)
        texts = arrays([event.text for event in events])
        lowest = min((event.min_seq for event in events if event.min_seq is not None), default=sys.maxsize)
        plain = [
            follower.writer
            for follower, member in self.members.items()
            if not follower.is_special and lowest >= member.visible_from
        ]
        for text in texts:
            broadcast(plain, text, self)
        if len(plain) < len(self.members):
            for follower, member in list(self.members.items()):
                if follower.is_special or lowest < member.visible_from:
                    self._send_apart(follower, member, events)

    def _send_apart(self, follower: Follower, member: Membership, events: list[LayerEvent]) -> None:
        if follower.hears(self):
            seen = [_without_hidden(event, member.visible_from) for event in events]
            if follower.forwards:
                for text in arrays([event.text for event in seen]):
                    follower.writer.put(text, self)
            if follower.listen is not None:
                for event in seen:
                    follower.listen(event)


_memberships: dict[tuple[int, int], Membership] = {}


def membership(epoch: int, visible_from: int) -> Membership:
    """One object for all who are in a room for the first time and see all of it, as most are."""
    made = Membership(epoch, visible_from)
    return _memberships.setdefault(made, made) if visible_from == 0 else made


def _without_hidden(event: LayerEvent, visible_from: int) -> LayerEvent:
    """The event without messages from before the member may read; its versions still count."""
    if event.min_seq is None or event.min_seq >= visible_from:
        return event
    frame: dict[str, Any] = json.loads(event.text)
    # A poke has no messages to leave out.
    if "messages" in frame:
        frame["messages"] = [message for message in frame["messages"] if message["seq"] >= visible_from]
    return event._replace(min_seq=None, text=to_json(frame))
