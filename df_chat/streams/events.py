"""What one transaction changed in one stream, as a value."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise

State = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of object that a stream carries.

    Attributes:
        name: the key of its list in frames, such as ``messages``.
        version_field: the field that holds an object's version in this stream.
        state: the full current state of an object, the same for every viewer.
        single: there is one such object, and frames hold it alone, not in a list.
    """

    name: str
    version_field: str
    state: Callable[[Any], State]
    single: bool = False


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """Versions ``prev + 1`` to ``version`` of a stream, with the objects they made.

    ``parts`` maps a part's name to states (to one state, where the part is single). It holds no per-viewer data.
    """

    stream_id: uuid.UUID
    stream: str
    epoch: int
    prev: int
    version: int
    acl: int
    parts: dict[str, Any]

    def poke(self) -> State:
        """The frame without its objects: "there is something new, fetch it"."""
        return {
            "type": "changes",
            "stream": self.stream,
            "epoch": self.epoch,
            "prev": self.prev,
            "version": self.version,
            "acl": self.acl,
        }

    def frame(self) -> State:
        """The frame with every changed object in its current state."""
        return {**self.poke(), **self.parts}

    def encode(self, max_bytes: int) -> str:
        """The frame as JSON, or its poke where the frame is larger than ``max_bytes``."""
        text = to_json(self.frame())
        return text if len(text) <= max_bytes else to_json(self.poke())


@dataclass(frozen=True, slots=True)
class LiveFrame:
    """A frame that is worth nothing later: who types, who is online, how far somebody has read. It is stored nowhere.

    Attributes:
        stream_ids: whoever follows any of these hears it, once.
        not_to: key of the one user who does not, as text.
        key: of several frames with one key within a second, only the newest is told; None tells each.
    """

    stream_ids: tuple[uuid.UUID, ...]
    frame: State
    not_to: str | None = None
    key: str | None = None


def to_json(value: Any) -> str:
    """Compact ASCII JSON, its length being its size in bytes; times as the REST API writes them."""
    return json.dumps(value, default=_plain, separators=(",", ":"))


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        text = value.isoformat()
        return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text
    # UUIDs, and texts that are translated late.
    if isinstance(value, uuid.UUID | Promise):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a frame")
