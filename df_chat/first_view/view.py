"""A room's newest messages as a page draws them, until the script draws the chat in their place.

They stand where the web client puts them (its messages/row.js), and differ in what only a browser knows or a script
does: times are left open, Markdown is its source, and nothing can be pressed.
"""

from __future__ import annotations

from df_chat.first_view.drawing import draw_message
from df_chat.first_view.rows import first_new, on_screen, rows_of
from df_chat.streams import State
from df_chat.words import word


def read_first_view(room: State, snapshot: State, viewer: str) -> State | None:
    """What the template ``df_chat/first_view.html`` draws; None of a room without messages.

    Takes what REST says of the room and its snapshot, and the viewer's key. Returns ``title``, ``about``, ``room``, and
    ``rows``: dicts with a ``type``, which is ``day``, ``unread`` or ``message``. A project's serializer may have left
    out any of what it takes of the room.
    """
    messages: list[State] = snapshot["messages"]
    if not messages:
        return None
    new = first_new(room, snapshot, viewer)
    faces = {user["user_id"]: user["image"] for user in snapshot["users"]}
    held = {message["id"]: message for message in messages}
    rows = [
        row if row["type"] != "message" else {**row, **draw_message(row["message"], viewer, faces, held)}
        for row in rows_of(on_screen(messages, new), None if new is None else messages[new]["id"])
    ]
    title, about = _head(room)
    return {"title": title, "about": about, "room": room, "rows": rows, "has_news": new is not None}


def _head(room: State) -> tuple[str, str]:
    """What the room is called, and the line below."""
    if room.get("kind") == "direct":
        return (room.get("peer") or {}).get("name") or word("Deleted account"), ""
    count = room.get("member_count", "")
    return room.get("title") or "—", room.get("topic") or word("Members: %(count)s") % {"count": count}
