"""Frames of every shape: each is answered, none ends the socket, and a server survives what is no WebSocket at all."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import struct

import pytest
import websockets
from asgiref.sync import sync_to_async
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from df_chat.asgi import base as consumer_base
from df_chat.asgi.consumers import RoomsConsumer
from df_chat.asgi.protocol import Command, FrameError, parse_frame
from tests.asgi.sockets import connected
from tests.asgi.test_live import connect, cookie_of, hear
from tests.live import serving

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("async_orm")]

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "200"))
ACTIONS = sorted(RoomsConsumer.available_actions)
FIELDS = ["room_id", "message_id", "body", "client_id", "up_to", "streams", "emoji", "self", "data", "scope", "action"]

leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
values = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)
commands = st.fixed_dictionaries(
    {"action": st.sampled_from(ACTIONS) | values},
    optional={"request_id": values, **{field: values for field in FIELDS if field != "action"}},
)
frames = st.one_of(
    commands.map(json.dumps), values.map(json.dumps), st.text(), st.from_regex(r"[\[{\"0-9,:}\]]{1,40}")
).filter(bool)


@settings(max_examples=EXAMPLES * 2, deadline=None, derandomize=True)
@given(st.one_of(frames, st.text().map(lambda text: text + "\ud800"), st.none()))
def test_every_text_is_a_command_or_is_refused(text):
    with contextlib.suppress(FrameError):
        command = parse_frame(text, max_bytes=65_536)
        assert isinstance(command, Command)
        assert isinstance(command.action, str)


@pytest.mark.parametrize(
    "text",
    ["[" * 60_000, '{"a":' * 10_000, "9" * 60_000, '{"action":"sync","request_id":' + "9" * 5_000 + "}", "\\", "\x00"],
    ids=["lists", "objects", "digits", "long id", "backslash", "nul"],
)
def test_texts_that_break_parsers_are_refused(text):
    with pytest.raises(FrameError):
        parse_frame(text, max_bytes=65_536)


async def test_every_frame_is_answered_and_none_ends_the_socket(people, room, monkeypatch, caplog):
    monkeypatch.setattr(consumer_base, "MAX_VIOLATIONS", 10**9)
    texts = []

    @settings(
        max_examples=EXAMPLES, database=None, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(frames)
    def collect(text):
        texts.append(text)

    collect()
    async with connected(people.ben) as ben:
        await ben.hear("ready")
        for text in texts:
            await ben.say(text)
            answer = await ben.hear()
            while "response_status" not in answer:
                answer = await ben.hear()
            assert answer["response_status"] < 500, text
        assert (await ben.ask("sync"))["response_status"] == 200
    assert "Traceback" not in caplog.text


# -- What is no WebSocket ----------------------------------------------------------------------------------------
def frame(opcode, payload=b"", *, fin=True, rsv=0, masked=True):
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    length = (
        struct.pack("!B", (0x80 if masked else 0) | len(payload))
        if len(payload) < 126
        else b"\xff" + struct.pack("!Q", len(payload))
    )
    return bytes([first]) + length + (b"\x00" * 4 if masked else b"") + payload


HOSTILE = {
    "unknown opcode": frame(0x3, b"x"),
    "reserved bits": frame(0x1, b"x", rsv=7),
    "continuation of nothing": frame(0x0, b"x"),
    "unmasked": frame(0x1, b"{}", masked=False),
    "not utf-8": frame(0x1, b"\xff\xfe"),
    "large ping": frame(0x9, b"x" * 200),
    "fragmented ping": frame(0x9, b"x", fin=False),
    "close with one byte": frame(0x8, b"\x03"),
    "close with a bad code": frame(0x8, struct.pack("!H", 1005)),
    "a length and nothing": b"\x81\xff" + struct.pack("!Q", 2**62),
    "a beginning and silence": frame(0x1, b'{"action":', fin=False),
    "noise": bytes(range(256)),
    "too large": frame(0x1, b'"' + b"x" * 100_000 + b'"'),
}


async def open_raw(base, cookie):
    host, port = base.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    lines = [
        "GET /api/v1/chat/ws/ HTTP/1.1",
        f"Host: {host}:{port}",
        f"Origin: {base}",
        f"Cookie: {cookie}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def test_a_server_survives_what_is_no_websocket(people, room):
    with serving() as base:
        ada, ben = [await sync_to_async(cookie_of)(user) for user in (people.ada, people.ben)]
        async with connect(base, ben) as witness:
            await hear(witness, "ready")
            writers = []
            for hostile in HOSTILE.values():
                _, writer = await open_raw(base, ada)
                writer.write(hostile)
                await writer.drain()
                writers.append(writer)
            async with connect(base, ada) as sender:
                await hear(sender, "ready")
                command = {"action": "send_message", "room_id": str(room.pk), "body": "still here", "request_id": 1}
                await sender.send(json.dumps(command))
                while not (heard := await hear(witness, "changes")).get("messages"):
                    pass
                assert heard["messages"][0]["body"] == "still here"
            for writer in writers:
                writer.transport.abort()
            with pytest.raises(websockets.ConnectionClosed) as closed:
                async with connect(base, ada) as sender:
                    await hear(sender, "ready")
                    for _ in range(6):
                        await sender.send(b"\x00")
                        await sender.recv()
            assert closed.value.rcvd.code == 4400
