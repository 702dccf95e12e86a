"""``changes(since)``: every object of a stream whose version is newer than a client's cursor, exactly.

The order of the reads is the proof: membership, then the stream row, then the rows, then the stream row and the
membership again. A row committed between the first and the last has a version above the one that was read, and waits
for the next call; a membership that ended meanwhile answers nothing.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from df_chat import metrics
from df_chat.access import load_access
from df_chat.exceptions import NotFound
from df_chat.models import MEMBERSHIPS, MESSAGES, ROOM, USERS, Room, RoomUser, Stream
from df_chat.settings import chat_settings
from df_chat.streams import Part, State
from df_chat.sync.positions import Position, position_of, read_positions, read_stream, read_user_stream

# Streams whose changes one sync answers whole; for the rest it says where they stand.
MAX_INLINE_STREAMS = 20


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a client got in one stream."""

    gen: str
    version: int


def read_changes(user: Any, room_id: uuid.UUID, cursor: Cursor, *, limit: int | None = None) -> State:
    """What changed in a room since the cursor, or ``reset`` where only a snapshot can tell.

    Returns:
        ``{stream, gen, version, acl, next, more, messages, users, room?}``, objects in order of version; ``next`` is
        the new cursor. Or ``{stream, gen, version, reset: true}``.

    Raises:
        NotFound: no such room for this user, or not any more.
    """
    access = load_access(user, room_id)
    stream = read_stream(room_id)
    here = position_of(stream, member_epoch=access.member_epoch)
    if _needs_reset(here, cursor, horizon=stream.horizon):
        return _reset(here)
    rows = {
        MESSAGES: access.messages(),
        USERS: RoomUser.objects.heard().select_related("user").filter(room=room_id),
        ROOM: Room.objects.filter(pk=room_id),
    }
    answer = _page(here, rows, cursor, limit)
    access, stream = load_access(user, room_id), read_stream(room_id)
    now = position_of(stream, member_epoch=access.member_epoch)
    if now.gen != here.gen or stream.horizon > cursor.version:
        return _reset(now)
    return answer


def read_user_changes(user: Any, cursor: Cursor, *, limit: int | None = None) -> State:
    """What changed in the user's own stream: memberships and read marks. As ``read_changes``."""
    stream = read_user_stream(user)
    here = position_of(stream)
    if _needs_reset(here, cursor, horizon=stream.horizon):
        return _reset(here)
    rows: dict[Part, QuerySet[Any]] = {MEMBERSHIPS: RoomUser.objects.filter(user=user.pk)}
    return _page(here, rows, cursor, limit)


def read_memberships(user: Any) -> State:
    """The user's own stream whole: what a client starts from, or starts again from after a ``reset``.

    Bounded by the rooms a user is in; tombstones of rooms left are not in it.
    """
    here = position_of(read_user_stream(user))
    rows = RoomUser.objects.active().filter(user=user.pk).order_by("user_version")
    return {"stream": here.name, **here.state(), "memberships": [row.membership_state() for row in rows]}


def read_sync(user: Any, cursors: dict[str, Cursor]) -> dict[str, State]:
    """Compare a client's cursors with the user's streams.

    Returns:
        An answer for each stream that differs: its changes, ``reset``, ``removed`` where the user has no such stream
        (any more), or ``behind`` where there were too many to answer at once. Streams the client did not name are
        ``reset``; streams where nothing changed are left out.
    """
    positions = read_positions(user, also=list(filter(None, map(_room_id, cursors))))
    answers: dict[str, State] = {name: {"stream": name, "removed": True} for name in cursors if name not in positions}
    behind = []
    for name, here in positions.items():
        cursor = cursors.get(name)
        if cursor is None:
            answers[name] = _from_snapshot(here)
        elif cursor.gen != here.gen or cursor.version > here.version:
            answers[name] = _reset(here)
        elif cursor.version < here.version:
            behind.append(name)
            answers[name] = {"stream": name, "behind": True, **here.state()}
    for name in behind[:MAX_INLINE_STREAMS]:
        answers[name] = _changes_of(user, name, cursors[name])
    return answers


def _room_id(name: str) -> uuid.UUID | None:
    kind, _, owner_id = name.partition(":")
    try:
        return uuid.UUID(owner_id) if kind == Stream.Kind.ROOM else None
    except ValueError:
        return None


def _changes_of(user: Any, name: str, cursor: Cursor) -> State:
    room_id = _room_id(name)
    try:
        return read_user_changes(user, cursor) if room_id is None else read_changes(user, room_id, cursor)
    except NotFound:
        return {"stream": name, "removed": True}


def _needs_reset(here: Position, cursor: Cursor, *, horizon: int) -> bool:
    return (
        cursor.gen != here.gen
        or cursor.version > here.version  # a backup was restored
        or cursor.version < horizon
        or here.version - cursor.version > chat_settings.MAX_CHANGES
    )


def _reset(here: Position) -> State:
    metrics.count("resets")
    return _from_snapshot(here)


def _from_snapshot(here: Position) -> State:
    return {"stream": here.name, **here.state(), "reset": True}


def _page(here: Position, rows: dict[Part, QuerySet[Any]], cursor: Cursor, limit: int | None) -> State:
    """The rows of each part above the cursor, merged by version and cut at ``limit``."""
    if cursor.version < here.version:
        metrics.count("gap_fetches")
    limit = limit or chat_settings.MAX_PAGE_SIZE
    found: list[tuple[int, Part, Any]] = []
    for part, queryset in rows.items():
        field = part.version_field
        window = queryset.filter(**{f"{field}__gt": cursor.version, f"{field}__lte": here.version})
        found += [(getattr(row, field), part, row) for row in window.order_by(field)[: limit + 1]]
    found.sort(key=lambda item: item[0])
    page, more = found[:limit], len(found) > limit
    answer: State = {part.name: [] for part in rows if not part.single}
    for _version, part, row in page:
        if part.single:
            answer[part.name] = part.state(row)
        else:
            answer[part.name].append(part.state(row))
    return {
        "stream": here.name,
        **here.state(),
        "acl": here.acl,
        "next": page[-1][0] if more else here.version,
        "more": more,
        **answer,
    }
