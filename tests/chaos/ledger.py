"""What the clients did and saw, as it happened: the oracle judges by it afterwards."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

State = dict[str, Any]


@dataclass
class Send:
    """One message that a client wanted to send. ``acked_as`` is the id that the answer or the echo gave it."""

    user: str
    room: str
    at: float
    acked_as: str | None = None
    rejected: int | None = None


@dataclass
class Leak:
    """Something newer than a removal that reached the removed."""

    user: str
    room: str
    member_epoch: int
    version: int
    how: str


@dataclass
class Ledger:
    """Every client reports here, from one event loop.

    Attributes:
        sends: by token, the first word of the body.
        answered: (id, version) of each state that answered an edit, a deletion or a reaction.
        erased: ids of messages whose deletion was answered.
        ready: when a client's socket was open, and whose.
        delivered: (id, version) of each state that reached a client, and one client it reached.
        latencies: seconds from a message's creation on the server until another's client had it.
        told: for each frame of a room, by (user, room, member epoch): the highest version and how it came.
        measures: deliveries are timed.
        order: the ``seq`` at which each message was first seen.
        moved: messages that were seen at another ``seq`` later.
    """

    sends: dict[str, Send] = field(default_factory=dict)
    answered: set[tuple[str, int]] = field(default_factory=set)
    delivered: dict[tuple[str, int], str] = field(default_factory=dict)
    latencies: list[tuple[float, float]] = field(default_factory=list)
    told: dict[tuple[str, str, int], tuple[int, str]] = field(default_factory=dict)
    order: dict[str, int] = field(default_factory=dict)
    moved: set[str] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)
    ready: list[tuple[float, str]] = field(default_factory=list)
    measures: bool = True
    writes: int = 0
    moves: int = 0
    refused: int = 0
    frames: int = 0
    _member_epochs: dict[tuple[str, str], int] = field(default_factory=dict)
    _seen: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    @property
    def acked(self) -> int:
        return sum(send.acked_as is not None for send in self.sends.values())

    @property
    def open(self) -> int:
        """Sends whose outcome nobody knows yet."""
        return sum(send.acked_as is None and send.rejected is None for send in self.sends.values())

    def within(self, share: float, since: float = 0.0) -> float:
        """Seconds within which this share of the deliveries came."""
        values = sorted(seconds for at, seconds in self.latencies if at >= since)
        return values[int(len(values) * share)] if values else 0.0

    # -- Reports of clients ----------------------------------------------------------------------------------------
    def frame(self, user: str, frame: State) -> None:
        """A frame of the socket, as it came."""
        kind = frame.get("type")
        if kind == "ready":
            self.ready.append((time.time(), user))
            for name, here in frame["streams"].items():
                self._follow(user, name, here["gen"])
        elif kind == "subscribed":
            self._follow(user, frame["stream"], frame["gen"])
        elif kind in ("changes", "backlog") and frame["stream"].startswith("room:"):
            self.frames += 1
            states = [*frame.get("messages", ()), *frame.get("users", ())]
            newest = max([frame.get("version", 0), *(state["version"] for state in states)])
            self._tell(user, frame["stream"], newest, "socket")

    def answer(self, user: str, answer: State) -> None:
        """An answer of REST about one stream: changes or a snapshot. Its ``gen`` says for which membership."""
        if answer.get("stream", "").startswith("room:") and "gen" in answer:
            self._tell(user, answer["stream"], answer["version"], "rest", _member_epoch(answer["gen"]))

    def shown(self, user: str, state: State) -> None:
        """A state of a message that reached a client, whether it takes it in or not."""
        self.delivered.setdefault((state["id"], state["version"]), user)
        if self.order.setdefault(state["id"], state["seq"]) != state["seq"]:
            self.moved.add(state["id"])

    def held(self, user: str, state: State, joined_at: str | None) -> None:
        """A message that a client has in its view now.

        Args:
            joined_at: when the user became a member; what was sent before that was no delivery.
        """
        if state["id"] in self._seen[user] or state.get("deleted"):
            return
        self._seen[user].add(state["id"])
        if self.measures and state["user_id"] != user and joined_at and state["created"] >= joined_at:
            created = datetime.fromisoformat(state["created"]).timestamp()
            self.latencies.append((created, max(0.0, time.time() - created)))

    # -- Memberships -----------------------------------------------------------------------------------------------
    def _follow(self, user: str, stream: str, gen: str) -> None:
        self._member_epochs[user, stream] = _member_epoch(gen)

    def _tell(self, user: str, stream: str, version: int, how: str, epoch: int | None = None) -> None:
        epoch = self._member_epochs.get((user, stream), 0) if epoch is None else epoch
        key = (user, stream.partition(":")[2], epoch)
        self.told[key] = max(self.told.get(key, (0, how)), (version, how))

    def leaks(self, removals: dict[tuple[str, str, int], int]) -> list[Leak]:
        """What reached a user in a membership that had ended before.

        Args:
            removals: by (room, user, member epoch), the version at which that membership ended.
        """
        return [
            Leak(user, room, epoch, version, how)
            for (user, room, epoch), (version, how) in self.told.items()
            if epoch and version > removals.get((room, user, epoch), version)
        ]


def _member_epoch(gen: str) -> int:
    """Opaque to clients; to the oracle, "<epoch of the stream>.<number of the membership>"."""
    return int(gen.partition(".")[2])
