"""The harness itself: a proxy that breaks what it should, and an oracle that sees what is wrong."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.chaos.database import History, RoomView
from tests.chaos.ledger import Ledger, Send
from tests.chaos.logs import judge
from tests.chaos.oracle import ClientView, differences, judge_history, judge_sends
from tests.chaos.proxy import FaultProxy
from tests.chaos.soak import slope_per_hour


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionResetError):
        while data := await reader.read(1000):
            writer.write(data)
    writer.close()


@pytest.fixture
async def proxy() -> AsyncIterator[FaultProxy]:
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    address = server.sockets[0].getsockname()
    made = FaultProxy(lambda: [address], random.Random(1))
    made.port = await made.start()  # type: ignore[attr-defined]
    yield made
    await made.stop()
    server.close()


async def connect(proxy: FaultProxy) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", proxy.port)  # type: ignore[attr-defined]


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, text: bytes = b"hello") -> bytes:
    writer.write(text)
    return await asyncio.wait_for(reader.readexactly(len(text)), 2)


async def test_proxy_forwards(proxy):
    reader, writer = await connect(proxy)
    assert await ask(reader, writer) == b"hello"
    writer.close()


async def test_proxy_cuts_every_connection_it_picks(proxy):
    pairs = [await connect(proxy) for _ in range(30)]
    for pair in pairs:
        await ask(*pair)
    proxy.cut(1.0)
    for reader, writer in pairs:
        with contextlib.suppress(ConnectionResetError):
            assert await asyncio.wait_for(reader.read(1), 2) == b""
        writer.close()
    assert proxy.counts["cuts"]
    assert proxy.counts["resets"]
    assert proxy.counts["cuts"] + proxy.counts["resets"] == 30


async def test_hanging_connection_carries_nothing_and_ends_when_calm(proxy):
    reader, writer = await connect(proxy)
    await ask(reader, writer)
    proxy.hang(1.0, max_seconds=60)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(ask(reader, writer), 0.2)
    proxy.calm()
    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await asyncio.wait_for(reader.readexactly(1), 2)
    writer.close()


async def test_trickle_brings_everything_in_order(proxy):
    proxy.trickling_share = proxy.delayed_share = 1.0
    proxy.max_delay_seconds = 0.01
    reader, writer = await connect(proxy)
    text = bytes(range(256)) * 2
    assert await ask(reader, writer, text) == text
    writer.close()


async def test_proxy_passes_over_servers_that_refuse(proxy):
    upstreams = proxy._upstreams
    proxy._upstreams = lambda: [("127.0.0.1", 1), *upstreams()]
    for _ in range(10):
        reader, writer = await connect(proxy)
        assert await ask(reader, writer) == b"hello"
        writer.close()


# -- The oracle -----------------------------------------------------------------------------------------------------
ROOM = "r"
MESSAGES = [{"id": f"m{seq}", "seq": seq, "version": seq, "body": f"t{seq}"} for seq in (1, 2, 3)]
TRUTH = RoomView(3, {"id": ROOM}, {one["id"]: one for one in MESSAGES}, {"gone"}, {})
VIEW = ClientView("u", ROOM, 3, 0, {"id": ROOM}, MESSAGES, [])


def red(checks):
    return {check.name for check in checks if not check.passed}


def test_equal_views_have_no_differences():
    assert differences([VIEW, replace(VIEW, floor=2, messages=MESSAGES[1:])], {ROOM: TRUTH}) == []


@pytest.mark.parametrize(
    "wrong",
    [
        replace(VIEW, cursor=2),
        replace(VIEW, messages=MESSAGES[:2]),
        replace(VIEW, messages=[*MESSAGES, {**MESSAGES[0], "id": "phantom"}]),
        replace(VIEW, messages=[MESSAGES[1], MESSAGES[0], MESSAGES[2]]),
        replace(VIEW, messages=[*MESSAGES[:2], {**MESSAGES[2], "body": "other"}]),
        replace(VIEW, floor=2),
        replace(VIEW, room={"id": ROOM, "title": "other"}),
        replace(VIEW, users=[{"id": "x"}]),
    ],
)
def test_each_difference_is_seen(wrong):
    assert len(differences([wrong], {ROOM: TRUTH})) == 1


def ledger_with(**sends: Send) -> Ledger:
    ledger = Ledger()
    ledger.sends.update(sends)
    return ledger


def test_good_sends_are_green():
    ledger = ledger_with(t1=Send("u", ROOM, 0, acked_as="m1"), t2=Send("u", ROOM, 0, rejected=404))
    assert red(judge_sends(ledger, {"t1": ["m1"]}, {ROOM: TRUTH})) == set()
    assert red(judge_sends(ledger_with(t9=Send("u", ROOM, 0, acked_as="gone")), {}, {ROOM: TRUTH})) == set()


@pytest.mark.parametrize(
    ("ledger", "sent", "name"),
    [
        (ledger_with(t1=Send("u", ROOM, 0, acked_as="m9")), {}, "acknowledged sends lost"),
        (ledger_with(t1=Send("u", ROOM, 0, acked_as="m1")), {"t1": ["m2"]}, "acknowledged sends lost"),
        (ledger_with(t1=Send("u", ROOM, 0, acked_as="m1")), {"t1": ["m1", "m2"]}, "messages sent twice"),
        (ledger_with(t1=Send("u", ROOM, 0)), {}, "sends without an outcome"),
    ],
)
def test_wrong_sends_are_red(ledger, sent, name):
    assert name in red(judge_sends(ledger, sent, {ROOM: TRUTH}))


def history() -> History:
    made = History(streams={ROOM: 3}, removals={(ROOM, "u", 1): 2})
    made.versions[ROOM] |= {1, 2, 3}
    made.objects |= {("m1", 1), ("m2", 2), ("m3", 3)}
    return made


def frame(version: int, **lists: object) -> dict[str, object]:
    return {"type": "changes", "stream": f"room:{ROOM}", "version": version, **lists}


def follow(ledger: Ledger, gen: str) -> None:
    ledger.frame("u", {"type": "subscribed", "stream": f"room:{ROOM}", "gen": gen})


def test_good_history_is_green():
    ledger = Ledger()
    follow(ledger, "1.1")
    ledger.frame("u", frame(2))
    follow(ledger, "1.2")
    ledger.frame("u", frame(3))
    ledger.shown("u", MESSAGES[0])
    assert red(judge_history(ledger, history())) == set()


def test_what_reaches_a_removed_member_is_a_leak():
    ledger = Ledger()
    follow(ledger, "1.1")
    ledger.frame("u", frame(3))
    assert red(judge_history(ledger, history())) == {"deliveries after removal"}


def test_what_rest_tells_a_removed_member_is_a_leak():
    ledger = Ledger()
    ledger.answer("u", {"stream": f"room:{ROOM}", "gen": "1.1", "version": 3})
    assert red(judge_history(ledger, history())) == {"deliveries after removal"}


def test_gap_phantom_and_move_are_seen():
    ledger, found = Ledger(), history()
    found.versions[ROOM].remove(2)
    ledger.shown("u", {"id": "m1", "version": 7, "seq": 1})
    ledger.shown("u", {"id": "m1", "version": 1, "seq": 2})
    ledger.answered.add(("m1", 8))
    assert red(judge_history(ledger, found)) == {
        "gaps among versions",
        "states shown that were never committed",
        "messages at two places in the order",
        "acknowledged edits lost",
    }


def test_only_faults_that_went_on_explain_errors():
    lost = {"level": "ERROR", "logger": "django.request", "exceptions": ["django.db.utils.OperationalError"]}
    bug = {"level": "ERROR", "logger": "django.request", "exceptions": ["builtins.KeyError"]}
    assert judge([lost, bug], faults={"database"}).unexpected == [bug]
    assert judge([lost, bug], faults=set()).unexpected == [lost, bug]


def test_slope_is_of_an_hour():
    assert slope_per_hour([(0.0, 10.0), (1800.0, 11.0), (3600.0, 12.0)]) == pytest.approx(2.0)
