"""Numbers reach the host's class, are exact between threads, and never trouble whoever counts."""

from __future__ import annotations

import ast
import logging
import threading
import time
import timeit
import uuid
from pathlib import Path

import pytest
from django.db import OperationalError, connections

from df_chat import actions, metrics
from df_chat.exceptions import Busy, Conflict
from df_chat.streams import retrying, stream_tx
from df_chat.sync import Cursor, read_changes, read_sync

PACKAGE = Path(metrics.__file__).parent


class Broken(metrics.Metrics):
    def count(self, name, by=1):
        raise OSError("the sink is down")

    timing = gauge = count


@pytest.fixture(autouse=True)
def fresh(settings):
    settings.DF_CHAT = {**getattr(settings, "DF_CHAT", {})}


def test_numbers_are_kept():
    metrics.count("resets")
    metrics.count("resets", by=4)
    metrics.timing("lock_wait", 0.25)
    metrics.timing("lock_wait", 0.75)
    metrics.timing("lock_wait", 0.5)
    metrics.gauge("sockets", 3)
    metrics.gauge("sockets", 2)
    assert metrics.get_metrics().snapshot() == {
        "resets": 5,
        "sockets": 2,
        "lock_wait": {"count": 3, "sum": 1.5, "max": 0.75},
    }


def test_threads_lose_no_count():
    def work():
        for _ in range(2_000):
            metrics.count("resets")
            metrics.timing("lock_wait", 1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = metrics.get_metrics().snapshot()
    assert kept["resets"] == kept["lock_wait"]["count"] == 16_000


def test_a_sink_that_fails_troubles_nobody_and_is_logged_once(settings, caplog):
    settings.DF_CHAT = {"METRICS": Broken}
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            metrics.count("resets")
            metrics.timing("lock_wait", 1)
            metrics.gauge("sockets", 1)
    assert sorted(record.args[0] for record in caplog.records) == ["lock_wait", "resets", "sockets"]


def test_a_sink_that_cannot_be_made_troubles_nobody(settings):
    settings.DF_CHAT = {"METRICS": "nowhere.Metrics"}
    metrics.count("resets")


def test_counting_is_cheap():
    metrics.timing("lock_wait", 1)
    best = min(timeit.repeat(lambda: metrics.timing("lock_wait", 1), number=10_000, repeat=5)) / 10_000
    assert best < 5e-6


def calls() -> list[tuple[str, str, str]]:
    """Every ``metrics.count("name")`` in the package: the file, the function and the name."""
    found = []
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "metrics"
                and node.func.attr in ("count", "timing", "gauge")
            ):
                assert isinstance(node.args[0], ast.Constant), f"{path}: a metric's name is a literal"
                found.append((str(path), node.func.attr, node.args[0].value))
    return found


def test_every_metric_is_used_and_known_as_its_kind():
    kinds = {"count": "counter", "timing": "timing", "gauge": "gauge"}
    for path, function, name in calls():
        assert name in metrics.METRICS, f"{path} uses {name!r}, which METRICS does not explain"
        assert metrics.METRICS[name].kind == kinds[function], path
    assert {name for _, _, name in calls()} == metrics.METRICS.keys()


def kept(name):
    return metrics.get_metrics().snapshot().get(name, 0)


def test_a_write_tells_how_long_it_waited(people, room, settings):
    settings.DF_CHAT = {}
    actions.send_message(actor=people.ada, room_id=room.pk, body="hi")
    assert kept("lock_wait")["count"] == 1
    assert 0 < kept("lock_wait")["sum"] < 5


@pytest.mark.django_db(transaction=True)
def test_a_wait_for_another_writer_is_told(people, room, settings):
    settings.DF_CHAT = {}
    held, done = threading.Event(), []

    def wait():
        held.wait(5)
        actions.send_message(actor=people.ben, room_id=room.pk, body="second")
        done.append(kept("lock_wait")["max"])
        connections.close_all()

    thread = threading.Thread(target=wait)
    thread.start()
    with stream_tx(rooms=[room.pk]):
        held.set()
        time.sleep(0.5)
    thread.join(10)
    assert done
    assert done[0] >= 0.4


@pytest.mark.django_db(transaction=True)
def test_writes_that_begin_again_or_give_up_are_counted(settings):
    error = OperationalError("refused")
    error.__cause__ = Exception(1213)

    @retrying
    def deadlock():
        raise error

    with pytest.raises(Busy):
        deadlock()
    assert (kept("write_retries"), kept("busy")) == (4, 1)


def test_a_repeated_send_is_counted(people, room):
    key = uuid.uuid4()
    for _ in range(3):
        actions.send_message(actor=people.ada, room_id=room.pk, body="hi", client_id=key)
    with pytest.raises(Conflict):
        actions.send_message(actor=people.ada, room_id=room.pk, body="other", client_id=key)
    assert kept("retries_deduped") == 2


@pytest.mark.django_db(transaction=True)
def test_receipts_that_are_told_are_counted(people, room):
    actions.send_message(actor=people.ada, room_id=room.pk, body="hi")
    for _ in range(2):
        actions.mark_seen(actor=people.ben, room_id=room.pk, up_to=99)
    assert kept("receipts") == 1


def test_catching_up_is_counted(people, room):
    actions.send_message(actor=people.ada, room_id=room.pk, body="hi")
    name = f"room:{room.pk}"
    read_changes(people.ben, room.pk, Cursor("1.1", 3))
    assert (kept("gap_fetches"), kept("resets")) == (1, 0)
    read_changes(people.ben, room.pk, Cursor("1.1", 4))
    read_sync(people.ben, {})
    assert (kept("gap_fetches"), kept("resets")) == (1, 0)
    read_changes(people.ben, room.pk, Cursor("0.9", 4))
    read_sync(people.ben, {name: Cursor("1.1", 99)})
    assert (kept("gap_fetches"), kept("resets")) == (1, 2)
