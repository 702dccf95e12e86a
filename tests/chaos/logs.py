"""What the workers log, as data: one JSON object a line, and which of it counts against the run."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class JSONFormatter(logging.Formatter):
    """Time, level, logger, message, and the classes and text of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "at": record.created,
            "pid": os.getpid(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage()[:500],
        }
        if record.exc_info and record.exc_info[1] is not None:
            entry["exceptions"] = list(_names(record.exc_info[1]))
            entry["traceback"] = self.formatException(record.exc_info)[-6000:]
        return json.dumps(entry)


def _names(error: BaseException | None) -> Iterator[str]:
    """The class of an exception, and of those that led to it, innermost last."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield f"{type(error).__module__}.{type(error).__qualname__}"
        error = error.__cause__ or error.__context__


@dataclass(frozen=True)
class Expected:
    """Errors that a fault explains, and that only count while such faults go on.

    Attributes:
        fault: the kind of fault, "database" or "redis".
        exceptions: classes, one of which must be in the chain of causes.
        logger: beginning of the logger's name.
    """

    fault: str
    exceptions: frozenset[str]
    logger: str
    reason: str

    def explains(self, entry: dict[str, Any]) -> bool:
        names = set(entry.get("exceptions", ()))
        return str(entry["logger"]).startswith(self.logger) and bool(names & self.exceptions)


_DATABASE_ERRORS = frozenset(
    {
        "django.db.utils.OperationalError",
        "django.db.utils.InterfaceError",
        "psycopg.OperationalError",
        "psycopg_pool.PoolTimeout",
        "psycopg.errors.AdminShutdown",
        "psycopg.errors.CannotConnectNow",
        "MySQLdb.OperationalError",
    }
)
_REDIS_ERRORS = frozenset(
    {
        "redis.exceptions.ConnectionError",
        "redis.exceptions.TimeoutError",
        "builtins.ConnectionError",
        "builtins.ConnectionResetError",
        "builtins.ConnectionRefusedError",
        "builtins.OSError",
        # redis-py, when its connection is lost while a message is being read.
        "asyncio.exceptions.IncompleteReadError",
        # channels_redis, when it joins a group while it finds out that its connection is lost.
        "builtins.RuntimeError",
    }
)

EXPECTED = (
    Expected(
        "database", _DATABASE_ERRORS, "", "the database was away or its connection cut: 5xx, which clients try again"
    ),
    Expected(
        "redis", _REDIS_ERRORS, "channels_redis", "Redis was away; the layer connects again and the sweep fills the gap"
    ),
)


def read_records(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """Every record of these files; a line cut short by a kill is left out."""
    for path in paths:
        if not path.exists():
            continue
        for line in path.read_text(errors="replace").splitlines():
            try:
                yield {"worker": path.stem, **json.loads(line)}
            except ValueError:
                continue


@dataclass
class Verdict:
    """Errors that faults explain, by reason, and those that nothing explains."""

    expected: dict[str, int]
    unexpected: list[dict[str, Any]]


def judge(records: Iterable[dict[str, Any]], *, faults: Iterable[str]) -> Verdict:
    """Sort the errors among the records.

    Args:
        faults: the kinds of faults that went on in this run.
    """
    kinds = set(faults)
    verdict = Verdict({}, [])
    for entry in records:
        if logging.getLevelNamesMapping()[entry["level"]] < logging.ERROR:
            continue
        reason = next((rule.reason for rule in EXPECTED if rule.fault in kinds and rule.explains(entry)), None)
        # django.request repeats in words what was logged with its traceback, or answers a deliberate 503.
        if reason is None and entry["logger"] == "django.request" and "exceptions" not in entry:
            reason = "an answer of 5xx without an exception"
        if reason is None:
            verdict.unexpected.append(entry)
        else:
            verdict.expected[reason] = verdict.expected.get(reason, 0) + 1
    return verdict


def uncaught_lines(paths: Iterable[Path]) -> list[str]:
    """Traces of exceptions on standard error, which no logger has seen."""
    found = []
    for path in paths:
        if path.exists():
            text = path.read_text(errors="replace")
            found += [
                f"{path.stem}: {line[:200]}"
                for line in text.splitlines()
                if line.startswith(("Traceback", "Exception ignored", "Fatal Python error", "Exception in thread"))
            ]
    return found
