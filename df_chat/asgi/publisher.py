"""One publisher per process: committed events leave through a thread of their own.

A slow or dead layer can then delay or fail no request, and no event costs a new event loop and connection.
"""

from __future__ import annotations

import asyncio
import logging
import os
import queue
import threading
import time
import weakref
from concurrent.futures import Future
from typing import Any

from channels.layers import InMemoryChannelLayer, get_channel_layer

from df_chat.asgi.groups import group_of
from df_chat.settings import chat_settings
from df_chat.streams import StreamEvent

logger = logging.getLogger(__name__)

SEND_DEADLINE_SECONDS = 0.5
QUEUE_EVENTS = 10_000
# After this many failures in a row the layer is left alone for a while; clients catch up by their cursors.
BREAKER_FAILURES = 3
BREAKER_SECONDS = 5.0

_server_loops: weakref.WeakSet[asyncio.AbstractEventLoop] = weakref.WeakSet()


def register_server_loop() -> None:
    """Note the running loop as one that sockets live on: the in-memory layer can be spoken to only from there."""
    _server_loops.add(asyncio.get_running_loop())


class LayerPublisher:
    """Sends each event to the group of its stream, in order of commit, at most once."""

    def __init__(self) -> None:
        self._start()

    def publish(self, event: StreamEvent) -> None:
        """Queue one event. A full queue drops it: clients find the gap by its version."""
        if not self._has_listeners():
            return
        message = layer_message(event)
        # A forked child inherits the object without its thread.
        if self._pid != os.getpid():
            self._start()
        try:
            self._queue.put_nowait((group_of(event.stream_id), message))
        except queue.Full:
            logger.warning("The publisher's queue is full: %s version %s dropped", event.stream, event.version)

    def flush(self) -> None:
        """Wait until everything queued so far was sent or dropped."""
        self._queue.join()

    def _has_listeners(self) -> bool:
        # The in-memory layer ends at this process: without a socket here, nobody could hear.
        return not isinstance(get_channel_layer(chat_settings.CHANNEL_LAYER), InMemoryChannelLayer) or bool(
            _server_loops
        )

    def _start(self) -> None:
        self._pid = os.getpid()
        self._queue: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue(QUEUE_EVENTS)
        self._failures = 0
        self._open_until = 0.0
        threading.Thread(target=self._run, args=(self._queue,), name="df_chat-publisher", daemon=True).start()

    def _run(self, events: queue.Queue[tuple[str, dict[str, Any]]]) -> None:
        loop = asyncio.new_event_loop()
        threading.Thread(target=loop.run_forever, name="df_chat-publisher-loop", daemon=True).start()
        while True:
            group, message = events.get()
            try:
                self._send(loop, group, message)
            finally:
                events.task_done()

    def _send(self, loop: asyncio.AbstractEventLoop, group: str, message: dict[str, Any]) -> None:
        if time.monotonic() < self._open_until:
            return
        layer = get_channel_layer(chat_settings.CHANNEL_LAYER)
        if layer is None:
            return
        if isinstance(layer, InMemoryChannelLayer):
            listening = _listening_loop()
            if listening is None:
                return
            loop = listening
        future: Future[None] = asyncio.run_coroutine_threadsafe(layer.group_send(group, message), loop)
        try:
            future.result(SEND_DEADLINE_SECONDS)
            self._failures = 0
        except Exception:
            future.cancel()
            self._note_failure()

    def _note_failure(self) -> None:
        self._failures += 1
        logger.warning("The channel layer took no event", exc_info=True)
        if self._failures >= BREAKER_FAILURES:
            self._open_until = time.monotonic() + BREAKER_SECONDS


def layer_message(event: StreamEvent) -> dict[str, Any]:
    """The event as it travels: its frame encoded once, and beside it what a consumer decides by without decoding."""
    messages = event.parts.get("messages", ())
    return {
        "type": "chat.event",
        "stream": event.stream,
        "stream_id": str(event.stream_id),
        "epoch": event.epoch,
        "version": event.version,
        "acl": event.acl,
        "parts": list(event.parts),
        "min_seq": min((message["seq"] for message in messages), default=None),
        "text": event.encode(chat_settings.EVENT_MAX_BYTES),
    }


def _listening_loop() -> asyncio.AbstractEventLoop | None:
    return next((loop for loop in _server_loops if loop.is_running()), None)
