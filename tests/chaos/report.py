"""What a run shows: a line a second while it goes on, a table at the end, and the same as JSON."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Check:
    """One figure against what it must be."""

    name: str
    value: object
    limit: str
    passed: bool
    detail: str = ""


class Progress:
    """Prints lines with the seconds since the start."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def line(self, title: str, text: str) -> None:
        print(f"{time.monotonic() - self._began:6.1f} s  {title:<9} {text}".rstrip(), flush=True)


def show(checks: Iterable[Check]) -> None:
    """The table: red lines say what was wrong, green ones what was reached."""
    checks = list(checks)
    names = max(len(check.name) for check in checks)
    values = max(len(str(check.value)) for check in checks)
    limits = max(len(check.limit) for check in checks)
    print()
    for check in checks:
        word = "ok " if check.passed else "RED"
        figures = f"{check.value!s:>{values}}  {check.limit:<{limits}}"
        print(f"{word}  {check.name:<{names}}  {figures}  {check.detail}".rstrip())
    print(flush=True)


def save(path: Path, seed: int, checks: Iterable[Check]) -> None:
    """The same for programs."""
    content = {"seed": seed, "checks": [{**asdict(check), "value": str(check.value)} for check in checks]}
    path.write_text(json.dumps(content, indent=1))


def finish(checks: Iterable[Check], *, seed: int) -> int:
    """The verdict, and the exit code."""
    red = [check.name for check in checks if not check.passed]
    print(f"seed {seed}: " + (f"RED: {', '.join(red)}" if red else "green"), file=sys.stdout, flush=True)
    return 1 if red else 0
