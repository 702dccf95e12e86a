"""What a probe found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. It holds no text of messages and no secrets."""

    status: Literal["PASS", "WARN", "FAIL"]
    detail: str
    hint: str = ""
    probe: str = ""


Probe = Callable[[], Iterable[Finding]]


def passed(detail: str) -> Finding:
    return Finding("PASS", detail)


def warned(detail: str, hint: str) -> Finding:
    return Finding("WARN", detail, hint)


def failed(detail: str, hint: str) -> Finding:
    return Finding("FAIL", detail, hint)
