"""What one socket is sent: at once while it reads, from a bounded queue while it does not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable, Iterator
from typing import Any, Protocol, cast

from channels.sessions import InstanceSessionWrapper

from df_chat import metrics

logger = logging.getLogger(__name__)

MAX_QUEUED_FRAMES = 256
MAX_QUEUED_CHARS = 1024 * 1024
# A socket that takes nothing for so long is closed, and has this long to take the farewell.
STALLED_SECONDS = 30.0
FAREWELL_SECONDS = 5.0
CLOSE_SLOW = 4008
# Characters an array of frames has at most before another array is begun.
MAX_ARRAY_CHARS = 65_536

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Lagging(Protocol):
    """A stream some of whose events were not sent: it can say so in one frame."""

    def poke(self) -> str: ...


class SocketWriter:
    """Sends frames in order. It never waits for its socket, and holds little for one that is slow.

    A server that is not under back-pressure finishes a send without suspending, so a send is first tried on the spot,
    with no task and no queue. When it suspends, a task drains what comes meanwhile. A queue that grows too long is
    replaced by a poke for each stream in it; a socket that takes nothing for 30 seconds is closed with 4008.

    Args:
        send: the socket's ASGI send.
        on_end: called once, when the socket can be sent no more.
    """

    __slots__ = ("_chars", "_lagging", "_on_end", "_queue", "_send", "_stall", "_task", "is_ended")

    def __init__(self, send: Send, on_end: Callable[[], None]) -> None:
        self._send = unwrapped(send)
        self._on_end = on_end
        # Plain and empty for the many sockets that read: each costs its process memory.
        self._queue: list[tuple[str, Lagging | None]] = []
        self._chars = 0
        self._lagging: set[Lagging] | None = None
        self._task: asyncio.Task[None] | None = None
        self._stall: asyncio.TimerHandle | None = None
        self.is_ended = False

    # -- Sending -----------------------------------------------------------------------------------------------
    def put(self, text: str, stream: Lagging | None = None) -> None:
        """Send a frame, now or when its turn comes.

        Args:
            stream: what the frame is an event of. Only frames with one may be replaced by a poke.
        """
        if self._task is None:
            self._attempt({"type": "websocket.send", "text": text})
        elif not self.is_ended:
            self._enqueue(text, stream)

    def put_live(self, text: str) -> None:
        """Send a frame that is worth nothing later: not at all, if it cannot be sent now."""
        if self._task is None:
            self._attempt({"type": "websocket.send", "text": text})

    async def send(self, message: dict[str, Any]) -> None:
        """Send any ASGI message in its turn, and wait until it was taken: who asks much reads first."""
        while self._task is not None and not self.is_ended:
            await asyncio.wait([self._task])
        if not self.is_ended:
            self._attempt(message)
            if self._task is not None:
                await asyncio.wait([self._task])

    def _attempt(self, message: dict[str, Any]) -> None:
        if self.is_ended:
            return
        sending: Any = self._send(message)
        try:
            waiting_for = sending.send(None)
        except StopIteration:
            return
        except Exception:
            # Closed; or a server that sends from tasks only, and gets one.
            self._drain_from(self._send(message))
        else:
            self._drain_from(_Begun(sending, waiting_for))

    def _drain_from(self, first: Awaitable[None]) -> None:
        self._start_stall()
        self._task = asyncio.get_running_loop().create_task(self._drain(first))

    async def _drain(self, first: Awaitable[None]) -> None:
        try:
            await first
            while self._queue or self._lagging:
                for text in self._take():
                    self._start_stall()
                    await self._send({"type": "websocket.send", "text": text})
        except Exception as error:
            logger.debug("A socket takes no more: %r", error)
            self.end()
        finally:
            if self._stall is not None:
                self._stall.cancel()
            if self._task is asyncio.current_task():
                self._task = self._stall = None

    def _start_stall(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
        self._stall = asyncio.get_running_loop().call_later(STALLED_SECONDS, self._close_slow)

    # -- The queue ---------------------------------------------------------------------------------------------
    def _enqueue(self, text: str, stream: Lagging | None) -> None:
        if self._lagging is not None and stream in self._lagging:
            return
        self._queue.append((text, stream))
        self._chars += len(text)
        if len(self._queue) > MAX_QUEUED_FRAMES or self._chars > MAX_QUEUED_CHARS:
            self._degrade()

    def _degrade(self) -> None:
        """Keep, of all the events that wait, only which streams they were of."""
        metrics.count("outbox_overflows")
        self._lagging = {*(self._lagging or ()), *(stream for _, stream in self._queue if stream is not None)}
        self._queue = [entry for entry in self._queue if entry[1] is None]
        self._chars = sum(len(text) for text, _ in self._queue)
        if self._chars > MAX_QUEUED_CHARS:
            self._close_slow()

    def _take(self) -> Iterable[str]:
        texts = [text for text, _ in self._queue] + [stream.poke() for stream in self._lagging or ()]
        self._forget_queue()
        return arrays(texts)

    def _forget_queue(self) -> None:
        self._queue, self._lagging, self._chars = [], None, 0

    # -- Ending ------------------------------------------------------------------------------------------------
    def close(self, code: int) -> None:
        """Close the socket whatever still waits, by force if it does not listen."""
        if not self.is_ended:
            self._stop()
            if self._task is not None:
                self._task.cancel()
            self._task = asyncio.get_running_loop().create_task(self._say_farewell(code))

    def end(self) -> None:
        """Send nothing more."""
        if not self.is_ended:
            self._stop()
            self._on_end()

    def _stop(self) -> None:
        self.is_ended = True
        self._forget_queue()

    def _close_slow(self) -> None:
        if not self.is_ended:
            metrics.count("slow_closes")
            self.close(CLOSE_SLOW)

    async def _say_farewell(self, code: int) -> None:
        try:
            async with asyncio.timeout(FAREWELL_SECONDS):
                await self._send({"type": "websocket.close", "code": code})
        except Exception as error:
            logger.debug("A socket took no farewell: %r", error)
            # A server waits for its buffer before it closes, for ever if nobody reads.
            transport = getattr(getattr(self._send, "__self__", None), "transport", None)
            if transport is not None:
                transport.abort()
        self._on_end()


def broadcast(writers: Iterable[SocketWriter], text: str, stream: Lagging) -> None:
    """As ``put`` to each of many sockets, at the least cost for those that read.

    One coroutine goes from socket to socket; where a send suspends it stays with that socket, and another goes on.
    """
    message = {"type": "websocket.send", "text": text}
    rest = iter(writers)
    at: list[SocketWriter | None] = [None]
    while True:
        sending = _send_to_each(rest, message, stream, at)
        try:
            waiting_for = sending.send(None)
        except StopIteration:
            return
        stuck, at[0] = at[0], None
        if stuck is not None:
            stuck._drain_from(_Begun(sending, waiting_for))


async def _send_to_each(
    writers: Iterator[SocketWriter], message: dict[str, Any], stream: Lagging, at: list[SocketWriter | None]
) -> None:
    for writer in writers:
        if writer._task is not None or writer.is_ended:
            writer.put(message["text"], stream)
            continue
        at[0] = writer
        try:
            await writer._send(message)
        except Exception:
            if at[0] is not writer:
                raise
            writer._drain_from(writer._send(message))
        if at[0] is not writer:
            return


class _Begun:
    """The rest of a coroutine that has been run up to its first suspension."""

    __slots__ = ("_sending", "_waiting_for")

    def __init__(self, sending: Coroutine[Any, Any, None], waiting_for: Any) -> None:
        self._sending = sending
        self._waiting_for = waiting_for

    def __await__(self) -> Generator[Any, Any, None]:
        while True:
            thrown: BaseException | None = None
            value = None
            try:
                value = yield self._waiting_for
            except BaseException as error:
                thrown = error
            try:
                self._waiting_for = self._sending.send(value) if thrown is None else self._sending.throw(thrown)
            except StopIteration:
                return


def arrays(texts: list[str]) -> list[str]:
    """Frames packed into as few as their size allows: one alone as it is, several as a JSON array."""
    packed: list[list[str]] = []
    room = 0
    for text in texts:
        if not packed or len(text) > room:
            packed.append([])
            room = MAX_ARRAY_CHARS
        packed[-1].append(text)
        room -= len(text) + 1
    return [group[0] if len(group) == 1 else f"[{','.join(group)}]" for group in packed]


def unwrapped(send: Send) -> Send:
    """The server's own send: the session's wrapper looks at the session for each frame, and does nothing with it."""
    wrapper = getattr(send, "__self__", None)
    if isinstance(wrapper, InstanceSessionWrapper):
        return unwrapped(cast(Send, wrapper.real_send))
    return send
