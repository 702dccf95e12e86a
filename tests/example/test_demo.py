"""The example comes up, twice, and its checks are content."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

MANAGE = Path(__file__).resolve().parents[2] / "example_project" / "manage.py"


@pytest.fixture
def manage(tmp_path):
    environment = {**os.environ, "DATA_DIR": str(tmp_path / "data")}
    for name in ("DJANGO_SETTINGS_MODULE", "TZ"):
        environment.pop(name, None)

    def run(*arguments: str) -> str:
        command = [sys.executable, str(MANAGE), *arguments]
        # From another folder: it must not matter where one stands.
        result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout + result.stderr

    return run


def test_the_demo_is_prepared_once_and_kept(manage):
    first = manage("demo", "--no-serve")
    assert "messages written" in first
    assert "alice" in first
    assert "http://localhost:8000/chat/" in first
    assert "already" in manage("demo", "--no-serve")
    assert "No changes detected" in manage("makemigrations", "--check", "--dry-run")
    assert "no issues" in manage("check", "--fail-level", "WARNING")
