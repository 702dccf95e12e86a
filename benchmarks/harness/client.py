"""The load client: ``load.c``, compiled once a run, and spoken to over pipes.

It is written in C because a client in Python costs more per event than the servers it would measure.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from select import select
from types import TracebackType
from typing import Any, Self

from benchmarks.harness import machine

SOURCE = Path(__file__).with_name("load.c")


def compile_client(folder: Path) -> Path:
    """Compile the client into ``folder``. Raises SystemExit where there is no C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise SystemExit("The load client is written in C: install gcc.")
    binary = folder / "load"
    subprocess.run([compiler, "-O2", "-o", str(binary), str(SOURCE)], check=True)
    return binary


class LoadClient:
    """Connections to one server, held by one process on a core of its own; leaving the context closes them."""

    def __init__(self, binary: Path, *, port: int, path: str, ready: str, headers: Sequence[str], message: str) -> None:
        texts = {
            binary.with_name(f"headers-{port}"): "\f".join(headers),
            binary.with_name(f"message-{port}"): message,
        }
        for file, text in texts.items():
            file.write_text(text)
        self.count = 0
        _, core = machine.cores()
        self.process = subprocess.Popen(
            [str(binary), str(port), path, ready, *map(str, texts)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        machine.favour(self.process.pid, core)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.communicate()

    def tell(self, command: str) -> None:
        """Begin a command; ``answer`` waits for its end."""
        assert self.process.stdin is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def is_done(self, timeout_seconds: float) -> bool:
        """Whether the command begun has ended, or does so in time."""
        return bool(select([self.process.stdout], [], [], timeout_seconds)[0])

    def answer(self) -> dict[str, Any]:
        """The result of the command begun. Raises RuntimeError if the client gave up."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the load client gave up")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def run(self, command: str) -> dict[str, Any]:
        """Run one command of ``load.c`` to its end."""
        self.tell(command)
        return self.answer()

    def connect(self, count: int) -> dict[str, Any]:
        """Open connections, and wait until the server has come to rest. Raises RuntimeError if some do not open."""
        answer = self.run(f"connect {count}")
        if answer["open"] < self.count + count:
            raise RuntimeError(f"only {answer['open']} of {self.count + count} connections are open")
        self.count += count
        self.run("quiet")
        return answer
