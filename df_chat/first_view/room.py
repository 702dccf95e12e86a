"""A room's newest messages as a page draws them, until the script draws the chat in their place.

They stand where the web client puts them (its messages/row.js), and differ in what only a browser knows or a script
does: times are left open, Markdown is its source, and nothing can be pressed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from django.utils import timezone

from df_chat.streams import State
from df_chat.words import word

# More than any screen shows; and as many of those read before as stand above what is new.
MOST_MESSAGES = 24
_READ_BEFORE = 8

_TOGETHER = timedelta(minutes=5)
_TONES = 8
_SHOWN_IMAGES = 4
# Pixels at the browser's usual size of text.
_WIDEST, _HIGHEST, _NARROWEST = 352, 320, 96
_RATIOS = 0.5, 2.4
_FEW_EMOJI = 3
_EMOJI = {"So", "Sk", "Mn", "Cf"}


def read_first_view(room: State, snapshot: State, viewer: str) -> State | None:
    """What the template ``df_chat/first_view.html`` draws; None of a room without messages.

    Takes what REST says of the room and its snapshot, and the viewer's key. Returns ``title``, ``about``, ``room``, and
    ``rows``: dicts with a ``type``, which is ``day``, ``unread`` or ``message``.
    """
    messages: list[State] = snapshot["messages"]
    if not messages:
        return None
    first_new = _first_new(room, snapshot, viewer)
    faces = {user["user_id"]: user.get("image") for user in snapshot["users"]}
    held = {message["id"]: message for message in messages}
    rows = [
        row if row["type"] != "message" else {**row, **_drawn(row["message"], viewer, faces, held)}
        for row in _rows(_on_screen(messages, first_new), None if first_new is None else messages[first_new]["id"])
    ]
    title, about = _head(room)
    return {
        "title": title,
        "about": about,
        "room": room,
        "rows": rows,
        "has_news": first_new is not None,
    }


def _head(room: State) -> tuple[str, str]:
    """What the room is called, and the line below."""
    if room["kind"] == "direct":
        return (room["peer"] or {}).get("name") or word("Deleted account"), ""
    return room["title"] or "—", room["topic"] or word("Members: %(count)s") % {"count": room["member_count"]}


def _first_new(room: State, snapshot: State, viewer: str) -> int | None:
    """The place of the first message that is new to the viewer; None if nothing is, or not all that is new is here."""
    messages, seen = snapshot["messages"], snapshot["receipts"].get(viewer, {}).get("seen_seq", 0)
    if not room["is_member"] or not (seen or room["unread_count"]):
        return None
    of_others = (place for place, message in enumerate(messages) if message["user_id"] not in (viewer, None))
    news = [place for place in of_others if messages[place]["seq"] > seen]
    is_all = len(news) >= room["unread_count"] or messages[0]["seq"] <= seen
    return news[0] if news and is_all else None


def _on_screen(messages: list[State], first_new: int | None) -> list[State]:
    """Those from a little above what is new, or the newest."""
    newest = max(0, len(messages) - MOST_MESSAGES)
    begin = newest if first_new is None else min(newest, max(0, first_new - _READ_BEFORE))
    return messages[begin : begin + MOST_MESSAGES]


def _rows(messages: Iterable[State], first_new: str | None) -> Iterator[State]:
    """Messages, and the lines between them. Whether one ends its group is known with the one after it."""
    before: State | None = None
    row: State | None = None
    for message in messages:
        lines = []
        if before is None or _day(before) != _day(message):
            lines.append({"type": "day"})
        if message["id"] == first_new:
            lines.append({"type": "unread"})
        follows = not lines and before is not None and _is_together(before, message)
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
    return timezone.localtime(_created(message)).date()


def _drawn(message: State, viewer: str, faces: dict[str, str | None], held: dict[str, State]) -> State:
    """What of a message is not drawn as it is."""
    user_id, body = message["user_id"], message["body"]
    reactions = [{**one, "is_mine": viewer in one["user_ids"]} for one in message["reactions"]]
    name = "" if user_id is None else message["sender"]["name"]
    return {
        "is_mine": user_id == viewer,
        "is_system": user_id is None,
        "face": faces.get(user_id) if user_id else None,
        "initials": _initials(name),
        "tone": _tone(user_id or ""),
        "paragraphs": [text for text in re.split(r"\n\s*\n", body) if text],
        "is_big": _is_few_emoji(body),
        "parent": held.get(message["parent_id"]),
        "reactions": reactions,
        "images": [
            _image(image, is_one=len(message["images"]) == 1)
            for image in message["images"][:_SHOWN_IMAGES]
            if image["url"]
        ],
    }


def _initials(name: str) -> str:
    words = [letters for word in re.split(r"[\s_-]+", name) if (letters := [c for c in word if c.isalnum()])]
    ends = [words[0], words[-1]] if len(words) > 1 else words
    return "".join(letters[0] for letters in ends).upper() or "#"


def _tone(key: str) -> int:
    """Which of the colours a person has, always the same, here and in the web client."""
    total = 0
    for character in key:
        total = (total * 31 + ord(character)) & 0xFFFFFFFF
    return total % _TONES


def _is_few_emoji(body: str) -> bool:
    letters = body.split()
    signs = [character for character in "".join(letters) if unicodedata.category(character) == "So"]
    is_emoji = all(unicodedata.category(character) in _EMOJI for character in "".join(letters))
    return bool(signs) and is_emoji and len(signs) <= _FEW_EMOJI


def _image(image: State, *, is_one: bool) -> State:
    """An image's place: what stands alone keeps its ratio, within bounds."""
    width, height = image["width"], image["height"]
    low, high = _RATIOS
    ratio = min(high, max(low, width / height)) if width > 0 and height > 0 else 1
    shown = min(_WIDEST, _HIGHEST * ratio, max(width, _NARROWEST))
    place = {"width": round(shown), "height": round(shown / ratio)} if is_one else {}
    return {"source": image.get("medium") or image["url"], "name": image["name"], **place}
