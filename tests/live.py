"""A real server with real sockets for tests: uvicorn on a free port, over the test database."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Until the server answers. Raises AssertionError if it ends, or stays silent."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended"
        with contextlib.suppress(httpx.TransportError):
            httpx.get(url)
            return
        time.sleep(0.1)
    raise AssertionError("the server did not start")


def launch(port: int, *, workers: int = 1, layer: str = "", **names: str) -> subprocess.Popen[bytes]:
    """Start a server of the tests' project on the test database, and wait until it answers.

    Args:
        names: more of its environment.
    """
    names |= {"LIVE_DATABASE": str(connection.settings_dict["NAME"]), "TEST_LAYER": layer, "PYTHONPATH": str(ROOT)}
    environment = {**os.environ, **names}
    command = [sys.executable, "-m", "uvicorn", "tests.server:application", "--port", str(port), "--lifespan", "off"]
    command += ["--log-level", "warning", "--workers", str(workers)]
    process = subprocess.Popen(command, env=environment, cwd=ROOT)
    wait_for(f"http://127.0.0.1:{port}/api/v1/chat/rooms/", process)
    return process


@contextlib.contextmanager
def serving(*, workers: int = 1, layer: str = "", **names: str) -> Iterator[str]:
    """Serve the tests' project on the test database; the base address, as ``http://127.0.0.1:1234``."""
    port = free_port()
    process = launch(port, workers=workers, layer=layer, **names)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)
