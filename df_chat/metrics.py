"""How the chat is doing, in numbers: counts, times and levels, each kept per process.

Core calls ``count``, ``timing`` and ``gauge`` of this module, which hand on to the class that ``DF_CHAT["METRICS"]``
names. Nothing that goes wrong there reaches the caller.
"""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypedDict

from django.core.signals import setting_changed

from df_chat.settings import chat_settings

logger = logging.getLogger(__name__)

Kind = Literal["counter", "timing", "gauge"]


@dataclass(frozen=True, slots=True)
class Metric:
    """What a name means. Timings are in seconds."""

    kind: Kind
    help: str


# Every name that the chat itself uses. A subclass of Metrics may declare its instruments from this.
METRICS: dict[str, Metric] = {
    # -- Writing -------------------------------------------------------------------------------------
    "lock_wait": Metric("timing", "From a write's asking for its streams until it held them, the way there included."),
    "busy": Metric("counter", "Writes refused with 503: the room stayed locked, or every try met a conflict."),
    "write_retries": Metric("counter", "Writes begun again because the database asked for it: deadlocks, conflicts."),
    "retries_deduped": Metric("counter", "Sends answered with the message that an earlier try had stored."),
    # -- Publishing ----------------------------------------------------------------------------------
    "events_published": Metric("counter", "Events that the channel layer took."),
    "publish_failures": Metric("counter", "Events that the channel layer refused, or did not take in time."),
    "publish_dropped": Metric("counter", "Events not tried: the queue was full, or the layer is being left alone."),
    "receipts": Metric("counter", "Marks of what was received or seen, given to the publisher for those in the room."),
    # -- Catching up ---------------------------------------------------------------------------------
    "gap_fetches": Metric("counter", "Pages of changes given to clients that lagged behind a stream."),
    "resets": Metric("counter", "Clients told to begin a stream again from a snapshot."),
    "sweep_pokes": Metric("counter", "Sockets told by the sweep of what no event told them: what the layer lost."),
    # -- Sockets -------------------------------------------------------------------------------------
    "sockets": Metric("gauge", "Open sockets."),
    "held_events": Metric("counter", "Events held until a membership had been read again."),
    "outbox_overflows": Metric("counter", "Sockets whose backlog was replaced by pokes."),
    "slow_closes": Metric("counter", "Sockets closed with 4008 because they did not read."),
    "revocations": Metric("counter", "Sockets closed with 4401 because their user may not be signed in any more."),
}


class Timing(TypedDict):
    """What is kept of a timing, in seconds."""

    count: int
    sum: float
    max: float


class Metrics:
    """Keeps numbers in this process, for ``snapshot()``. Subclass it, and override its three methods to send them on.

    Its methods are called from many threads, on the path of every write and event: they must not block.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: defaultdict[str, int] = defaultdict(int)
        self._gauges: dict[str, float] = {}
        self._timings: dict[str, Timing] = {}

    def count(self, name: str, by: int = 1) -> None:
        """Something happened ``by`` more times."""
        with self._lock:
            self._counts[name] += by

    def timing(self, name: str, seconds: float) -> None:
        """Something took this long."""
        with self._lock:
            kept = self._timings.get(name)
            if kept is None:
                self._timings[name] = {"count": 1, "sum": seconds, "max": seconds}
                return
            kept["count"] += 1
            kept["sum"] += seconds
            if seconds > kept["max"]:
                kept["max"] = seconds

    def gauge(self, name: str, value: float) -> None:
        """Something stands at this level now."""
        self._gauges[name] = value

    def snapshot(self) -> dict[str, Any]:
        """Everything kept since the process began: counts and levels as numbers, timings as ``Timing``."""
        with self._lock:
            timings = {name: {**kept} for name, kept in self._timings.items()}
            return {**self._counts, **self._gauges, **timings}


_instance: Metrics | None = None
_making = threading.Lock()


def get_metrics() -> Metrics:
    """The instance of this process that takes every number."""
    return _make() if _instance is None else _instance


def _make() -> Metrics:
    global _instance
    # Two threads may come here at once; what both count goes to one.
    with _making:
        if _instance is None:
            _instance = chat_settings.METRICS()
        made: Metrics = _instance
    return made


def count(name: str, by: int = 1) -> None:
    """Count ``by`` more of a counter in ``METRICS``."""
    try:
        get_metrics().count(name, by)
    except Exception:
        _note_failure(name)


def timing(name: str, seconds: float) -> None:
    """Note how long one run of a timing in ``METRICS`` took."""
    try:
        get_metrics().timing(name, seconds)
    except Exception:
        _note_failure(name)


def gauge(name: str, value: float) -> None:
    """Set the level of a gauge in ``METRICS``."""
    try:
        get_metrics().gauge(name, value)
    except Exception:
        _note_failure(name)


@lru_cache(maxsize=64)
def _note_failure(name: str) -> None:
    # Once for each name: a sink that is down would otherwise fill the log at the rate of the writes.
    logger.exception("The metric %s was lost; further losses of it are not logged", name)


def _forget(*, setting: str, **kwargs: Any) -> None:
    global _instance
    if setting == "DF_CHAT":
        _instance = None
        _note_failure.cache_clear()


setting_changed.connect(_forget)
