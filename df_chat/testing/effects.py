"""What the rules ask their transport to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

State = dict[str, Any]

RequestKind = Literal["sync", "changes", "snapshot", "history", "users", "send", "write"]


@dataclass(frozen=True, slots=True)
class Request:
    """Ask the server, and hand the outcome to ``Session.done``.

    Attributes:
        path: below the root of the API, without a leading slash.
        generation: which life of the stream it was asked in; an answer to an earlier one is not taken in.
        client_id: for ``send``, the key of the message.
    """

    kind: RequestKind
    stream: str | None
    generation: int
    method: str
    path: str
    body: State | None = None
    client_id: str | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Call ``Session.elapsed`` after a random time between ``low`` and ``high`` seconds.

    It replaces an earlier one of the same timer and stream.
    """

    timer: str
    stream: str | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Store:
    """The outbox or the draft of a stream changed: persist them before going on."""

    stream: str


@dataclass(frozen=True, slots=True)
class Acked:
    """A message is in the room. ``message`` is its state, or ``{"id", "hidden": True}`` where it may not be read."""

    stream: str
    client_id: str
    message: State


@dataclass(frozen=True, slots=True)
class Rejected:
    """A message never will be in the room: a status of 400 to 499, and the server's ``{code, detail, attr}``."""

    stream: str
    client_id: str
    status: int
    errors: list[State]


@dataclass(frozen=True, slots=True)
class Purge:
    """The stream is no longer this user's: forget whatever was kept of it."""

    stream: str


Effect = Request | Wait | Store | Acked | Rejected | Purge

BACKOFF_SECONDS = 0.5
LONGEST_BACKOFF_SECONDS = 30.0


def backoff(failures: int) -> float:
    """The longest wait before the next attempt after ``failures`` in a row; the wait is random below it."""
    return min(LONGEST_BACKOFF_SECONDS, BACKOFF_SECONDS * 2.0 ** (failures - 1))
