"""One stream as a client holds it.

The rules in short. An object replaces an older version of itself, never a newer one. The cursor moves only by an
event that follows on, by an answer of ``changes``, or by a snapshot; never by a reply or a page of history. What a
request brings is taken in only in the life of the stream it was asked in.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from df_chat.testing.effects import Effect, Request, RequestKind, State, Wait, backoff
from df_chat.testing.objects import Objects
from df_chat.testing.outbox import Outbox

# How long a missing event may come late, in seconds.
GAP_SECONDS = (0.2, 0.5)
# How long clients spread their requests after a poke, in a room and in a big one.
POKE_SECONDS = 0.3
BIG_ROOM_POKE_SECONDS = 5.0
BIG_ROOM_MEMBERS = 1000
# More events than this wait for a missing one as a poke, without their objects.
MAX_HELD = 256


@dataclass(slots=True)
class Held:
    """An event that does not follow on yet. ``is_asked``: the request under way brings it, or nothing will."""

    frame: State
    is_asked: bool = False


class Replica:
    """The objects of one stream, how far they are known, and what is yet to be sent.

    Attributes:
        gen: which life of the stream the objects belong to; None before the first snapshot.
        cursor: the version up to which every change is known; None as ``gen``.
        generation: rises with each new start, and marks requests.
        me: the key of the user, by which own messages are told.
    """

    def __init__(self, name: str, generations: Iterator[int], me: str | None = None) -> None:
        self.name = name
        self.kind, _, self.owner_id = name.partition(":")
        self.me = me
        self.outbox = Outbox(name)
        self.draft = ""
        self._held: list[Held] = []
        self._generations = generations
        self._forget()

    def _forget(self) -> None:
        self.generation = next(self._generations)
        self.gen: str | None = None
        self.cursor: int | None = None
        self.objects = Objects()
        self._member_count = 0
        self._loading: str | None = None
        self._users_path = ""
        # The highest version heard of: since the last request began, and before it did.
        self._known = 0.0
        self._asked = 0.0
        self._announced: str | None = None
        self._timers: set[str] = set()
        self._failures = 0

    # -- Looking ------------------------------------------------------------------------------------------------
    @property
    def is_lagging(self) -> bool:
        """Whether there is something that this replica knows it lacks."""
        return self.cursor is None or max(self._known, self._asked) > self.cursor or bool(self._held)

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to ask for."""
        return not self.is_lagging and self._loading is None and not self._users_path

    def position(self) -> State:
        """Where this replica stands, as ``sync`` takes it."""
        return {"gen": self.gen, "version": self.cursor}

    def pending(self) -> list[State]:
        """The entries of the outbox by local time: to be shown below the messages."""
        return sorted(self.outbox.entries, key=lambda entry: entry["at"])

    def view(self) -> State:
        """What every member sees alike: for comparing replicas with one another, and with the server."""
        return {
            "version": self.cursor,
            "room": self.objects.room,
            "messages": self.objects.messages(),
            "users": self.objects.active("users"),
            "memberships": self.objects.active("memberships"),
        }

    # -- Live events --------------------------------------------------------------------------------------------
    def event(self, frame: State) -> list[Effect]:
        """Take a ``changes`` frame."""
        if self.cursor is None:
            self._hold(frame)
            return []
        if not self._is_of_this_life(frame):
            # Nobody said yet that the stream began anew, or this is an echo of what was before.
            self._known = math.inf
            return self._lag()
        if frame["version"] <= self.cursor:
            return []
        if is_poke(frame):
            self._known = max(self._known, frame["version"])
            return self._lag()
        if frame["prev"] > self.cursor:
            self._hold(frame)
            return self._lag()
        return [*self._apply(frame), *self._drain()]

    def announced(self, gen: str, version: int) -> list[Effect]:
        """The server follows this stream for us from here on."""
        if self.gen is not None and gen != self.gen:
            return self.reset()
        self._announced = gen
        self._known = max(self._known, version)
        return self.fetch() if self.is_lagging else []

    def ready(self, here: State | None) -> list[Effect]:
        """The socket hears from here on; ``here`` is where this stream stands, if it is among those heard."""
        if self.gen is not None:
            # What is held is compared with the server's by the sync that follows.
            return self.reset() if here is not None and here["gen"] != self.gen else []
        if here is not None:
            return self.announced(here["gen"], here["version"])
        if self._loading is not None:
            # What a snapshot under way lacks, nobody may bring any more.
            self._known = math.inf
        return []

    def _is_of_this_life(self, frame: State) -> bool:
        """The epoch of a stream is what stands before the dot of ``gen``."""
        return self.gen is not None and self.gen.partition(".")[0] == str(frame["epoch"])

    def _apply(self, frame: State) -> list[Effect]:
        effects = self._merge(frame, above=self.cursor or 0)
        self.cursor = frame["version"]
        return effects

    def _hold(self, frame: State) -> None:
        self._held.append(Held(frame))
        if len(self._held) > MAX_HELD:
            self._known = max(self._known, *(held.frame["version"] for held in self._held))
            self._held = []

    def _drain(self) -> list[Effect]:
        """Apply the held events that follow on by now, and drop those that are past."""
        effects: list[Effect] = []
        waiting, self._held = sorted(self._held, key=lambda held: held.frame["prev"]), []
        for held in waiting:
            frame = held.frame
            if frame["prev"] > (self.cursor or 0):
                self._held.append(held)
            elif frame["version"] > (self.cursor or 0):
                effects += self._apply(frame)
        return effects

    # -- Catching up --------------------------------------------------------------------------------------------
    def fetch(self) -> list[Effect]:
        """Ask for what came after the cursor; where there is none yet, for a snapshot."""
        if self._loading is not None:
            return []
        if self.cursor is None:
            return self.load()
        self._loading = "changes"
        self._asked, self._known = max(self._asked, self._known), 0.0
        for held in self._held:
            held.is_asked = True
        if self.kind == "user":
            cursors = {self.name: self.position()}
            return [Request("changes", self.name, self.generation, "POST", "sync/", {"streams": cursors})]
        return [self._get("changes", f"changes/?since={self.cursor}&gen={quote(self.gen or '', safe='')}")]

    def load(self) -> list[Effect]:
        """Ask for a snapshot."""
        if self._loading is not None:
            return []
        self._loading = "snapshot"
        if self.kind == "user":
            return [Request("snapshot", self.name, self.generation, "GET", "memberships/")]
        return [self._get("snapshot", "snapshot/")]

    def reset(self) -> list[Effect]:
        """The stream, or our part in it, began anew: drop what was before, all but what is yet to be sent."""
        self._forget()
        return self.load()

    def changes_landed(self, answer: State) -> list[Effect]:
        """Take the answer to this replica's own request."""
        self._loading, self._failures = None, 0
        effects = self.caught_up(answer)
        if self._loading is not None:
            return effects
        # Whatever was heard of before the request is in the answer, or never was.
        self._asked = 0.0
        self._held = [held for held in self._held if not held.is_asked]
        return [*effects, *self._lag()]

    def caught_up(self, answer: State) -> list[Effect]:
        """Take an answer of ``changes`` or ``sync``, whoever asked."""
        if answer.get("reset"):
            return self.reset()
        if answer.get("behind"):
            self._known = max(self._known, answer["version"])
            return self.fetch()
        effects = self._merge(answer)
        self.cursor = max(self.cursor or 0, answer["next"])
        effects += self._drain()
        if not answer["more"]:
            return effects
        self._known = max(self._known, answer["version"])
        return [*effects, *self.fetch()]

    def snapshot_landed(self, body: State) -> list[Effect]:
        """Start from a snapshot, and take what came meanwhile."""
        self._loading, self._failures = None, 0
        if self._announced not in (None, body["gen"]):
            # Read before we came to be what we were announced as.
            return self.reset()
        # What was asked for before may have been read in an earlier life.
        self.generation = next(self._generations)
        self.gen, self.cursor = body["gen"], body["version"]
        self._member_count = body.get("member_count", 0)
        effects = self._echoes(self.objects.start(body))
        waiting, self._held = sorted(self._held, key=lambda held: held.frame["prev"]), []
        for held in waiting:
            effects += self.event(held.frame)
        if body.get("more_users"):
            self._users_path = "users/?limit=200"
            effects.append(self._get("users", self._users_path))
        return [*effects, *self._lag()]

    def failed(self) -> list[Effect]:
        """No usable answer came to a request for changes or a snapshot."""
        self._loading = None
        return self._back_off("retry")

    def elapsed(self, timer: str) -> list[Effect]:
        """A time that this replica asked for is over."""
        self._timers.discard(timer)
        if timer == "send":
            return self.outbox.wake(self.generation)
        if timer == "users":
            return [self._get("users", self._users_path)] if self._users_path else []
        return self.fetch() if self.is_lagging else []

    def wake(self) -> list[Effect]:
        """The connection is back: try at once what waited for it."""
        effects = self.load() if self.cursor is None else []
        return [*effects, *self.outbox.wake(self.generation)]

    def _lag(self) -> list[Effect]:
        """Wait a moment for what is missing, then ask; a request under way looks again when it lands."""
        timer = "gap" if self._held else "poke"
        if self._loading is not None or not self.is_lagging or timer in self._timers:
            return []
        self._timers.add(timer)
        if timer == "gap":
            return [Wait(timer, self.name, *GAP_SECONDS)]
        is_big = self._member_count > BIG_ROOM_MEMBERS
        return [Wait(timer, self.name, 0.0, BIG_ROOM_POKE_SECONDS if is_big else POKE_SECONDS)]

    def _back_off(self, timer: str) -> list[Effect]:
        self._failures += 1
        return [Wait(timer, self.name, 0.0, backoff(self._failures))]

    def _get(self, kind: RequestKind, path: str) -> Request:
        return Request(kind, self.name, self.generation, "GET", f"rooms/{self.owner_id}/{path}")

    # -- Pages: older messages, and the members beyond a snapshot's ------------------------------------------------
    def older(self, limit: int) -> list[Effect]:
        """Ask for the page above the window, unless nothing is older or a page is under way."""
        if self.cursor is None or self.objects.is_paging or not self.objects.floor:
            return []
        self.objects.is_paging = True
        return [self._get("history", f"messages/?before={self.objects.floor}&limit={limit}")]

    def history_landed(self, body: State) -> list[Effect]:
        """Take a page of older messages."""
        return self._echoes(self.objects.page(body))

    def users_landed(self, body: State) -> list[Effect]:
        """Take a page of members."""
        self._failures = 0
        self._users_path = f"users/?{body['next'].partition('?')[2]}" if body["next"] else ""
        effects = self._merge({"users": body["results"]})
        return [*effects, self._get("users", self._users_path)] if self._users_path else effects

    def users_failed(self) -> list[Effect]:
        return self._back_off("users")

    # -- Objects ------------------------------------------------------------------------------------------------
    def replied(self, message: State) -> list[Effect]:
        """Take the state of a message that the reply to a write brought; the cursor stays."""
        return [] if self.cursor is None else self._merge({"messages": [message]})

    def _merge(self, lists: State, *, above: int = -1) -> list[Effect]:
        return self._echoes(self.objects.merge(lists, above=above))

    def _echoes(self, messages: list[State]) -> list[Effect]:
        """A message of one's own answers for its entry of the outbox, whichever way it came."""
        effects: list[Effect] = []
        for message in messages:
            if self.me is not None and message.get("user_id") == self.me and message.get("client_id"):
                effects += self.outbox.settle(message["client_id"], message)
        return [*effects, *self.outbox.next(self.generation)] if effects else effects


def is_poke(frame: State) -> bool:
    """Whether a frame tells only that there is something new. Lists of a kind yet unknown count as content."""
    return not any(isinstance(value, dict | list) for value in frame.values())
