"""What travels through the channel layer, and how it is spelled there."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable
from typing import Any, NamedTuple

from df_chat.streams import LiveFrame, StreamEvent

# Every process hears this one: for what concerns many streams at once.
PROCESSES_GROUP = "df_chat.processes"


class LayerEvent(NamedTuple):
    """A stream's event on its way: the frame encoded once, and beside it what is decided without decoding it.

    Attributes:
        min_seq: the lowest ``seq`` of its messages; None if it has none.
        parts: what the event carries, also where ``text`` is but a poke.
    """

    epoch: int
    version: int
    acl: int
    min_seq: int | None
    parts: list[str]
    text: str

    @classmethod
    def of(cls, event: StreamEvent, *, max_bytes: int) -> LayerEvent:
        return cls(
            event.epoch,
            event.version,
            event.acl,
            min((message["seq"] for message in event.parts.get("messages", ())), default=None),
            list(event.parts),
            event.encode(max_bytes),
        )


def group_of(stream_id: uuid.UUID) -> str:
    """The group of a room's or a user's stream; rooms and users share one id space."""
    return f"df_chat.{stream_id.hex}"


def events_message(group: str, events: Iterable[LayerEvent]) -> dict[str, Any]:
    """Events of one stream, in order."""
    return {"type": "chat.events", "group": group, "events": list(map(list, events))}


def live_message(frame: LiveFrame, text: str) -> dict[str, Any]:
    """A frame for those who follow any of its streams, but for one user."""
    groups = [group_of(stream_id) for stream_id in frame.stream_ids]
    return {"type": "chat.live", "groups": groups, "not_to": frame.not_to, "text": text}


def revalidate_message(user_pk: object, ended_session: str | None) -> dict[str, Any]:
    """A request to see whether a user's sockets may stay open; those of a session that ends may not."""
    # The key itself would sign in whoever reads it on the way.
    digest = None if ended_session is None else session_digest(ended_session)
    return {"type": "chat.revalidate", "user_id": str(user_pk), "ended_session": digest}


def session_digest(session_key: str) -> str:
    """What a session is called on the layer."""
    return hashlib.sha256(session_key.encode()).hexdigest()
