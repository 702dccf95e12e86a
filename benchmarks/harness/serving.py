"""Starts and stops what is measured: a contender's server, a Redis of our own, Node's packages."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness import machine
from benchmarks.harness.client import LoadClient, compile_client
from benchmarks.harness.contenders import Contender
from benchmarks.harness.places import BODY, Crowd

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 30
NODE_PACKAGES = ("ws@8", "socket.io@4")


@dataclass(frozen=True)
class Served:
    """A running server."""

    contender: Contender
    port: int
    pid: int
    redis_pid: int
    load: Path

    def client(self, crowd: Crowd, body: str = BODY) -> LoadClient:
        """A load client whose connections are signed in as the crowd's people, and send to its first room."""
        return LoadClient(
            self.load,
            port=self.port,
            path=self.contender.path,
            ready=self.contender.ready,
            headers=crowd.headers,
            message=self.contender.wrap % crowd.message(body),
        )


@dataclass
class Workshop:
    """What a run of benchmarks needs, made once and taken down at its end.

    Attributes:
        redis_url: empty where there is no redis-server.
        redis_pid: 0 where there is none.
    """

    folder: Path
    load: Path
    redis_url: str = ""
    redis_pid: int = 0
    node_modules: str = ""

    def lacks(self, contender: Contender) -> str:
        """Why a contender cannot run here; empty if it can."""
        if contender.on_redis and not self.redis_url:
            return "there is no redis-server"
        if contender.is_node and not self.node_modules:
            return "npm could not install its packages"
        return ""

    @contextmanager
    def serve(self, contender: Contender, **environment: str) -> Iterator[Served]:
        """Run a contender's server on a core of its own. Raises RuntimeError if it does not start."""
        port, (core, _) = free_port(), machine.cores()
        log = self.folder / f"server-{port}.log"
        process = subprocess.Popen(
            contender.command(port),
            stderr=log.open("wb"),
            cwd=ROOT,
            env={**os.environ, **self._environment(contender), **environment},
            start_new_session=True,
            preexec_fn=lambda: machine.favour(0, core),
        )
        try:
            wait_for_port(port, process)
            yield Served(contender, port, process.pid, self.redis_pid, self.load)
        except Exception as error:
            error.add_note(f"{contender.label} said last:\n{log.read_text()[-2000:]}")
            raise
        finally:
            stop(process)

    def _environment(self, contender: Contender) -> dict[str, str]:
        from django.db import connection

        return {
            "DJANGO_SETTINGS_MODULE": "benchmarks.servers.settings",
            "LIVE_DATABASE": str(connection.settings_dict["NAME"]),
            "BENCH_SERVES": contender.serves,
            "BENCH_LAYER": contender.layer,
            "BENCH_REDIS_URL": self.redis_url,
            "NODE_PATH": self.node_modules,
        }


@contextmanager
def workshop(*, with_redis: bool = True, with_node: bool = True) -> Iterator[Workshop]:
    """The benchmarks' database, load client, Redis and Node packages."""
    # Servers are in sessions of their own: whoever ends the benchmark has to end them.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    # A socket is a file, and the usual 1024 are too few.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
    import django

    django.setup()
    from django.test.runner import DiscoverRunner

    runner = DiscoverRunner(verbosity=0, interactive=False)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="df_chat_benchmarks_")))
        made = Workshop(folder, compile_client(folder))
        stack.callback(runner.teardown_databases, runner.setup_databases())
        if with_redis:
            made.redis_url, made.redis_pid = stack.enter_context(own_redis())
        if with_node:
            made.node_modules = _install_node_packages(folder)
        yield made


@contextmanager
def own_redis() -> Iterator[tuple[str, int]]:
    """A Redis of our own, beside the client: its URL and process; empty where it is not installed."""
    if shutil.which("redis-server") is None:
        yield "", 0
        return
    port, (_, core) = free_port(), machine.cores()
    command = [
        "redis-server",
        "--bind",
        "127.0.0.1",
        "--port",
        str(port),
        "--save",
        "",
        "--appendonly",
        "no",
        "--dir",
        tempfile.gettempdir(),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    machine.favour(process.pid, core)
    try:
        wait_for_port(port, process)
        yield f"redis://127.0.0.1:{port}/0", process.pid
    finally:
        stop(process)


def _install_node_packages(folder: Path) -> str:
    """The folder of the packages; nothing where Node or the registry is out of reach."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return ""
    command = [npm, "install", "--no-save", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder)]
    with suppress(subprocess.TimeoutExpired):
        if subprocess.run([*command, *NODE_PACKAGES], capture_output=True, timeout=60).returncode == 0:
            return str(folder / "node_modules")
    return ""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError("the server ended")
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 0.5).close()
            return
        time.sleep(0.05)
    raise RuntimeError("the server did not start")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process and its children: politely, then not."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(3)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
