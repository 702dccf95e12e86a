"""The example project as its users meet it: its own processes, a database of its own, HTTP and sockets."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from django.db import connection
from websockets.sync.client import ClientConnection, connect

from tests.live import free_port, wait_for
from tests.settings import REDIS_URL, TEST_DB

PROJECT = Path(__file__).resolve().parents[2] / "example_project"
RECEIVE_SECONDS = 10


@dataclass(frozen=True)
class Host:
    """A running example project.

    Attributes:
        base: its address, as ``http://127.0.0.1:1234``.
        environment: what it was started with.
        log: what the server and the project wrote.
    """

    base: str
    environment: dict[str, str]
    log: Path

    def manage(self, *arguments: str) -> str:
        """Run ``manage.py`` beside the server. Raises AssertionError with its output where it fails."""
        return run_manage(self.environment, *arguments)

    def http(self, **options: Any) -> httpx.Client:
        """A client with no cookies and no credentials but the given ones; the caller closes it."""
        return httpx.Client(base_url=self.base, timeout=30, **options)

    def socket(self, path: str = "/api/v1/chat/ws/?backlog=0", **options: Any) -> ClientConnection:
        """Open a WebSocket; ``additional_headers``, ``subprotocols`` and ``origin`` as of ``websockets.connect``."""
        return connect(self.base.replace("http", "ws", 1) + path, proxy=None, **options)


def hear(socket: ClientConnection, **wanted: Any) -> dict[str, Any]:
    """The next frame with these values, as ``hear(socket, type="ready")``; others are passed over."""
    frames: list[Any] = socket.__dict__.setdefault("unheard", [])
    while True:
        if not frames:
            content = json.loads(socket.recv(timeout=RECEIVE_SECONDS))
            frames += content if isinstance(content, list) else [content]
        frame: dict[str, Any] = frames.pop(0)
        if all(frame.get(key) == value for key, value in wanted.items()):
            return frame


def run_manage(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, str(PROJECT / "manage.py"), *arguments]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout + result.stderr


@contextlib.contextmanager
def serving_example(folder: Path, **names: str) -> Iterator[Host]:
    """Start the example as in production, on the database and layer that the tests run on.

    Args:
        folder: where it keeps its files and its log.
        names: more of its environment.
    """
    with new_database(folder) as url:
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.example.settings"}
        environment |= {"DATA_DIR": str(folder / "data"), "DATABASE_URL": url, "REDIS_URL": REDIS_URL or ""}
        # Hosts share a Redis, and tests an address: nobody is held up unless a test asks for it.
        environment |= {"DEBUG": "false", "CACHE_KEY_PREFIX": str(folder), "REGISTER_RATE": "", "LOGIN_RATE": ""}
        environment |= names
        run_manage(environment, "migrate", "--verbosity", "0")
        port, log = free_port(), folder / "server.log"
        command = [sys.executable, "-m", "uvicorn", "asgi:application", "--app-dir", str(PROJECT), "--port", str(port)]
        # Workers share nothing but Redis; without it, one has to do.
        command += ["--lifespan", "off", "--workers", "2" if REDIS_URL else "1"]
        environment["PYTHONPATH"] = str(PROJECT.parent)
        with log.open("wb") as output:
            server = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
            try:
                wait_for(f"http://127.0.0.1:{port}/", server)
                yield Host(f"http://127.0.0.1:{port}", environment, log)
            finally:
                server.terminate()
                server.wait(15)


@contextlib.contextmanager
def new_database(folder: Path) -> Iterator[str]:
    """The address of a new database beside that of the tests."""
    if TEST_DB == "sqlite":
        yield f"sqlite:///{folder / 'db.sqlite3'}"
        return
    # The settings of the tests say where the server is, and who may come in.
    settings, name = connection.settings_dict, f"df_chat_example_{os.getpid()}_{free_port()}"
    scheme = {"postgres": "postgres", "mysql": "mysql"}[TEST_DB]
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}" + (" CHARACTER SET utf8mb4" if TEST_DB == "mysql" else ""))
    try:
        user = settings["USER"] + (f":{settings['PASSWORD']}" if settings["PASSWORD"] else "")
        yield f"{scheme}://{user}@{settings['HOST']}:{settings['PORT']}/{name}"
    finally:
        with connection._nodb_cursor() as cursor:
            # Connections of killed workers may linger.
            cursor.execute(f"DROP DATABASE {name}" + (" WITH (FORCE)" if TEST_DB == "postgres" else ""))
