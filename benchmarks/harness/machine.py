"""What the kernel knows of a process: CPU time, memory, sockets. Linux only."""

from __future__ import annotations

import os
import platform
import time
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
NICENESS = -10
IDLE_SHARE, IDLE_SECONDS = 0.05, 0.5


def cores() -> tuple[int, int]:
    """The core for the server, and the one for the client and Redis; the same one where there is only one."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[0], usable[-1]


def favour(pid: int, core: int) -> None:
    """Keep a process on one core, and before other work there, where that is allowed: less noise."""
    os.sched_setaffinity(pid, {core})
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, pid, NICENESS)


def process_tree(pid: int) -> list[int]:
    """A process and all its descendants."""
    found, todo = [], [pid]
    while todo:
        one = todo.pop()
        found.append(one)
        try:
            todo += map(int, (PROC / f"{one}/task/{one}/children").read_text().split())
        except OSError:
            continue
    return found


def cpu_seconds(pid: int) -> float:
    """CPU time, user and system, of every thread of a process and its descendants; 0 for no process."""
    total = 0
    for one in process_tree(pid) if pid else ():
        for statistics in (PROC / str(one)).glob("task/*/schedstat"):
            try:
                total += int(statistics.read_text().split()[0])
            except OSError:  # a thread that has just ended
                continue
    return total / 1e9


def wait_until_idle(pid: int) -> None:
    """Until a process does nearly nothing: what a connection sets off may go on after it is open."""
    deadline = time.monotonic() + 60
    busy = 1.0
    while busy > IDLE_SHARE and time.monotonic() < deadline:
        before = cpu_seconds(pid)
        time.sleep(IDLE_SECONDS)
        busy = (cpu_seconds(pid) - before) / IDLE_SECONDS


def memory_kb(pid: int) -> int:
    """Proportional set size of a process and its descendants: shared pages are divided among their users."""
    total = 0
    for one in process_tree(pid):
        lines = (PROC / f"{one}/smaps_rollup").read_text().splitlines()
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total


def forget_most_memory(pid: int) -> int:
    """Begin anew to note the most memory of a process; what it has now, in kB."""
    (PROC / f"{pid}/clear_refs").write_text("5")
    return _status_kb(pid, "VmRSS")


def most_memory_kb(pid: int) -> int:
    """The most memory that a process had, for however short a time."""
    return _status_kb(pid, "VmHWM")


def _status_kb(pid: int, key: str) -> int:
    lines = (PROC / f"{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{key}:"))


def established(port: int) -> int:
    """How many connections to a local port the server still holds open."""
    suffix, count = f":{port:04X}", 0
    for line in (PROC / "net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        count += fields[1].endswith(suffix) and fields[3] == "01"
    return count


def describe() -> dict[str, object]:
    """The machine, for whoever reads the figures later."""
    return {"cores": os.cpu_count(), "system": platform.system(), "python": platform.python_version()}
