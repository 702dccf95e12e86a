"""The messages of one room that the server has not answered for: in order, one at a time, each with its own key."""

from __future__ import annotations

from collections.abc import Iterable

from df_chat.testing.effects import Acked, Effect, Rejected, Request, State, Store, Wait, backoff

# The server keeps keys for at least 30 days; what waited longer than this is for its author to decide.
LONGEST_WAIT_SECONDS = 7 * 24 * 3600
# Answers of 4xx that say "not now" instead of "never": 401 ends with the next sign-in.
PASSING_STATUSES = frozenset({401, 408, 425, 429})


class Outbox:
    """Entries are JSON: ``{"client_id", "fields", "at", "error"}``.

    ``fields`` is the body of the request, ``at`` the local time in seconds, ``error`` None or why the entry failed for
    good: ``{"status", "errors"}``.
    """

    def __init__(self, stream: str) -> None:
        self.stream = stream
        self.entries: list[State] = []
        self.in_flight: str | None = None
        self.is_waiting = False
        self.failures = 0

    @property
    def room_id(self) -> str:
        return self.stream.partition(":")[2]

    @property
    def is_idle(self) -> bool:
        """Whether nothing is left to send."""
        return all(entry["error"] for entry in self.entries)

    def restore(self, entries: Iterable[State], now: float) -> None:
        """Take up what was persisted."""
        for entry in entries:
            too_old = now - entry["at"] > LONGEST_WAIT_SECONDS
            error = {"status": 0, "errors": [{"code": "expired", "detail": "", "attr": None}]} if too_old else None
            self.entries.append({**entry, "error": entry["error"] or error})

    def add(self, client_id: str, fields: State, at: float, generation: int) -> list[Effect]:
        """Queue a message, and send it if nothing is before it."""
        self.entries.append({"client_id": client_id, "fields": fields, "at": at, "error": None})
        return [Store(self.stream), *self.next(generation)]

    def next(self, generation: int) -> list[Effect]:
        """Send the first entry, unless one is under way or the last attempt is too recent."""
        entry = next((entry for entry in self.entries if entry["error"] is None), None)
        if entry is None or self.in_flight is not None or self.is_waiting:
            return []
        self.in_flight = entry["client_id"]
        path = f"rooms/{self.room_id}/messages/"
        body = {**entry["fields"], "client_id": entry["client_id"]}
        return [Request("send", self.stream, generation, "POST", path, body, entry["client_id"])]

    def wake(self, generation: int) -> list[Effect]:
        """Try again now: the time to wait is over, or the connection is back."""
        self.is_waiting = False
        return self.next(generation)

    def answered(
        self, client_id: str, status: int | None, body: State | None, retry_after: float | None, generation: int
    ) -> list[Effect]:
        """Take the outcome of a request; ``status`` is None where none is known."""
        if self.in_flight == client_id:
            self.in_flight = None
        entry = self._find(client_id)
        if entry is None:  # its echo came first
            return self.next(generation)
        if status is not None and 200 <= status < 300:
            return [*self.settle(client_id, body or {}), *self.next(generation)]
        if status is not None and 400 <= status < 500 and status not in PASSING_STATUSES:
            self.failures = 0
            errors = (body or {}).get("errors", [])
            entry["error"] = {"status": status, "errors": errors}
            return [Store(self.stream), Rejected(self.stream, client_id, status, errors), *self.next(generation)]
        self.failures += 1
        self.is_waiting = True
        low = retry_after or 0.0
        return [Wait("send", self.stream, low, low + backoff(self.failures))]

    def settle(self, client_id: str, message: State) -> list[Effect]:
        """The message is in the room, whether the reply said so or its echo."""
        entry = self._find(client_id)
        if entry is None:
            return []
        self.entries.remove(entry)
        self.failures = 0
        if self.in_flight == client_id:
            self.in_flight = None
        return [Store(self.stream), Acked(self.stream, client_id, message)]

    def discard(self, client_id: str) -> list[Effect]:
        """Drop an entry that failed for good: its author gave it up, or sends it anew with another key."""
        self.entries = [one for one in self.entries if one["client_id"] != client_id or one["error"] is None]
        return [Store(self.stream)]

    def abandon(self) -> list[Effect]:
        """The room is gone: nothing will be sent."""
        lost = [entry["client_id"] for entry in self.entries if entry["error"] is None]
        self.entries, self.in_flight = [], None
        errors: list[State] = [{"code": "removed", "detail": "", "attr": None}]
        return [Rejected(self.stream, client_id, 404, errors) for client_id in lost]

    def _find(self, client_id: str) -> State | None:
        return next((entry for entry in self.entries if entry["client_id"] == client_id), None)
