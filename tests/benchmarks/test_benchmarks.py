"""The benchmarks run, count what was delivered, and divide what belongs together."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.connections import targets as connection_targets
from benchmarks.fan_out import check, targets
from benchmarks.harness.client import LoadClient, compile_client
from benchmarks.harness.figures import Target, number, ratio, table
from benchmarks.harness.plot import draw
from benchmarks.uploads import check as check_uploads
from tests.live import ROOT

pytestmark = pytest.mark.once

needs_compiler = pytest.mark.skipif(
    sys.platform != "linux" or not (shutil.which("cc") or shutil.which("gcc")), reason="the load client is C for Linux"
)


def fan_out_rows(**costs: float) -> list[dict[str, object]]:
    return [
        {"round": turn, "contender": name.replace("_", "-"), "members": 200, "mode": "isolated", "cpu_us": cost * turn}
        for turn in (1, 2, 3)
        for name, cost in costs.items()
    ]


def run(*arguments: str) -> str:
    # On SQLite whatever the tests run on: their own test database must stay.
    environment = {**os.environ, "TEST_DB": "sqlite", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@needs_compiler
def test_fan_out_delivers_every_event_to_every_member(tmp_path: Path) -> None:
    figures, plot = tmp_path / "figures.json", tmp_path / "plot.svg"
    options = ["--members", "5", "--rounds", "1", "--seconds", "0.2", "--json", str(figures), "--plot", str(plot)]
    said = run("benchmarks.fan_out", "--servers", "bare,chat-memory", *options)
    rows = json.loads(figures.read_text())["rows"]
    assert [(row["contender"], row["mode"]) for row in rows] == [
        (contender, mode) for contender in ("bare", "chat-memory") for mode in ("isolated", "load", "rate")
    ]
    for row in rows:
        assert row["sent"] > 0
        assert row["deliveries"] == row["sent"] * 5
        assert row["cpu_us"] > 0
    assert "df_chat, in memory" in said
    assert ElementTree.fromstring(plot.read_text()).tag.endswith("svg")


@needs_compiler
def test_connections_are_measured_idle_and_stalled(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    options = ["--connections", "20", "--rounds", "1", "--stalled-seconds", "1", "--json", str(figures)]
    run("benchmarks.connections", "--servers", "bare", *options)
    found = json.loads(figures.read_text())
    assert found["rows"][0]["cpu_us"] > 0
    assert found["stalled"][0]["deliveries"] > 0


@needs_compiler
def test_uploads_are_measured_beside_two_who_talk(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    options = ["--uploaders", "2", "--megabytes", "1", "--each", "2", "--rounds", "1", "--seconds", "1"]
    said = run("benchmarks.uploads", *options, "--json", str(figures))
    found = json.loads(figures.read_text())
    assert [(row["mode"], row["lost"]) for row in found["rows"]] == [("alone", 0), ("uploads", 0)]
    assert all(row["sent"] > 0 and row["p50_ms"] > 0 for row in found["rows"])
    assert (found["rows"][1]["uploads"], found["rows"][1]["failed"]) == (4, [])
    assert (found["memory"]["uploads"], found["memory"]["failed"]) == (1, [])
    assert "others upload" in said


def test_the_check_of_uploads_fails_what_hurts_the_others() -> None:
    good = {"mode": "uploads", "lost": 0, "failed": [], "p99_ms": 200, "slowest_upload_seconds": 2}
    memory = {"memory_mb": 2.0}
    check_uploads({"rows": [good], "plan": {"megabytes": 20}, "memory": memory})
    for bad in ({"lost": 1}, {"failed": [503]}, {"p99_ms": 900}, {"p99_ms": float("inf")}):
        with pytest.raises(SystemExit):
            check_uploads({"rows": [good | bad], "plan": {"megabytes": 20}, "memory": memory})
    with pytest.raises(SystemExit):
        check_uploads({"rows": [good], "plan": {"megabytes": 20}, "memory": {"memory_mb": 20.0}})


@needs_compiler
def test_the_load_client_says_why_it_gave_up(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    binary = compile_client(tmp_path)
    with (
        LoadClient(binary, port=1, path="/", ready="101", headers=[], message="@NS@") as client,
        pytest.raises(RuntimeError, match="gave up"),
    ):
        client.connect(1)
    assert "connect: Connection refused" in capfd.readouterr().err


def test_ratios_pair_what_one_round_measured() -> None:
    mine = [{"round": turn, "cpu_us": value} for turn, value in ((1, 2.0), (2, 30.0), (3, 9.0))]
    theirs = [{"round": turn, "cpu_us": value} for turn, value in ((1, 1.0), (2, 10.0), (4, 1.0))]
    found = ratio(mine, theirs)
    assert found is not None
    assert (found.median, found.least, found.greatest) == (2.5, 2.0, 3.0)


def test_rounds_in_which_events_were_lost_are_left_out() -> None:
    mine = [
        {"round": 1, "cpu_us": 2.0, "deliveries": 100, "lost": 0},
        {"round": 2, "cpu_us": 900.0, "deliveries": 1, "lost": 99},
    ]
    found = ratio(mine, [{"round": turn, "cpu_us": 1.0} for turn in (1, 2)])
    assert found is not None
    assert found.greatest == 2.0


def test_what_was_not_measured_has_no_ratio() -> None:
    assert ratio([], fan_out_rows(bare=1)) is None
    assert targets(fan_out_rows(bare=1)) == []
    assert connection_targets({"rows": [], "stalled": []}) == []


def test_targets_are_met_or_not() -> None:
    (against_bare, against_tutorial) = targets(fan_out_rows(bare=1, chat_memory=1.5, tutorial_core=30))
    assert not against_bare.is_met
    assert against_tutorial.is_met
    assert "NOT met" in str(against_bare)
    assert Target("more is better", 5, 4, at_least=True).is_met


def test_the_check_fails_what_costs_too_much() -> None:
    good = fan_out_rows(bare=1, chat_memory=1.9, chat_pubsub=1.9, tutorial_core=12)
    check({"rows": good})
    for bad in ({"chat_memory": 2.1}, {"tutorial_core": 11}):
        with pytest.raises(SystemExit):
            check(
                {"rows": fan_out_rows(**{"bare": 1, "chat_memory": 1.9, "chat_pubsub": 1.9, "tutorial_core": 12} | bad)}
            )


def test_the_plot_names_every_server() -> None:
    picture = draw(fan_out_rows(bare=1, chat_memory=1.5, tutorial_core=30))
    ElementTree.fromstring(picture)
    for text in ("bare ASGI loop", "df_chat, in memory", "Channels tutorial, Redis core", "30×"):
        assert text in picture


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (0.0667, "0.067"), (0.5, "0.50"), (1.234, "1.23"), (117.4, "117")]
)
def test_numbers_have_the_digits_that_mean_something(value: float, text: str) -> None:
    assert number(value) == text


def test_tables_are_aligned() -> None:
    assert table(["", "a"], [["b", "long"]]).splitlines() == ["|   | a    |", "|---|------|", "| b | long |"]
