"""The short forms of the runs, and for each sabotage that a run turns red. Minutes, each of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chaos.services import ROOT

RUN_SECONDS = 300


def run(tmp_path: Path, *options: str) -> tuple[int, set[str]]:
    """The exit code, and the names of what was red."""
    report = tmp_path / "report.json"
    command = [sys.executable, "-m", "tests.chaos", "--json", str(report), *options]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        code = process.wait(RUN_SECONDS)
    finally:
        # By a signal that it can clean up after.
        process.terminate()
        process.wait(60)
    checks = json.loads(report.read_text())["checks"]
    return code, {check["name"] for check in checks if not check["passed"]}


@pytest.mark.parametrize(
    "options",
    [
        ("--short",),
        ("--tiny", "--layer", "absent"),
        pytest.param(("--tiny", "--layer", "memory", "--workers", "1"), marks=pytest.mark.long),
        pytest.param(("--tiny", "--database", "mysql"), marks=pytest.mark.long),
        pytest.param(("--tiny", "--database", "sqlite"), marks=pytest.mark.long),
    ],
    ids=["postgres and redis", "without redis", "in memory", "mysql", "sqlite"],
)
def test_everything_holds_while_everything_fails(tmp_path, options):
    code, red = run(tmp_path, *options)
    assert code == bool(red)
    # How late messages come depends on the machine: the run tells it, and whoever runs it by hand judges.
    assert red <= {"p95 of delivery"}


@pytest.mark.parametrize(
    ("sabotage", "name", "options"),
    [
        pytest.param("publish_early", "states shown that were never committed", (), marks=pytest.mark.long),
        pytest.param("no_idempotency", "messages sent twice", (), marks=pytest.mark.long),
        pytest.param("ack_before_commit", "acknowledged sends lost", (), marks=pytest.mark.long),
        pytest.param("rows_before_version", "all views equal the database", (), marks=pytest.mark.long),
        pytest.param("no_sweep", "all views equal the database", ("--layer", "absent"), marks=pytest.mark.long),
        ("no_gate", "deliveries after removal", ()),
        ("drop_acks", "messages sent twice", ()),
        pytest.param("no_gap_check", "all views equal the database", (), marks=pytest.mark.long),
    ],
)
def test_sabotage_is_seen(tmp_path, sabotage, name, options):
    code, red = run(tmp_path, "--tiny", "--sabotage", sabotage, *options)
    assert code == 1
    assert name in red


@pytest.mark.long
def test_rolling_restart_disturbs_nobody(tmp_path):
    assert run(tmp_path, "--rolling", "--short") == (0, set())


@pytest.mark.long
def test_nothing_grows(tmp_path):
    assert run(tmp_path, "--soak", "1", "--sockets", "60") == (0, set())
