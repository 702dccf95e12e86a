"""What one socket is sent: at once while it reads, little while it does not, and in order."""

from __future__ import annotations

import asyncio
import json

import pytest
from channels.sessions import InstanceSessionWrapper

from df_chat.hub import writer as writer_module
from df_chat.hub.writer import MAX_QUEUED_FRAMES, SocketWriter, arrays, broadcast, unwrapped


class Transport:
    is_aborted = False

    def abort(self):
        self.is_aborted = True


class Server:
    """An ASGI send that finishes at once while the client reads, and waits while it does not."""

    def __init__(self):
        self.sent = []
        self.transport = Transport()
        self.reads = asyncio.Event()
        self.reads.set()

    async def send(self, message):
        await self.reads.wait()
        self.sent.append(message)

    @property
    def texts(self):
        return [message["text"] for message in self.sent if message["type"] == "websocket.send"]


class Stream:
    def __init__(self, name):
        self.name = name

    def poke(self):
        return json.dumps({"poke": self.name})


@pytest.fixture
async def server():
    return Server()


@pytest.fixture
async def ended():
    return []


@pytest.fixture
async def writer(server, ended):
    return SocketWriter(server.send, lambda: ended.append(True))


async def turns(count=10):
    for _ in range(count):
        await asyncio.sleep(0)


async def test_a_reading_socket_is_sent_to_at_once(server, writer):
    writer.put('{"n":1}')
    writer.put_live('{"n":2}')
    assert server.texts == ['{"n":1}', '{"n":2}']


async def test_what_waits_goes_out_in_order_as_one_array(server, writer):
    server.reads.clear()
    for number in range(5):
        writer.put(str(number))
    await turns()
    assert server.sent == []
    server.reads.set()
    await turns()
    assert server.texts == ["0", "[1,2,3,4]"]
    writer.put("5")
    assert server.texts[-1] == "5"


async def test_live_frames_are_not_kept_for_a_slow_socket(server, writer):
    server.reads.clear()
    writer.put("1")
    writer.put_live("typing")
    server.reads.set()
    await turns()
    assert server.texts == ["1"]


@pytest.mark.parametrize("text", ["x", "x" * 10_000], ids=["many frames", "large frames"])
async def test_too_many_events_become_one_poke_per_stream(server, writer, text):
    one, two = Stream("one"), Stream("two")
    server.reads.clear()
    writer.put("first", one)
    for number in range(MAX_QUEUED_FRAMES * 3):
        writer.put(text, one if number % 2 else two)
    writer.put('{"type":"removed"}')
    assert writer._chars < 1024 * 1024
    server.reads.set()
    await turns(20)
    frames = [
        frame for text in server.texts[1:] for frame in ([json.loads(text)] if text[0] == "{" else json.loads(text))
    ]
    assert {"poke": "one"} in frames
    assert {"poke": "two"} in frames
    assert {"type": "removed"} in frames
    assert len(frames) == 3


async def test_a_socket_that_takes_nothing_is_closed_with_4008_and_then_by_force(server, writer, ended, monkeypatch):
    monkeypatch.setattr(writer_module, "STALLED_SECONDS", 0.05)
    monkeypatch.setattr(writer_module, "FAREWELL_SECONDS", 0.05)
    server.reads.clear()
    writer.put("1")
    await asyncio.sleep(0.3)
    assert server.transport.is_aborted
    assert ended == [True]
    writer.put("2")
    server.reads.set()
    await turns()
    assert server.texts == []


async def test_a_stalled_socket_that_reads_again_gets_its_farewell(server, writer, ended, monkeypatch):
    monkeypatch.setattr(writer_module, "STALLED_SECONDS", 0.05)
    server.reads.clear()
    writer.put("1")
    await asyncio.sleep(0.1)
    server.reads.set()
    await turns()
    assert server.sent == [{"type": "websocket.close", "code": 4008}]
    assert not server.transport.is_aborted
    assert ended == [True]


async def test_a_slow_but_reading_socket_stays_open(server, writer, ended, monkeypatch):
    monkeypatch.setattr(writer_module, "STALLED_SECONDS", 0.6)
    # Longer than that in all, and far from it each time, also on a busy machine.
    for number in range(8):
        server.reads.clear()
        writer.put(str(number))
        writer.put(f"{number}b")
        await asyncio.sleep(0.1)
        server.reads.set()
        await turns()
    assert ended == []
    assert len(server.texts) == 16


async def test_a_broadcast_reaches_all_and_stays_only_where_it_must(ended):
    servers = [Server() for _ in range(6)]
    writers = [SocketWriter(server.send, lambda: ended.append(True)) for server in servers]
    stream = Stream("one")
    for stuck in (1, 2, 5):
        servers[stuck].reads.clear()

    async def closed(message):
        raise OSError("closed")

    writers.insert(3, SocketWriter(closed, lambda: ended.append(True)))
    broadcast(writers, "1", stream)
    broadcast(writers, "2", stream)
    assert [server.texts for server in servers] == [["1", "2"], [], [], ["1", "2"], ["1", "2"], []]
    await turns()
    assert ended == [True]
    for stuck in (1, 2, 5):
        servers[stuck].reads.set()
    await turns(20)
    assert [server.texts for server in servers] == [["1", "2"]] * 6
    broadcast(writers, "3", stream)
    assert [server.texts[-1] for server in servers] == ["3"] * 6


async def test_a_broadcast_survives_sockets_that_fail_late(ended):
    async def fail_late(message):
        await asyncio.sleep(0)
        raise OSError("closed meanwhile")

    server = Server()
    writers = [SocketWriter(fail_late, lambda: ended.append(True)), SocketWriter(server.send, lambda: None)]
    broadcast(writers, "1", Stream("one"))
    assert server.texts == ["1"]
    await turns()
    assert ended == [True]
    broadcast(writers, "2", Stream("one"))
    assert server.texts == ["1", "2"]


async def test_an_answer_waits_for_its_turn(server, writer):
    server.reads.clear()
    writer.put("1")
    answering = asyncio.create_task(writer.send({"type": "websocket.send", "text": "answer"}))
    writer.put("2")
    await turns()
    assert not answering.done()
    server.reads.set()
    await answering
    assert server.texts == ["1", "2", "answer"]


async def test_a_closed_socket_ends_the_writer_once(ended):
    async def send(message):
        raise OSError("closed")

    writer = SocketWriter(send, lambda: ended.append(True))
    writer.put("1")
    await turns()
    writer.put("2")
    await writer.send({"type": "websocket.send", "text": "3"})
    assert writer.is_ended
    assert ended == [True]


async def test_a_server_that_sends_from_tasks_only_is_given_one(ended):
    sent = []

    async def send(message):
        async with asyncio.timeout(1):  # refuses to run outside of a task
            sent.append(message["text"])

    loop = asyncio.get_running_loop()
    writer = SocketWriter(send, lambda: ended.append(True))
    loop.call_soon(writer.put, "1")
    loop.call_soon(writer.put, "2")
    await turns()
    assert sent == ["1", "2"]
    assert ended == []


def test_arrays_are_bounded():
    texts = [json.dumps("x" * 1000)] * 200
    packed = arrays(texts)
    assert [text for pack in packed for text in json.loads(pack)] == ["x" * 1000] * 200
    assert max(map(len, packed)) <= 70_000
    assert arrays(["1"]) == ["1"]


async def test_the_sessions_wrapper_is_passed_by(server):
    inner = InstanceSessionWrapper({"session": None, "cookies": {}}, server.send)
    outer = InstanceSessionWrapper({"session": None, "cookies": {}}, inner.send)
    assert unwrapped(outer.send) == server.send
