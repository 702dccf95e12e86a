"""Clients of the consumer inside a test, without a server."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager

from channels.layers import channel_layers
from channels.testing import WebsocketCommunicator

from df_chat.asgi.consumers import RoomsConsumer
from df_chat.streams.outbox import get_publisher
from tests.asyncapi.frames import check_frame

SECONDS = 5
CSRF_TOKEN = "x" * 32


def page_of(cookie, origin="http://testserver"):
    """The handshake of one of the site's pages, as arguments of ``WebsocketCommunicator``."""
    cookies = f"{cookie}; csrftoken={CSRF_TOKEN}"
    headers = [(b"cookie", cookies.encode()), (b"origin", origin.encode()), (b"host", b"testserver")]
    return {"headers": headers, "subprotocols": ["df-chat", f"csrf.{CSRF_TOKEN}"]}


class Socket:
    """A client of one user. Each frame it hears is checked against the AsyncAPI document, where that describes it."""

    def __init__(self, communicator, *, is_described=True):
        self.communicator = communicator
        self.is_described = is_described
        self.requests = 0
        self.frames = []

    async def ask(self, action, **data):
        self.requests += 1
        await self.say({"action": action, "request_id": self.requests, **data})
        while True:
            frame = await self.hear()
            if frame.get("request_id") == self.requests:
                return frame

    async def say(self, content):
        await self.communicator.send_to(
            text_data=content if isinstance(content, str) else json.dumps(content, default=str)
        )

    async def hear(self, kind=None):
        while True:
            if not self.frames:
                content = await self.communicator.receive_json_from(SECONDS)
                self.frames = content if isinstance(content, list) else [content]
                if self.is_described:
                    for frame in self.frames:
                        check_frame(frame)
            frame = self.frames.pop(0)
            if kind is None or frame.get("type") == kind:
                return frame

    async def hear_nothing(self):
        return not self.frames and await self.communicator.receive_nothing(0.2)

    async def closed(self, seconds=SECONDS):
        """The code that the socket is closed with; whatever is sent before is skipped."""
        while True:
            message = await self.communicator.receive_output(seconds)
            if message["type"] == "websocket.close":
                return message["code"]


@asynccontextmanager
async def connected(user, consumer=RoomsConsumer, query="backlog=0"):
    channel_layers.backends.clear()  # the in-memory layer outlives a test's event loop
    async with also_connected(user, consumer, query) as socket:
        yield socket


@asynccontextmanager
async def also_connected(user, consumer=RoomsConsumer, query="backlog=0"):
    # What was announced before is no news to this socket.
    await asyncio.to_thread(get_publisher().flush)
    communicator = WebsocketCommunicator(consumer.as_asgi(), f"/api/v1/chat/ws/?{query}")
    communicator.scope["user"] = user
    is_accepted, _ = await communicator.connect(SECONDS)
    assert is_accepted
    try:
        yield Socket(communicator, is_described=consumer is RoomsConsumer)
    finally:
        await communicator.disconnect()
