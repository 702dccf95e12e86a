"""A real server sends a large file: to slow readers, and to readers that go away."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from tests.live import ROOT, free_port, wait_for

pytestmark = pytest.mark.once

SIZE = 25 * 2**20
SLOW_READERS = 20
SECONDS = 60


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SimpleNamespace]:
    """uvicorn before a folder with one large file."""
    (tmp_path / "large").write_bytes(os.urandom(2**20) * 25)
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "tests.media.app:application", "--port", str(port), "--lifespan", "off"]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.media.settings", "FILES": str(tmp_path)}
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--log-level", "warning"], env=environment, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/", process)
            yield SimpleNamespace(port=port, pid=process.pid, file=tmp_path / "large", log=log)
        finally:
            process.terminate()
            process.wait(10)


def memory(pid: int) -> int:
    """Bytes of memory that a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def open_files(pid: int, file: Path) -> int:
    """How many times a process has a file open."""
    count = 0
    for number in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            count += number.readlink() == file
    return count


def until(condition) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def connect(port: int) -> socket.socket:
    """Ask for the file, and read only the beginning of the answer."""
    reader = socket.socket()
    # What the kernel holds for a slow reader is no memory of the server's, but hides it.
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    reader.connect(("127.0.0.1", port))
    reader.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert reader.recv(64).startswith(b"HTTP/1.1 200")
    return reader


def test_slow_readers_cost_no_memory_and_keep_nobody_waiting(server):
    address, whole = f"http://127.0.0.1:{server.port}/large", server.file.read_bytes()
    assert httpx.get(address, timeout=SECONDS).content == whole
    before = memory(server.pid)
    with contextlib.ExitStack() as readers:
        for _ in range(SLOW_READERS):
            readers.enter_context(connect(server.port))
        until(lambda: open_files(server.pid, server.file) == SLOW_READERS)
        for _ in range(3):
            assert httpx.get(address, timeout=SECONDS).content == whole
        grown = memory(server.pid) - before
    # Buffers of sockets and a chunk each. The file for each would be 500 MiB.
    assert grown < SLOW_READERS * 2**19, f"{grown / 2**20:.1f} MiB more"


def test_readers_that_go_away_leave_no_open_file(server):
    readers = [connect(server.port) for _ in range(SLOW_READERS)]
    until(lambda: open_files(server.pid, server.file) == SLOW_READERS)
    for reader in readers:
        reader.close()
    until(lambda: open_files(server.pid, server.file) == 0)
    assert httpx.head(f"http://127.0.0.1:{server.port}/large", timeout=SECONDS).headers["content-length"] == str(SIZE)
    assert server.log.read_text() == ""


def test_a_download_that_broke_off_goes_on_where_it_was(server):
    address, whole = f"http://127.0.0.1:{server.port}/large", server.file.read_bytes()
    rest = httpx.get(address, headers={"Range": f"bytes={SIZE - 70_000}-", "If-Range": '"1"'}, timeout=SECONDS)
    assert rest.status_code == 206
    assert rest.content == whole[-70_000:]
    assert httpx.get(address, headers={"If-None-Match": '"1"'}, timeout=SECONDS).status_code == 304
