"""``stream_tx``: the one door through which chat rows are written.

It locks the streams first, so that whatever is read, checked and written inside is ordered; it gives each changed
object the next version of its stream; and it announces the changes after the commit.
"""

from __future__ import annotations

import functools
import random
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, ParamSpec, TypedDict, TypeVar

from django.db import OperationalError, connections, transaction
from django.db.models import Model

from df_chat import metrics
from df_chat.exceptions import Busy, NotFound
from df_chat.ids import Id, to_uuid
from df_chat.settings import chat_settings
from df_chat.streams.events import Part, StreamEvent
from df_chat.streams.locking import Rows, Statement, commit_statements, lock_rows, run_statements, version_statement
from df_chat.streams.outbox import announce
from df_chat.streams.stream import LockedStream, Stream, StreamKey

P = ParamSpec("P")
T = TypeVar("T")

MAX_TRIES = 5
# By SQLSTATE on PostgreSQL, by error number on MySQL and MariaDB.
_KINDS: dict[str | int, str] = {
    "40P01": "deadlock",
    1213: "deadlock",
    "40001": "conflict",
    "55P03": "timeout",
    1205: "timeout",
}

_current: ContextVar[StreamTx | None] = ContextVar("df_chat_stream_tx", default=None)


class StreamNames(TypedDict, total=False):
    """Which streams a write is about, as ``stream_tx`` takes them."""

    rooms: Iterable[Id]
    users: Iterable[object]


class StreamTx:
    """The streams that one transaction holds locked, and what it changed in them."""

    def __init__(self, using: str, *, outermost: bool) -> None:
        self.using = using
        self._outermost = outermost
        self._streams: dict[uuid.UUID, LockedStream] = {}
        self._changes: dict[uuid.UUID, _Changes] = {}
        self._last: list[Statement] = []
        self.rows: Rows = []

    def lock(
        self,
        streams: Iterable[StreamKey],
        *,
        create: bool = False,
        then: Statement | None = None,
    ) -> None:
        """Lock these streams; user streams, and with ``create`` all of them, come into being where missing.

        Args:
            then: a query to run as soon as they are locked; its rows are ``rows`` afterwards.

        Raises:
            NotFound: a room's stream does not exist.
        """
        wanted = {stream.id: stream for stream in streams if stream.id not in self._streams}
        if not wanted:
            return
        connection = connections[self.using]
        makeable = [stream for stream in wanted.values() if create or stream.kind == Stream.Kind.USER]
        _create_missing(makeable, using=self.using)
        rows, self.rows = lock_rows(connection, sorted(wanted), outermost=self._outermost, then=then)
        if len(rows) < len(wanted):
            raise NotFound
        for row in rows:
            self._streams[row.id] = row
            self._changes[row.id] = _Changes(row.version, row.acl)

    def version(self, stream_id: Id) -> int:
        """The version of a locked stream, this transaction's own changes included."""
        return self._changes[to_uuid(stream_id)].version

    def stamp(self, stream_id: Id, part: Part, obj: Model, *, acl: bool = False) -> int:
        """Give a changed object the stream's next version; a second change of it here keeps the first's.

        Args:
            acl: the change decides who may see what.
        """
        changes = self._changes[to_uuid(stream_id)]
        key = (part.name, obj.pk)
        if key not in changes.versions:
            changes.version += 1
            changes.versions[key] = changes.version
        version = changes.versions[key]
        changes.objects[key] = (part, obj)
        setattr(obj, part.version_field, version)
        if acl:
            changes.acl = version
        return version

    def mark_active(self, stream_id: Id, when: datetime) -> None:
        """Note that a message was sent: rooms are listed by it."""
        self._changes[to_uuid(stream_id)].active_at = when

    def run_last(self, statement: Statement) -> None:
        """Run a statement that nothing in this transaction reads after, together with the last ones."""
        self._last.append(statement)

    def close(self) -> None:
        """Store the new versions and announce them. The last statements of the transaction."""
        changed = {stream_id: changes for stream_id, changes in self._changes.items() if changes.objects}
        if not changed:
            return
        connection = connections[self.using]
        versions = [
            version_statement(
                connection, stream_id, version=changes.version, acl=changes.acl, active_at=changes.active_at
            )
            for stream_id, changes in changed.items()
        ]
        announce([changes.event(self._streams[stream_id]) for stream_id, changes in changed.items()], using=self.using)
        commit = commit_statements(connection) if self._outermost else []
        run_statements(connection, [*self._last, *versions, *commit])


class _Changes:
    """What a transaction changed in one stream so far."""

    __slots__ = ("acl", "active_at", "objects", "version", "versions")

    def __init__(self, version: int, acl: int) -> None:
        self.version = version
        self.acl = acl
        self.active_at: datetime | None = None
        self.versions: dict[tuple[str, Any], int] = {}
        self.objects: dict[tuple[str, Any], tuple[Part, Model]] = {}

    def event(self, stream: LockedStream) -> StreamEvent:
        parts: dict[str, Any] = {}
        for part, obj in self.objects.values():
            state = part.state(obj)
            if part.single:
                parts[part.name] = state
            else:
                parts.setdefault(part.name, []).append(state)
        for states in parts.values():
            if isinstance(states, list):
                states.sort(key=lambda state: state["version"])
        return StreamEvent(
            stream_id=stream.id,
            stream=stream.name,
            epoch=stream.epoch,
            prev=stream.version,
            version=self.version,
            acl=self.acl,
            parts=parts,
        )


@contextmanager
def stream_tx(
    *,
    rooms: Iterable[Id] = (),
    users: Iterable[object] = (),
    create: bool = False,
    then: Statement | None = None,
) -> Iterator[StreamTx]:
    """Open a transaction that holds these streams locked; inside another, join that one.

    Inside a host's ``atomic()`` the locks last until the host commits. Do no network, storage or other slow work
    inside.

    Args:
        rooms: ids of rooms.
        users: primary keys of users.
        create: make the rooms' streams (for a new room).
        then: a query to run as soon as they are locked, in the same round trip where the driver can; its rows are
            ``tx.rows``.

    Raises:
        NotFound: a room does not exist.
        OperationalError: the lock could not be had in time.
    """
    streams = [*map(StreamKey.of_room, rooms), *map(StreamKey.of_user, users)]
    using: str = chat_settings.DATABASE
    outer = _current.get()
    if outer is not None and connections[using].in_atomic_block:
        # savepoint=False: an exception here dooms the whole, as its versions are already handed out.
        with transaction.atomic(using=using, savepoint=False):
            outer.lock(streams, create=create)
            if then is not None:
                outer.rows = run_statements(connections[using], [then])[0]
            yield outer
        return
    tx = StreamTx(using, outermost=not connections[using].in_atomic_block)
    # The wait begins with the transaction: SQLite's lock is taken there. Opening a connection is no wait for a lock.
    connections[using].ensure_connection()
    asked = time.perf_counter()
    with transaction.atomic(using=using):
        tx.lock(streams, create=create, then=then)
        metrics.timing("lock_wait", time.perf_counter() - asked)
        token = _current.set(tx)
        try:
            yield tx
        finally:
            _current.reset(token)
        tx.close()


def retrying(function: Callable[P, T]) -> Callable[P, T]:
    """Run a write again, with jitter, when the database asks for it.

    Inside a host's transaction only the host can begin again, but for one case: on PostgreSQL a deadlock ends no more
    than the savepoint of this write. It comes of hosts that roll back savepoints in which they held a busy room.

    Raises:
        Busy: the lock could not be had, or every try met a conflict.
    """

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        for attempt in range(1, MAX_TRIES + 1):
            try:
                return function(*args, **kwargs)
            except OperationalError as error:
                kind = _kind_of(error)
                if kind is None or not _can_begin_again(kind):
                    raise
                if kind == "timeout" or attempt == MAX_TRIES:
                    metrics.count("busy")
                    raise Busy from error
                metrics.count("write_retries")
                time.sleep(random.uniform(0.005, 0.05) * attempt)  # noqa: S311 - jitter, not a secret
        raise AssertionError("unreachable")

    return run


def _kind_of(error: OperationalError) -> str | None:
    """Why the database refused: "timeout", "deadlock", "conflict"; None for anything else."""
    cause = error.__cause__
    code = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    if code is None and cause is not None and cause.args:
        code = cause.args[0]
    if "database is locked" in str(code):
        return "timeout"
    return _KINDS.get(code) if isinstance(code, str | int) else None


def _can_begin_again(kind: str) -> bool:
    connection = connections[chat_settings.DATABASE]
    if not connection.in_atomic_block:
        return True
    return kind == "deadlock" and connection.vendor == "postgresql" and _current.get() is None


def _create_missing(streams: list[StreamKey], *, using: str) -> None:
    # Before any lock, and in ascending id: a wait for another's insert can then close no circle.
    if not streams:
        return
    rows = Stream.objects.using(using)
    there = set(rows.filter(pk__in=[stream.id for stream in streams]).values_list("pk", flat=True))
    missing = sorted((stream for stream in streams if stream.id not in there), key=lambda stream: stream.id)
    if missing:
        rows.bulk_create([Stream(**stream._asdict()) for stream in missing], ignore_conflicts=True)
