"""From a committed transaction to whoever listens: never before the commit, never an error to the writer."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Protocol

from django.core.signals import setting_changed
from django.db import transaction

from df_chat.settings import chat_settings
from df_chat.signals import stream_changed
from df_chat.streams.events import LiveFrame, StreamEvent

logger = logging.getLogger(__name__)

_making = threading.Lock()


class Publisher(Protocol):
    """Takes committed events to live clients."""

    def publish(self, event: StreamEvent) -> None:
        """Hand over one event without blocking; a failure is logged, and the stored rows remain the truth."""

    def tell(self, frame: LiveFrame) -> None:
        """Hand over a frame that may be lost, without blocking."""

    def revalidate(self, user_pk: object, *, ended_session: str | None = None) -> None:
        """Have every process look again whether this user's sockets may stay open, without blocking.

        Args:
            ended_session: the key of a session that is ending just now: its sockets may not.
        """


def get_publisher() -> Publisher:
    """The publisher of this process."""
    # The cache alone would let two threads that come first make one each.
    with _making:
        return _make_publisher()


@lru_cache(maxsize=1)
def _make_publisher() -> Publisher:
    publisher: Publisher = chat_settings.PUBLISHER()
    return publisher


def announce(events: Sequence[StreamEvent], *, using: str) -> None:
    """Publish the events, and send ``stream_changed`` for each, once the transaction has committed."""

    # A closure: Django before 6.1 cannot log the failure of a partial.
    def publish() -> None:
        publisher = get_publisher()
        for event in events:
            try:
                publisher.publish(event)
            except Exception:
                logger.exception("Publishing %s version %s failed", event.stream, event.version)
            if stream_changed.receivers:
                stream_changed.send_robust(StreamEvent, event=event)

    transaction.on_commit(publish, using=using, robust=True)


def _forget_publisher(*, setting: str, **kwargs: Any) -> None:
    if setting == "DF_CHAT":
        _make_publisher.cache_clear()


setting_changed.connect(_forget_publisher)
