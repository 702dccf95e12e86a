from __future__ import annotations

import asyncio
import secrets
from contextlib import asynccontextmanager

import pytest
from channels.layers import channel_layers
from channels.testing import WebsocketCommunicator

from df_chat.asgi.urls import build_application
from df_chat.streams.outbox import get_publisher
from tests.asgi.sockets import SECONDS, Socket
from tests.authentication import keys


@pytest.fixture
def key(settings, people):
    """A key of Ben's, for a host that takes keys and sessions."""
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_AUTHENTICATION_CLASSES": keys.CLASSES}
    made = secrets.token_hex(16)
    keys.table[made] = (people.ben, None)
    yield made
    keys.table.clear()


def knock(query="", *, headers=None, subprotocols=None, **more):
    """A handshake that is yet to be sent."""
    pairs = [(b"host", b"testserver"), *(headers or [])]
    communicator = WebsocketCommunicator(build_application(), f"/api/v1/chat/ws/?backlog=0{query}", pairs, subprotocols)
    communicator.scope.update(more)
    return communicator


@asynccontextmanager
async def opened(query="", **options):
    """A socket that was accepted; ``.chosen`` is its subprotocol."""
    channel_layers.backends.clear()
    await asyncio.to_thread(get_publisher().flush)
    communicator = knock(query, **options)
    is_accepted, chosen = await communicator.connect(SECONDS)
    assert is_accepted, chosen
    socket = Socket(communicator)
    socket.chosen = chosen
    try:
        yield socket
    finally:
        await communicator.disconnect()


async def refused(query="", **options):
    """The code that a handshake is refused with."""
    is_accepted, code = await knock(query, **options).connect(SECONDS)
    assert not is_accepted
    return code


def shown(scheme, value):
    return [(b"authorization", f"{scheme} {value}".encode())]


def origin(address):
    return [(b"origin", address.encode())]
