"""A TCP proxy that misbehaves on demand: cut, reset, half-open, delayed and trickling connections."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

T = TypeVar("T")
Address = tuple[str, int]

CHUNK_BYTES = 65_536
CONNECT_SECONDS = 5.0
# Linger for no time: the kernel then answers with RST instead of FIN.
_NO_LINGER = struct.pack("ii", 1, 0)


class LoopThread:
    """An event loop on a thread of its own: busy clients must not slow what passes through the proxies."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxies", daemon=True)
        self._thread.start()

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine there, and wait for it here."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class Link:
    """One connection of a client and the one made for it to the server behind."""

    def __init__(self, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self.client, self.server = client, server
        self.flows = asyncio.Event()
        self.flows.set()
        self.delay_seconds = 0.0
        self.trickles = False

    def close(self, *, reset: bool = False) -> None:
        """End both halves, in good order or with RST."""
        self.flows.set()
        for writer in (self.client, self.server):
            if reset:
                with contextlib.suppress(OSError):
                    peer = writer.get_extra_info("socket")
                    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
                writer.transport.abort()
            else:
                writer.close()


class FaultProxy:
    """Stands on a free port in front of ``upstreams``, of which each connection gets one at random.

    It lives on the loop that it was started on; faults may be asked for from anywhere.

    Args:
        upstreams: where to connect to, asked anew for each connection; those that refuse are passed over.
        rng: decides who is hit.
    """

    def __init__(self, upstreams: Callable[[], Sequence[Address]], rng: random.Random) -> None:
        self._upstreams = upstreams
        self._rng = rng
        self._server: asyncio.Server | None = None
        self.links: set[Link] = set()
        self._serving: set[asyncio.Task[None]] = set()
        self.counts: Counter[str] = Counter()
        # Shares of new connections that are slow, and how slow.
        self.delayed_share = self.trickling_share = 0.0
        self.max_delay_seconds = 0.5

    async def start(self) -> int:
        """Listen; the port."""
        self._loop = asyncio.get_running_loop()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, backlog=1024)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for link in list(self.links):
            link.close(reset=True)
        if self._serving:
            await asyncio.wait(self._serving, timeout=2)

    # -- Faults --------------------------------------------------------------------------------------------------
    def pick(self, share: float) -> list[Link]:
        """Each connection with this chance."""
        return [link for link in self.links if self._rng.random() < share]

    def cut(self, share: float) -> None:
        """Close some connections, half of them with RST."""
        self._loop.call_soon_threadsafe(self._cut, share)

    def hang(self, share: float, *, max_seconds: float) -> None:
        """Let some connections stand open and carry nothing; they go on after a while, or end."""
        self._loop.call_soon_threadsafe(self._hang, share, max_seconds)

    def calm(self) -> None:
        """No faults from here on: what hangs is cut, what is slow is fast."""
        self._loop.call_soon_threadsafe(self._calm)

    def _cut(self, share: float) -> None:
        for link in self.pick(share):
            reset = self._rng.random() < 0.5
            self.counts["resets" if reset else "cuts"] += 1
            link.close(reset=reset)

    def _hang(self, share: float, max_seconds: float) -> None:
        for link in self.pick(share):
            if link.flows.is_set():
                self.counts["hangs"] += 1
                link.flows.clear()
                end = link.flows.set if self._rng.random() < 0.5 else lambda link=link: link.close(reset=True)
                self._loop.call_later(self._rng.uniform(0.5, max_seconds), end)

    def _calm(self) -> None:
        self.delayed_share = self.trickling_share = 0.0
        for link in list(self.links):
            link.delay_seconds, link.trickles = 0.0, False
            if not link.flows.is_set():
                link.close(reset=True)

    # -- Forwarding ----------------------------------------------------------------------------------------------
    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened = await self._connect()
        if opened is None:
            self.counts["refused"] += 1
            writer.transport.abort()
            return
        server_reader, server_writer = opened
        link = Link(writer, server_writer)
        self._slow_down(link)
        self.links.add(link)
        self.counts["connections"] += 1
        pumps = [
            asyncio.create_task(self._pump(link, reader, server_writer)),
            asyncio.create_task(self._pump(link, server_reader, writer)),
        ]
        try:
            await asyncio.wait(pumps)
        finally:
            for pump in pumps:
                pump.cancel()
            self.links.discard(link)
            link.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        upstreams = list(self._upstreams())
        self._rng.shuffle(upstreams)
        for host, port in upstreams:
            with contextlib.suppress(OSError, TimeoutError):
                return await asyncio.wait_for(asyncio.open_connection(host, port), CONNECT_SECONDS)
        return None

    def _slow_down(self, link: Link) -> None:
        if self._rng.random() < self.delayed_share:
            self.counts["delayed"] += 1
            link.delay_seconds = self.max_delay_seconds
        if self._rng.random() < self.trickling_share:
            self.counts["trickling"] += 1
            link.trickles = True

    async def _pump(self, link: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK_BYTES):
                if link.delay_seconds:
                    await asyncio.sleep(self._rng.uniform(0, link.delay_seconds))
                await link.flows.wait()
                await (self._trickle(link, writer, data) if link.trickles else self._write(writer, data))
            await link.flows.wait()
        writer.close()

    async def _write(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        writer.write(data)
        await writer.drain()

    async def _trickle(self, link: Link, writer: asyncio.StreamWriter, data: bytes) -> None:
        """In pieces that break frames and packets anywhere."""
        while data and link.trickles:
            size = self._rng.randint(1, max(1, len(data) // 8))
            await self._write(writer, data[:size])
            data = data[size:]
            await asyncio.sleep(0.005)
        await self._write(writer, data)
