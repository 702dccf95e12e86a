"""All streams of one user: where frames and outcomes go, and whether everything is up to date."""

from __future__ import annotations

import itertools
from collections.abc import Collection
from typing import Literal

from df_chat.testing.effects import Effect, Purge, Request, State, Store, Wait, backoff
from df_chat.testing.replica import Replica

Status = Literal["connecting", "syncing", "up_to_date"]

# Streams that one request of ``sync`` names at most.
MAX_STREAMS = 500
# How long clients spread the request that an event of an unknown stream makes them send, in seconds.
STRANGE_SECONDS = 0.3
# The answer for a stream that an answer of sync leaves out.
UNCHANGED: State = {"next": 0, "more": False}


class Session:
    """The pure core of a client: inputs return what to do next.

    Args:
        follow: keys of the rooms to hold; None for all rooms of the user. The user's own stream is always held.
    """

    def __init__(self, follow: Collection[str] | None = None) -> None:
        self.me: str | None = None
        self.replicas: dict[str, Replica] = {}
        self.online: set[str] = set()
        self.is_connected = False
        self._follow = None if follow is None else {f"room:{room_id}" for room_id in follow}
        self._watched: set[str] = set()
        self._generations = itertools.count(1)
        # The generations of the streams that each request of sync named, by its own.
        self._syncs: dict[int, dict[str, int]] = {}
        # The requests of sync that began after the socket said it is ready.
        self._awaited: set[int] = set()
        self._is_synced = False
        self._is_sync_due = False
        self._failures = 0

    @property
    def status(self) -> Status:
        if not self.is_connected:
            return "connecting"
        is_behind = any(replica.is_lagging for replica in self.replicas.values())
        return "up_to_date" if self._is_synced and not is_behind else "syncing"

    @property
    def is_idle(self) -> bool:
        """Whether everything is up to date, and nothing left to ask for or to send."""
        idle = all(replica.is_idle and replica.outbox.is_idle for replica in self.replicas.values())
        return self.status == "up_to_date" and idle and not self._syncs and not self._is_sync_due

    # -- The socket ---------------------------------------------------------------------------------------------
    def receive(self, frame: State | list[State]) -> list[Effect]:
        """Take what the socket brought: a frame, or many in a list. Frames of an unknown type are left alone."""
        if isinstance(frame, list):
            return [effect for one in frame for effect in self.receive(one)]
        match frame.get("type"):
            case "ready":
                return self._ready(frame)
            case "changes":
                return self._changes(frame)
            case "subscribed" if self._follows(frame["stream"]):
                return self.open(frame["stream"]).announced(frame["gen"], frame["version"])
            case "removed":
                return self._purge(frame["stream"])
            case "receipt" if replica := self.replicas.get(f"room:{frame['room_id']}"):
                replica.objects.mark(frame)
            case "presence":
                (self.online.add if frame["is_online"] else self.online.discard)(frame["user_id"])
        return []

    def disconnected(self) -> None:
        """The socket is gone; requests under way still count."""
        self.is_connected = False
        self.online.clear()

    def _ready(self, frame: State) -> list[Effect]:
        effects: list[Effect] = []
        if self.me not in (None, frame["user_id"]):
            # Somebody else signed in.
            effects = [effect for name in list(self.replicas) for effect in self._purge(name)]
        self.me, self.is_connected, self._is_synced = frame["user_id"], True, False
        for name, replica in self.replicas.items():
            replica.me = self.me
            effects += [*replica.ready(frame["streams"].get(name)), *replica.wake()]
        # What committed before the socket heard the streams is known only to a request that began after it did.
        self._awaited.clear()
        return [*effects, *self._sync()]

    def _changes(self, frame: State) -> list[Effect]:
        replica = self.replicas.get(frame["stream"])
        if replica is not None:
            return [*replica.event(frame), *(self._forget_left() if replica.kind == "user" else ())]
        if not self._follows(frame["stream"]):
            return []
        self._is_sync_due = True
        return [Wait("sync", None, 0.0, STRANGE_SECONDS)]

    # -- Streams ------------------------------------------------------------------------------------------------
    def open(self, name: str) -> Replica:
        """The replica of a stream, made if there is none. Ask it for its ``load`` to fill it."""
        if name not in self.replicas:
            self.replicas[name] = Replica(name, self._generations, self.me)
        return self.replicas[name]

    def watch(self, room_id: str) -> list[Effect]:
        """Hold one more room, such as a public one that is only read, until it is out of reach."""
        self._watched.add(f"room:{room_id}")
        return self.hold(room_id)

    def hold(self, room_id: str) -> list[Effect]:
        """Hold a room as long as the user is a member of it."""
        if self._follow is not None:
            self._follow.add(f"room:{room_id}")
        replica = self.open(f"room:{room_id}")
        return replica.load() if replica.cursor is None else []

    def _follows(self, name: str) -> bool:
        if name.startswith("user:"):
            return self.me is None or name == f"user:{self.me}"
        return self._follow is None or name in self._follow

    def _forget_left(self) -> list[Effect]:
        """Let go of rooms that the user's own stream says were left: public ones may still be read, so no answer does.

        A room that was joined again since is kept: its ``gen`` ends with a later number of the membership.
        """
        own = self.replicas.get(f"user:{self.me}")
        left = [] if own is None else [one for one in own.objects.parts["memberships"].values() if not one["is_active"]]
        effects: list[Effect] = []
        for membership in left:
            name = f"room:{membership['room_id']}"
            replica = self.replicas.get(name)
            if replica is None or replica.gen is None or name in self._watched:
                continue
            if int(replica.gen.partition(".")[2]) <= membership["member_epoch"]:
                effects += self._purge(name)
        return effects

    def _purge(self, name: str) -> list[Effect]:
        replica = self.replicas.pop(name, None)
        return [] if replica is None else [*replica.outbox.abandon(), Purge(name)]

    # -- Sync ---------------------------------------------------------------------------------------------------
    def check(self) -> list[Effect]:
        """Compare every cursor with the server's: now and then, and whenever something may have been missed."""
        return [] if self._syncs else self._sync()

    def wake(self) -> list[Effect]:
        """The network may be back: compare every cursor, and try at once what waits."""
        woken = [effect for replica in self.replicas.values() for effect in replica.wake()]
        return [*woken, *self.check()]

    def _sync(self) -> list[Effect]:
        self._is_sync_due = False
        named = [replica for replica in self.replicas.values() if replica.cursor is not None]
        effects: list[Effect] = []
        for start in range(0, max(len(named), 1), MAX_STREAMS):
            chunk = named[start : start + MAX_STREAMS]
            serial = next(self._generations)
            self._syncs[serial] = {replica.name: replica.generation for replica in chunk}
            self._awaited.add(serial)
            cursors = {replica.name: replica.position() for replica in chunk}
            effects.append(Request("sync", None, serial, "POST", "sync/", {"streams": cursors}))
        return effects

    def _synced(self, request: Request, status: int | None, body: State) -> list[Effect]:
        named = self._syncs.pop(request.generation, {})
        self._awaited.discard(request.generation)
        if status != 200:
            self._failures += 1
            self._is_sync_due = True
            return [Wait("sync", None, 0.0, backoff(self._failures))]
        self._failures = 0
        effects = [effect for name, answer in body["streams"].items() for effect in self._answer(name, answer, named)]
        effects += self._forget_left()
        if not self._awaited and not self._is_sync_due:
            self._is_synced = True
        return effects

    def _answer(self, name: str, answer: State, named: dict[str, int]) -> list[Effect]:
        replica = self.replicas.get(name)
        if name not in named:
            # One that has no cursor yet, or had none when we asked.
            is_new = replica is None or replica.cursor is None
            return self.open(name).load() if is_new and self._follows(name) else []
        if replica is None or replica.generation != named[name]:
            return []
        return self._purge(name) if answer.get("removed") else replica.caught_up(answer)

    # -- Outcomes -----------------------------------------------------------------------------------------------
    def done(
        self, request: Request, status: int | None, body: State | None, retry_after: float | None = None
    ) -> list[Effect]:
        """Take the outcome of a request.

        Args:
            status: of HTTP; None where no answer came, and nobody knows what became of the request.
            body: the decoded answer, if it had one.
            retry_after: seconds, if the server named them.
        """
        body = body if isinstance(body, dict) else {}
        if request.kind == "sync":
            return self._synced(request, status, body)
        replica = self.replicas.get(request.stream or "")
        if replica is None:
            return []
        is_current = replica.generation == request.generation
        if request.kind == "send":
            return self._sent(replica, request, status, body, retry_after)
        if not is_current:
            return []
        if request.kind == "write":
            return replica.replied(body) if status in (200, 201) and _is_message(body) else []
        return [*self._landed(replica, request, status, body), *self._forget_left()]

    def _landed(self, replica: Replica, request: Request, status: int | None, body: State) -> list[Effect]:
        is_ok = status == 200
        if status == 404 and request.kind in ("changes", "snapshot"):
            return self._purge(replica.name)
        match request.kind:
            case "changes" if is_ok and replica.kind == "user":
                return replica.changes_landed(body["streams"].get(replica.name, UNCHANGED))
            case "changes" if is_ok:
                return replica.changes_landed(body)
            case "snapshot" if is_ok:
                return replica.snapshot_landed(body)
            case "history":
                if is_ok:
                    return replica.history_landed(body)
                replica.objects.drop_page()
                return []
            case "users":
                return replica.users_landed(body) if is_ok else replica.users_failed()
        return replica.failed()

    def _sent(
        self, replica: Replica, request: Request, status: int | None, body: State, retry_after: float | None
    ) -> list[Effect]:
        effects = replica.outbox.answered(request.client_id or "", status, body, retry_after, replica.generation)
        if status in (200, 201) and replica.generation == request.generation and _is_message(body):
            effects += replica.replied(body)
        return effects

    def elapsed(self, timer: str, stream: str | None) -> list[Effect]:
        """The time of a ``Wait`` is over."""
        if stream is None:
            return self._sync() if self._is_sync_due else []
        replica = self.replicas.get(stream)
        return [] if replica is None else replica.elapsed(timer)

    # -- The user's doing ---------------------------------------------------------------------------------------
    def send(self, room_id: str, client_id: str, fields: State, at: float) -> list[Effect]:
        """Queue a message. ``fields`` is the body of the request, ``at`` the local time in seconds."""
        effects = self.hold(room_id)
        replica = self.open(f"room:{room_id}")
        return [*effects, *replica.outbox.add(client_id, fields, at, replica.generation)]

    def discard(self, room_id: str, client_id: str) -> list[Effect]:
        """Drop a message that failed for good."""
        replica = self.replicas.get(f"room:{room_id}")
        return [] if replica is None else replica.outbox.discard(client_id)

    def restore(self, room_id: str, entries: list[State], draft: str, now: float) -> list[Effect]:
        """Take up what was persisted of a room's outbox and draft."""
        effects = self.hold(room_id)
        replica = self.open(f"room:{room_id}")
        replica.outbox.restore(entries, now)
        replica.draft = draft
        return [*effects, *replica.outbox.next(replica.generation)]

    def write_draft(self, room_id: str, text: str) -> list[Effect]:
        """Keep what is written and not yet sent."""
        replica = self.replicas.get(f"room:{room_id}")
        if replica is None:
            return []
        replica.draft = text
        return [Store(replica.name)]

    def write(self, room_id: str, method: str, path: str, body: State | None = None) -> Request:
        """A change to one message: an edit, a deletion, a reaction. ``path`` is below the room's messages."""
        replica = self.replicas.get(f"room:{room_id}")
        generation = 0 if replica is None else replica.generation
        return Request("write", f"room:{room_id}", generation, method, f"rooms/{room_id}/messages/{path}", body)

    def older(self, room_id: str, limit: int = 50) -> list[Effect]:
        """Ask for the page of messages above those held; nothing where none is older or one is under way."""
        replica = self.replicas.get(f"room:{room_id}")
        return [] if replica is None else replica.older(limit)


def _is_message(body: State) -> bool:
    return "seq" in body and "version" in body
