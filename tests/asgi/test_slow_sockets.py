"""Clients that stop reading: they cost little, are closed, and the others notice nothing."""

from __future__ import annotations

import asyncio
import json
import socket

import pytest
from asgiref.sync import sync_to_async
from websockets.asyncio.client import connect as open_socket
from websockets.exceptions import ConnectionClosed

from df_chat import actions
from tests.asgi.sockets import CSRF_TOKEN
from tests.asgi.test_live import connect, cookie_of, hear
from tests.live import serving

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("async_orm")]

STALLED, FAST = 3, 8
# Before the sockets open, and while some of them do not read.
EARLIER, MESSAGES = 200, 50
BODY = "x" * 9_000


async def open_stalled(base, cookie):
    """A client that reads its first frame, and then nothing, with the least of buffers."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    host, port = base.removeprefix("http://").split(":")
    raw.connect((host, int(port)))
    raw.setblocking(False)
    headers = {"Cookie": f"{cookie}; csrftoken={CSRF_TOKEN}"}
    client = await open_socket(
        base.replace("http", "ws") + "/api/v1/chat/ws/",
        sock=raw,
        origin=base,
        additional_headers=headers,
        subprotocols=["df-chat", f"csrf.{CSRF_TOKEN}"],
        max_size=None,
        ping_interval=None,
        compression=None,
    )
    await hear(client, "ready")
    return client


async def ask_for_much(client, room):
    """Far more than what the kernel and the server buffer for a socket, none of it read."""
    client.transport.pause_reading()
    streams = {f"room:{room.pk}": {"gen": "1.1", "version": 0}}
    for number in range(10):
        await client.send(json.dumps({"action": "sync", "request_id": number, "streams": streams}))


async def read_all(client, last):
    """The versions that a client heard, until it is up to date."""
    heard = []
    while not heard or heard[-1] < last:
        content = json.loads(await asyncio.wait_for(client.recv(), 60))
        for frame in content if isinstance(content, list) else [content]:
            if frame.get("type") == "changes" and frame.get("messages"):
                heard += [message["version"] for message in frame["messages"]]
    return heard


async def test_others_lose_nothing_and_stalled_sockets_are_closed(people, room):
    def fill():
        for _ in range(EARLIER):
            actions.send_message(actor=people.ada, room_id=room.pk, body=BODY)

    await sync_to_async(fill)()
    ben, ada = [await sync_to_async(cookie_of)(user) for user in (people.ben, people.ada)]
    with serving(TEST_STALLED_SECONDS="3") as base:
        stalled = [await open_stalled(base, ben) for _ in range(STALLED)]
        fast = [await connect(base, ben) for _ in range(FAST)]
        async with connect(base, ada) as sender:
            for client in (*fast, sender):
                await hear(client, "ready")
            for client in stalled:
                await ask_for_much(client, room)
            first, last = 4 + EARLIER, 3 + EARLIER + MESSAGES
            readers = [asyncio.create_task(read_all(client, last)) for client in (*fast, sender)]
            for number in range(MESSAGES):
                command = {"action": "send_message", "request_id": number, "room_id": str(room.pk), "body": BODY}
                await sender.send(json.dumps(command))
            for heard in await asyncio.gather(*readers):
                assert heard == list(range(first, last + 1))
        await asyncio.sleep(3 + 5 + 1)  # as long as it may stall, and to say farewell
        for client in stalled:
            # What was on its way may still be read; then the socket ends.
            client.transport.resume_reading()
            with pytest.raises(ConnectionClosed):
                while True:
                    await asyncio.wait_for(client.recv(), 10)
        for client in fast:
            assert (await client.ping()) is not None
            await client.close()
