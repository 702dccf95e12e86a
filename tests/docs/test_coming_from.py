"""The pages for those who come from another chat: their examples run in the example, and say what is said."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import pytest

from tests.example.host import serving_example

pytestmark = pytest.mark.host

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "coming_from"
PAGES = sorted(set(FOLDER.glob("*.md")) - {FOLDER / "index.md"})
DOCUMENTED = "localhost:8000"
BETWEEN = "-- next block --"


@pytest.fixture(scope="module")
def serve(tmp_path_factory, django_db_blocker):
    """Start the demo as a page says; once for all pages that say the same."""
    with contextlib.ExitStack() as stack:

        @lru_cache
        def start(**names):
            folder = tmp_path_factory.mktemp("coming_from")
            host = stack.enter_context(serving_example(folder, DEMO_SIGN_IN="true", **names))
            host.manage("demo", "--no-serve")
            return host

        stack.enter_context(django_db_blocker.unblock())
        yield start


def read_environment(page: Path) -> dict[str, str]:
    """What a page puts before the command that starts the demo."""
    command = re.search(r"`([A-Z_=a-z ]*)python example_project/manage.py demo`", page.read_text())
    return dict(re.findall(r"(\w+)=(\w+)", command[1])) if command else {}


def read_steps(page: Path) -> tuple[dict[str, str], list[list[str]]]:
    """The files that a page has one write, and its commands, each with the output that it shows."""
    files: dict[str, str] = {}
    steps: list[list[str]] = []
    for language, block in re.findall(r"^```(\w+)\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL):
        if language == "python":
            files[block.splitlines()[0].removeprefix("# ")] = block
        elif language == "shell":
            steps.append([block, ""])
        else:
            assert language == "text"
            steps[-1][1] = block
    return files, steps


def run(steps: list[list[str]], folder: Path, base: str) -> list[str]:
    """What each of the commands wrote, run one after the other in one shell."""
    script = "set -euo pipefail\n" + f"echo '{BETWEEN}'\n".join(commands for commands, _ in steps)
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "no_proxy": "*"}
    command = ["bash", "-c", script.replace(DOCUMENTED, base.removeprefix("http://"))]
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout.split(f"{BETWEEN}\n")


def matches(output: str, shown: str) -> bool:
    """Whether the output is what a page shows; ``…`` stands for anything."""
    lines = [".*".join(map(re.escape, line.split("…"))) for line in shown.splitlines()]
    return re.fullmatch("\n".join(lines), output.strip("\n")) is not None


def test_each_system_has_a_page():
    index = (FOLDER / "index.md").read_text()
    assert PAGES
    for page in PAGES:
        assert f"\n{page.stem}\n" in index


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_example_of_a_page_runs(page, serve, tmp_path):
    host = serve(**read_environment(page))
    files, steps = read_steps(page)
    for name, code in files.items():
        (tmp_path / name).write_text(code.replace(DOCUMENTED, host.base.removeprefix("http://")))
    for (commands, shown), output in zip(steps, run(steps, tmp_path, host.base), strict=True):
        assert matches(output, shown), f"{commands}\nwrote\n{output}\ninstead of\n{shown}"


@pytest.mark.parametrize("output", ["", "Hello\n2\n", "Hello, you\n3\n", "Hello, you\n2\nmore\n"])
def test_another_output_is_noticed(output):
    assert matches("Hello, you\n2\n", "Hello, …\n2\n")
    assert not matches(output, "Hello, …\n2\n")
