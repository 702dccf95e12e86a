"""Servers of the run's own, which it may kill: PostgreSQL, Redis and the workers. All are ended by process id."""

from __future__ import annotations

import contextlib
import getpass
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import redis

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
STOP_SECONDS = 30
GRACEFUL_SECONDS = 15


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_listening(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


class Server:
    """One process on one port. Its output is appended to a log in ``folder``."""

    name = "server"

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.process: subprocess.Popen[bytes] | None = None
        # A restart in a thread outlives the task that asked for it.
        self._changing = threading.RLock()

    def command(self) -> list[str]:
        raise NotImplementedError

    def options(self) -> dict[str, Any]:
        """Further arguments for Popen."""
        return {}

    def answers(self) -> bool:
        return is_listening(self.port)

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def spawn(self) -> None:
        """Start, without waiting."""
        with (self.folder / f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self.options()
            )

    def wait(self, answers: Callable[[], bool] | None = None) -> None:
        """Until it answers. Raises RuntimeError if it ends, or stays silent."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if (answers or self.answers)():
                return
            if not self.is_running:
                break
            time.sleep(0.05)
        raise RuntimeError(f"{self.name} did not start; see {self.folder / f'{self.name}.log'}")

    def start(self) -> None:
        self.spawn()
        self.wait()

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Signal the process and wait for its end; one that does not end is killed."""
        if self.process is None:
            return
        if self.is_running:
            self.process.send_signal(number)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def restart(self, number: int = signal.SIGTERM) -> None:
        with self._changing:
            self.stop(number)
            self.start()

    def replace(self, number: int) -> None:
        """Stop the process and spawn the next, without waiting for it."""
        with self._changing:
            self.stop(number)
            self.spawn()

    def ensure(self) -> None:
        """See to it that the server runs and answers."""
        with self._changing:
            if not self.is_running:
                self.spawn()
            self.wait()


class Redis(Server):
    name = "redis"

    def command(self) -> list[str]:
        return ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]

    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port, socket_timeout=5)

    def flush(self) -> None:
        with contextlib.closing(self.client()) as client:
            client.flushall()

    def count_keys(self) -> int:
        with contextlib.closing(self.client()) as client:
            return int(client.dbsize())  # type: ignore[arg-type]

    def count_channels(self) -> int:
        """Channels that somebody is subscribed to."""
        with contextlib.closing(self.client()) as client:
            return len(client.pubsub_channels())  # type: ignore[arg-type]

    def freeze(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)


class Postgres(Server):
    """A cluster of its own. It does not sync to disk: processes die here, the machine stays up."""

    name = "postgres"
    user = "postgres"

    def create(self) -> None:
        self.data = self.folder / "postgres"
        self.data.mkdir()
        if self._runs_as:
            # The server's user must reach its folder below this one.
            self.folder.chmod(0o755)
            shutil.chown(self.data, self.user)
        command = [self._binary("initdb"), "-D", str(self.data), "-U", self.user, "-A", "trust", "-E", "UTF8"]
        command += ["--locale", "C", "--no-sync"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", **self._runs_as)

    def command(self) -> list[str]:
        values = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": "200",
            "fsync": "off",
            "log_line_prefix": "%m [%p] ",
        }
        options = [part for key, value in values.items() for part in ("-c", f"{key}={value}")]
        return [self._binary("postgres"), "-D", str(self.data), "-p", str(self.port), *options]

    def options(self) -> dict[str, Any]:
        return {"cwd": "/", **self._runs_as}

    def answers(self) -> bool:
        import psycopg

        with contextlib.suppress(psycopg.Error), psycopg.connect(self.dsn, connect_timeout=1):
            return True
        return False

    @property
    def dsn(self) -> str:
        return f"host=127.0.0.1 port={self.port} user={self.user} dbname=postgres"

    def make_database(self, name: str) -> None:
        import psycopg

        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[arg-type]

    def restart(self, number: int = signal.SIGQUIT) -> None:
        """Immediately, as after a crash."""
        super().restart(number)

    @property
    def _runs_as(self) -> dict[str, Any]:
        # PostgreSQL refuses to run as root.
        if os.geteuid() != 0:
            return {}
        return {"user": self.user, "group": pwd.getpwnam(self.user).pw_gid, "extra_groups": []}

    def _binary(self, name: str) -> str:
        found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
        binary = str(found[-1]) if found else shutil.which(name)
        if binary is None:
            raise RuntimeError(f"{name} is not installed ({getpass.getuser()} has no PostgreSQL)")
        return binary


class Worker(Server):
    """One uvicorn process of the chat."""

    def __init__(self, folder: Path, index: int, environment: dict[str, str]) -> None:
        super().__init__(folder)
        self.name = f"worker{index}"
        self._environment = {**environment, "CHAOS_LOG": str(self.records), "PYTHONPATH": str(ROOT)}
        # Whether it has answered since it was started: what a load balancer's health check would know.
        self.is_ready = False

    @property
    def records(self) -> Path:
        """Its log records, one JSON object a line."""
        return self.folder / f"{self.name}.jsonl"

    def spawn(self) -> None:
        self.is_ready = False
        super().spawn()

    def wait(self, answers: Callable[[], bool] | None = None) -> None:
        super().wait(answers)
        self.is_ready = True

    def answers(self) -> bool:
        """To a real question: the first one takes a while, as Django loads the rest of the project for it."""
        with contextlib.suppress(httpx.HTTPError):
            httpx.get(f"http://127.0.0.1:{self.port}/api/v1/chat/rooms/", timeout=10, trust_env=False, verify=False)
            return True
        return False

    def command(self) -> list[str]:
        command = [sys.executable, "-m", "uvicorn", "tests.chaos.app:application", "--port", str(self.port)]
        command += ["--lifespan", "off", "--log-level", "warning", "--no-access-log"]
        return [*command, "--ws-per-message-deflate", "false", "--timeout-graceful-shutdown", str(GRACEFUL_SECONDS)]

    def options(self) -> dict[str, Any]:
        return {"cwd": ROOT, "env": {**os.environ, **self._environment}}
