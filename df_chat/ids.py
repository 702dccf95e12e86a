"""Ids: time-ordered UUIDs for rows, and the derived ids of streams and reactions."""

from __future__ import annotations

import os
import time
import uuid

from df_chat.exceptions import NotFound

# The id of a room or message, as host code may give it.
Id = uuid.UUID | str

_USER_STREAMS = uuid.UUID("6a4f1a52-6d6e-5a0e-9a37-3b8a1f2f9d10")


def uuid7() -> uuid.UUID:
    """A UUID version 7 (RFC 9562): 48 bits of Unix milliseconds, then 74 random bits.

    Random below the millisecond: order inside a room is told by ``seq``, never by id. Python 3.14 has its own.
    """
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF000 << 64) | 0x7000 << 64
    return uuid.UUID(int=value & ~(0xC000 << 48) | 0x8000 << 48)


def to_uuid(value: Id) -> uuid.UUID:
    """An id that may have come as text. Raises NotFound for what can be nobody's."""
    if isinstance(value, uuid.UUID):
        return value
    try:
        return uuid.UUID(value)
    except (ValueError, TypeError, AttributeError):
        raise NotFound from None


def user_stream_id(user_pk: object) -> uuid.UUID:
    """The stream of a user, derived from the primary key so that finding it costs no query."""
    return uuid.uuid5(_USER_STREAMS, str(user_pk))


def reaction_client_id(parent_id: Id, emoji: str) -> uuid.UUID:
    """The idempotency key of a reaction.

    Unique per sender, it makes the database itself hold one reaction per user, message and emoji.
    """
    return uuid.uuid5(to_uuid(parent_id), emoji)
