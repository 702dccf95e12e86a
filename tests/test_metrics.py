"""Numbers reach the host's class, are exact between threads, and never trouble whoever counts."""

from __future__ import annotations

import ast
import logging
import threading
import timeit
from pathlib import Path

import pytest

from df_chat import metrics

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


def test_every_metric_that_is_used_is_known_as_its_kind():
    kinds = {"count": "counter", "timing": "timing", "gauge": "gauge"}
    for path, function, name in calls():
        assert name in metrics.METRICS, f"{path} uses {name!r}, which METRICS does not explain"
        assert metrics.METRICS[name].kind == kinds[function], path
