"""Every frame that the server sends of its own accord, by its ``type``."""

from __future__ import annotations

from typing import NamedTuple

from df_chat.schema import Schema, ref
from df_chat.schema.answers import MEMBERS, MESSAGES, SOME_ROOM
from df_chat.schema.build import COUNT, FLAG, GEN, STREAM, TEXT, TIME, USER_ID, UUID, array, const, maybe, record


class Frame(NamedTuple):
    """What a frame says, and what it looks like."""

    summary: str
    schema: Schema


def _frame(
    kind: str, summary: str, properties: dict[str, Schema], *, optional: dict[str, Schema] | None = None
) -> Frame:
    return Frame(summary, record({"type": const(kind), **properties}, optional=optional, description=summary))


_POSITION = record({"gen": GEN, "version": COUNT})

FRAMES: dict[str, Frame] = {
    "authenticate": _frame(
        "authenticate",
        "The handshake brought no credentials: send `authenticate` within so many seconds.",
        {"within": {"type": "number", "minimum": 0}},
    ),
    "ready": _frame(
        "ready",
        "The socket is open, and hears these streams from where they stand.",
        {"user_id": USER_ID, "streams": {"type": "object", "additionalProperties": _POSITION}},
    ),
    "changes": _frame(
        "changes",
        "A stream changed. Without any list it is a poke: fetch the changes.",
        {"stream": STREAM, "epoch": COUNT, "prev": COUNT, "version": COUNT, "acl": COUNT},
        optional={
            "messages": MESSAGES,
            "users": MEMBERS,
            "room": SOME_ROOM,
            "memberships": array(ref("ChatMembership")),
        },
    ),
    "subscribed": _frame(
        "subscribed", "A room is followed from now on.", {"stream": STREAM, "gen": GEN, "version": COUNT}
    ),
    "removed": _frame("removed", "A room is no longer this user's: forget it.", {"stream": STREAM}),
    "backlog": _frame(
        "backlog",
        "What others sent and this user has not acknowledged by `mark_received`, oldest first.",
        {"stream": STREAM, "gen": GEN, "messages": array(ref("ChatMessage")), "more": FLAG},
    ),
    "typing": _frame(
        "typing",
        "Somebody types, or stopped.",
        {"room_id": UUID, "user_id": USER_ID, "name": TEXT, "is_typing": FLAG},
    ),
    "receipt": _frame(
        "receipt",
        "A member has received or seen more.",
        {
            "room_id": UUID,
            "user_id": USER_ID,
            "received_seq": COUNT,
            "received_at": maybe(TIME),
            "seen_seq": COUNT,
            "seen_at": maybe(TIME),
        },
    ),
    "presence": _frame(
        "presence",
        "Somebody who shares a room came online or left.",
        {"user_id": USER_ID, "is_online": FLAG},
    ),
    "heartbeat": _frame("heartbeat", "Every 25 seconds: a socket that is silent for longer is dead.", {}),
    "going_away": _frame(
        "going_away",
        "The server ends: reconnect after so many seconds.",
        {"retry_in": {"type": "number", "minimum": 0}},
    ),
}

# Why the server closes a socket, and what a client does then.
CLOSE_CODES: dict[int, str] = {
    4400: "Five frames that were no commands: the client has a bug.",
    4401: "Not signed in, or not any more: sign in again.",
    4008: "The client took nothing for 30 seconds: reconnect.",
    4429: "Too many sockets of one user, or too many actions: close others, or slow down.",
    1012: "The server restarts: reconnect after the pause that `going_away` named.",
    1013: "The database did not answer: reconnect after a random pause.",
}
