"""Of many values of one kind within a second, only the first at once and the last when the second is over."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")

SECONDS = 1.0


class LatestOfASecond(Generic[T]):
    """Tells, for each key, which values may go now, and which once the time has come.

    Times are seconds of any one clock.
    """

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._latest: dict[str, T] = {}

    def admits(self, key: str, value: T, now: float) -> bool:
        """Whether the value may go now; otherwise it is kept in place of the one kept before."""
        if self._until.get(key, 0.0) <= now:
            self._until[key] = now + SECONDS
            return True
        self._latest[key] = value
        return False

    def due(self, now: float) -> list[T]:
        """What was kept, and may go now."""
        over = [key for key, until in self._until.items() if until <= now]
        values = []
        for key in over:
            if key in self._latest:
                values.append(self._latest.pop(key))
                self._until[key] = now + SECONDS
            else:
                del self._until[key]
        return values

    def seconds_to_next(self, now: float) -> float | None:
        """When to ask again; None if nothing is kept."""
        if not self._latest:
            return None
        return max(0.0, min(self._until[key] for key in self._latest) - now)
