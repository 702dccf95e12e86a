"""Two people who talk: how long each message takes from one to the other, through the server and its database."""

from __future__ import annotations

import asyncio
import json
import math
import statistics
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from benchmarks.harness.places import Crowd

PATH = "/api/v1/chat/ws/?backlog=0"
# A socket may ask for this much a second.
RATE = 20
# What has not come by then is lost.
LOST_SECONDS = 30


@dataclass
class Pair:
    """The first two of a crowd, in its first room, each with a socket."""

    speaker: ClientConnection
    hearer: ClientConnection
    room_id: str
    sent: dict[str, float] = field(default_factory=dict)
    delays: list[float] = field(default_factory=list)

    async def talk(self, until: Callable[[], bool]) -> dict[str, float]:
        """Send at a steady rate until then; how long the messages took, in milliseconds, and how many never came.

        Messages are sent when it is their time, whether those before have arrived or not: one that would have had to
        wait is not left out.
        """
        self.sent, self.delays = {}, []
        listening = [asyncio.create_task(self._listen()), asyncio.create_task(_read_away(self.speaker))]
        begin, count = time.perf_counter(), 0
        while not until():
            await self._say()
            count += 1
            await asyncio.sleep(max(begin + count / RATE - time.perf_counter(), 0))
        deadline = time.perf_counter() + LOST_SECONDS
        while self.sent and time.perf_counter() < deadline:
            await asyncio.sleep(0.01)
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
        return {"sent": count, "lost": len(self.sent), **percentiles(self.delays)}

    async def _say(self) -> None:
        client_id = str(uuid.uuid4())
        said = {"action": "send_message", "request_id": 1, "room_id": self.room_id, "body": "x" * 220}
        self.sent[client_id] = time.perf_counter()
        await self.speaker.send(json.dumps({**said, "client_id": client_id}))

    async def _listen(self) -> None:
        async for frame in self.hearer:
            now = time.perf_counter()
            for client_id in [one for one in self.sent if one in str(frame)]:
                self.delays.append((now - self.sent.pop(client_id)) * 1000)


def percentiles(delays: list[float]) -> dict[str, float]:
    """The median, the slowest hundredth and the slowest; endless where nothing came."""
    ranked = sorted(delays) or [math.inf]
    return {
        "p50_ms": statistics.median(ranked),
        "p99_ms": ranked[min(int(len(ranked) * 0.99), len(ranked) - 1)],
        "max_ms": ranked[-1],
    }


def with_pair(port: int, crowd: Crowd, work: Callable[[Pair], Awaitable[Any]]) -> Any:
    """What ``work`` returns for two open sockets."""

    async def meet() -> Any:
        async with AsyncExitStack() as stack:
            sockets = [
                await stack.enter_async_context(
                    connect(f"ws://127.0.0.1:{port}{PATH}", origin=f"http://127.0.0.1:{port}", **_signed_in(lines))
                )
                for lines in crowd.headers[:2]
            ]
            for one in sockets:
                while json.loads(await one.recv()).get("type") != "ready":
                    pass
            return await work(Pair(*sockets, str(crowd.room_ids[0])))

    return asyncio.run(meet())


def http_headers(lines: str) -> dict[str, str]:
    """What signs a person of a crowd in, for a request that writes."""
    cookie = _fields(lines)["Cookie"]
    return {"Cookie": cookie, "X-CSRFToken": cookie.rpartition("csrftoken=")[2]}


def _signed_in(lines: str) -> dict[str, Any]:
    fields = _fields(lines)
    return {
        "additional_headers": {"Cookie": fields["Cookie"]},
        "subprotocols": fields["Sec-WebSocket-Protocol"].split(", "),
    }


def _fields(lines: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in lines.split("\r\n"))


async def _read_away(socket: ClientConnection) -> None:
    async for _ in socket:
        pass
