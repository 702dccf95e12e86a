"""Switches that make the chat wrong, to show that a run notices: workers patch themselves, clients get a hook."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

WINDOW_SECONDS = 0.1


def publish_early() -> None:
    """Tell clients before the commit: what is rolled back after that, was never there."""
    from df_chat.streams import outbox, transaction

    def announce(events: Any, *, using: str) -> None:
        for event in events:
            outbox.get_publisher().publish(event)
        time.sleep(WINDOW_SECONDS)

    transaction.announce = announce  # type: ignore[assignment]


def no_idempotency() -> None:
    """Forget the sender's keys: a send that is repeated is made again."""
    from df_chat import actions

    send = actions.send_message
    actions.send_message = lambda **fields: send(**{**fields, "client_id": None})  # type: ignore[assignment]


def ack_before_commit() -> None:
    """Answer some sends that are then rolled back."""
    from django.db import transaction

    from df_chat import actions

    send = actions.send_message

    def sometimes_lose(**fields: Any) -> Any:
        with transaction.atomic():
            result = send(**fields)
            transaction.set_rollback(random.random() < 0.05)
        return result

    actions.send_message = sometimes_lose  # type: ignore[assignment]


def rows_before_version() -> None:
    """Read the changes first, and where the stream stands after that: what commits in between is skipped."""
    from dataclasses import replace

    from df_chat.sync import changes

    page = changes._page

    def stale_page(here: Any, rows: Any, cursor: Any, limit: Any) -> Any:
        answer = page(here, rows, cursor, limit)
        time.sleep(WINDOW_SECONDS)
        if not answer["more"] and here.name.startswith("room:"):
            now = replace(here, version=changes.read_stream(here.stream_id).version)
            answer.update(version=now.version, next=now.version)
        return answer

    changes._page = stale_page


def no_sweep() -> None:
    """Never look for events that the layer lost."""
    from df_chat.hub.sweep import Sweep

    async def nothing(self: Sweep) -> None: ...

    Sweep.compare = nothing  # type: ignore[method-assign]


def no_gate() -> None:
    """Pass every event on to whoever was a member once."""
    from df_chat.hub.feed import Feed
    from df_chat.hub.hub import Hub

    Feed.deliver = lambda self, events: self._send(list(events))  # type: ignore[method-assign]
    Hub._moves_rooms = lambda self, feed, event: False  # type: ignore[method-assign]


SERVER: dict[str, Callable[[], None]] = {
    "publish_early": publish_early,
    "no_idempotency": no_idempotency,
    "ack_before_commit": ack_before_commit,
    "rows_before_version": rows_before_version,
    "no_sweep": no_sweep,
    "no_gate": no_gate,
}


def _forget_gaps(frame: dict[str, Any]) -> None:
    if frame.get("type") == "changes":
        frame["prev"] = 0


# Hooks on the frames of clients. How acks are dropped is in ``Member``.
CLIENT: dict[str, Callable[[dict[str, Any]], None] | None] = {"no_gap_check": _forget_gaps, "drop_acks": None}
