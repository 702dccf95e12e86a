"""Which messages a first view shows, which of them stand together, and the lines between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from django.utils import timezone

from df_chat.streams import State

# More than any screen shows; and as many of those read before as stand above what is new.
MOST_MESSAGES = 24
_READ_BEFORE = 8

_TOGETHER = timedelta(minutes=5)


def first_new(room: State, snapshot: State, viewer: str) -> int | None:
    """The place of the first message that is new to the viewer; None if nothing is, or not all that is new is here."""
    messages, seen = snapshot["messages"], snapshot["receipts"].get(viewer, {}).get("seen_seq", 0)
    unread = room.get("unread_count", 0)
    if not room.get("is_member") or not (seen or unread):
        return None
    of_others = (place for place, message in enumerate(messages) if message["user_id"] not in (viewer, None))
    news = [place for place in of_others if messages[place]["seq"] > seen]
    is_all = len(news) >= unread or messages[0]["seq"] <= seen
    return news[0] if news and is_all else None


def on_screen(messages: list[State], new: int | None) -> list[State]:
    """Those from a little above what is new, or the newest."""
    newest = max(0, len(messages) - MOST_MESSAGES)
    begin = newest if new is None else min(newest, max(0, new - _READ_BEFORE))
    return messages[begin : begin + MOST_MESSAGES]


def rows_of(messages: Iterable[State], new_id: str | None) -> Iterator[State]:
    """Messages with ``is_first`` and ``is_last`` of those that stand together, and the lines between them."""
    before: State | None = None
    row: State | None = None
    for message in messages:
        lines = []
        if before is None or _day(before) != _day(message):
            lines.append({"type": "day"})
        if message["id"] == new_id:
            lines.append({"type": "unread"})
        follows = not lines and before is not None and _is_together(before, message)
        # Whether one is the last is known with the one after it.
        if row is not None:
            yield {**row, "is_last": not follows}
        yield from lines
        row = {"type": "message", "message": message, "is_first": not follows}
        before = message
    if row is not None:
        yield {**row, "is_last": True}


def _is_together(one: State, other: State) -> bool:
    if other["user_id"] is None or one["user_id"] != other["user_id"] or other["parent_id"]:
        return False
    return _created(other) - _created(one) < _TOGETHER


def _created(message: State) -> datetime:
    created = message["created"]
    return datetime.fromisoformat(created) if isinstance(created, str) else created


def _day(message: State) -> date:
    created = _created(message)
    return (timezone.localtime(created) if timezone.is_aware(created) else created).date()
