"""The page on testing, followed by a host: its files are written down and its tests run as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "testing.md").read_text()


@pytest.fixture
def blocks() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def run_host(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "df_chat.testing.plugin"]
    command += ["--ds", "tests.settings", *arguments]
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PGDATABASE": f"{os.environ.get('PGDATABASE', 'df_chat')}_host",
        "MYSQL_DATABASE": f"{os.environ.get('MYSQL_DATABASE', 'df_chat')}_host",
    }
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_example_runs_in_a_host(blocks, tmp_path):
    for code in blocks:
        if file := re.match(r"# (\w+\.py)\n", code):
            (tmp_path / file[1]).write_text(code)
    (unittest_example,) = (code for code in blocks if "TestCase" in code)
    (tmp_path / "test_without_pytest.py").write_text(unittest_example)
    result = run_host(tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "4 passed" in result.stdout


def test_a_broken_shop_fails_the_examples_tests(blocks, tmp_path):
    """Sabotage: the example's tests notice a shop that tells nobody."""
    for code in blocks:
        if file := re.match(r"# (\w+\.py)\n", code):
            (tmp_path / file[1]).write_text(code.replace("actions.send_message(", "dict("))
    result = run_host(tmp_path, "-k", "customer")
    assert "1 failed" in result.stdout, result.stdout + result.stderr


def test_fixtures_are_documented_and_overridable(blocks, tmp_path):
    listed = run_host(tmp_path, "--fixtures").stdout
    fixtures = re.findall(r"^(chat_\w+)", listed, re.MULTILINE)
    assert fixtures
    for name in fixtures:
        assert f"`{name}`" in PAGE, name
    (override,) = (code for code in blocks if "def chat_make_user" in code)
    (tmp_path / "conftest.py").write_text(override.replace("nickname", "first_name"))
    test = "def test_it(chat_users):\n    assert [user.first_name for user in chat_users] == {}\n"
    (tmp_path / "test_it.py").write_text(test.format(["Owner", "Member", "Stranger"]))
    result = run_host(tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
