"""One publisher per process: committed events leave through a thread of their own.

A slow or dead layer can then delay or fail no request, and no event costs a new event loop and connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import queue
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from typing import Any, NamedTuple

from asgiref.sync import SyncToAsync
from channels.layers import InMemoryChannelLayer, get_channel_layer

from df_chat import metrics
from df_chat.hub.hub import Hub
from df_chat.hub.layer import (
    PROCESSES_GROUP,
    LayerEvent,
    events_message,
    group_of,
    live_message,
    revalidate_message,
)
from df_chat.hub.throttle import LatestOfASecond
from df_chat.ids import user_stream_id
from df_chat.settings import chat_settings
from df_chat.streams import LiveFrame, StreamEvent
from df_chat.streams.events import to_json

logger = logging.getLogger(__name__)

SEND_DEADLINE_SECONDS = 0.5
QUEUE_EVENTS = 10_000
# Events of one stream that travel as one message, at most.
MAX_TOGETHER = 64
MAX_TOGETHER_CHARS = 131_072
# After this many failures in a row the layer is left alone for a while; clients catch up by their cursors.
BREAKER_FAILURES = 3
BREAKER_SECONDS = 5.0

Payload = LayerEvent | dict[str, Any]


class Item(NamedTuple):
    """What one group is to hear. Of items with one ``key``, only the newest within a second."""

    group: str
    payload: Payload
    key: str | None = None


class LayerPublisher:
    """Sends each event to the group of its stream, in order of commit, at most once.

    What has gathered while the last messages were sent goes out together: one message per stream.
    """

    def __init__(self) -> None:
        self._server_loop: asyncio.AbstractEventLoop | None = None
        self._start()

    def publish(self, event: StreamEvent) -> None:
        """Queue one event. A full queue drops it: clients find the gap by its version."""
        if self._has_listeners():
            made = LayerEvent.of(event, max_bytes=chat_settings.EVENT_MAX_BYTES)
            self._put(Item(group_of(event.stream_id), made))

    def tell(self, frame: LiveFrame) -> None:
        """Queue a frame that may be lost; of several with one key in a second, the last is told."""
        if self._has_listeners():
            group = group_of(frame.stream_ids[0]) if len(frame.stream_ids) == 1 else PROCESSES_GROUP
            self._put(Item(group, live_message(frame, to_json(frame.frame)), frame.key))

    def revalidate(self, user_pk: object, *, ended_session: str | None = None) -> None:
        """Queue a request to every process to look whether this user's sockets may stay open."""
        if self._has_listeners():
            self._put(Item(group_of(user_stream_id(user_pk)), revalidate_message(user_pk, ended_session)))

    def flush(self) -> None:
        """Wait until everything queued so far was sent or dropped."""
        self._queue.join()

    def _has_listeners(self) -> bool:
        # The in-memory layer ends at this process: without a socket here, nobody could hear.
        layer = get_channel_layer(chat_settings.CHANNEL_LAYER)
        return layer is not None and (not isinstance(layer, InMemoryChannelLayer) or bool(Hub.running_loops()))

    def _put(self, item: Item) -> None:
        self._server_loop = _calling_loop() or self._server_loop
        # A forked child inherits the object without its thread.
        if self._pid != os.getpid():
            self._start()
        try:
            self._queue.put_nowait(item)
        except queue.Full:
            metrics.count("publish_dropped")

    # -- The thread ------------------------------------------------------------------------------------------
    def _start(self) -> None:
        self._pid = os.getpid()
        self._queue: queue.Queue[Item] = queue.Queue(QUEUE_EVENTS)
        self._failures = 0
        self._open_until = 0.0
        threading.Thread(target=self._run, name="df_chat-publisher", daemon=True).start()

    def _run(self) -> None:
        own_loop, items = asyncio.new_event_loop(), self._queue
        throttle: LatestOfASecond[Item] = LatestOfASecond()
        while True:
            taken = _take_all(items, throttle.seconds_to_next(time.monotonic()))
            try:
                now = time.monotonic()
                admitted = [item for item in taken if item.key is None or throttle.admits(item.key, item, now)]
                layer = get_channel_layer(chat_settings.CHANNEL_LAYER)
                if layer is not None:
                    self._send_all(own_loop, layer, list(together([*admitted, *throttle.due(now)])))
            except Exception:
                logger.exception("Events could not be published")
            finally:
                for _ in taken:
                    items.task_done()

    def _send_all(self, own_loop: asyncio.AbstractEventLoop, layer: Any, messages: list[tuple[str, Any]]) -> None:
        server_loop = None if _has_connections_per_loop(layer) else self._find_server_loop()
        if server_loop is None:
            own_loop.run_until_complete(self._send_each(layer, messages))
        else:
            sending = asyncio.run_coroutine_threadsafe(self._send_each(layer, messages), server_loop)
            try:
                sending.result(SEND_DEADLINE_SECONDS * (len(messages) + 1))
            except (CancelledError, TimeoutError):
                # The loop ended, and its sockets with it.
                sending.cancel()

    def _find_server_loop(self) -> asyncio.AbstractEventLoop | None:
        """The loop that this process's sockets live on, or would."""
        loops = Hub.running_loops()
        if not loops and self._server_loop is not None and self._server_loop.is_running():
            loops = [self._server_loop]
        return loops[0] if loops else None

    async def _send_each(self, layer: Any, messages: list[tuple[str, Any]]) -> None:
        for group, message in messages:
            count = len(message.get("events", ()))
            if time.monotonic() < self._open_until:
                metrics.count("publish_dropped", count)
                continue
            try:
                async with asyncio.timeout(SEND_DEADLINE_SECONDS):
                    await layer.group_send(group, message)
            except Exception as error:
                self._note_failure(error, count)
            else:
                self._failures = 0
                metrics.count("events_published", count)

    def _note_failure(self, error: Exception, count: int) -> None:
        self._failures += 1
        metrics.count("publish_failures", count)
        logger.warning("The channel layer took no event: %r", error)
        if self._failures >= BREAKER_FAILURES:
            self._open_until = time.monotonic() + BREAKER_SECONDS


def _has_connections_per_loop(layer: Any) -> bool:
    """Whether any loop may speak to the layer; others work on one loop of a process only."""
    return type(layer).__module__.startswith("channels_redis.")


def _calling_loop() -> asyncio.AbstractEventLoop | None:
    """The loop of the server that runs the calling view, if it is one of ASGI."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        loop: asyncio.AbstractEventLoop | None = getattr(SyncToAsync.threadlocal, "main_event_loop", None)
        return loop


def _take_all(items: queue.Queue[Item], seconds: float | None) -> list[Item]:
    """Whatever waits, once anything does or the time is over."""
    taken: list[Item] = []
    with contextlib.suppress(queue.Empty):
        taken.append(items.get(timeout=seconds))
        while len(taken) < QUEUE_EVENTS:
            taken.append(items.get_nowait())
    return taken


def together(items: list[Item]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Messages for the layer, in order: events of one stream packed, everything else as it is."""
    packs: dict[str, list[LayerEvent]] = {}
    chars: dict[str, int] = {}
    for group, payload, _ in items:
        if not isinstance(payload, LayerEvent):
            yield group, payload
            continue
        pack = packs.setdefault(group, [])
        if pack and (len(pack) == MAX_TOGETHER or chars[group] + len(payload.text) > MAX_TOGETHER_CHARS):
            yield group, events_message(group, pack)
            pack = packs[group] = []
        chars[group] = (chars[group] if pack else 0) + len(payload.text)
        pack.append(payload)
    for group, pack in packs.items():
        yield group, events_message(group, pack)
