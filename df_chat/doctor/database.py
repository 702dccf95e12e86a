"""The database: that it is there, as new as the code, and keeps the promises that order everything."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db import OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from df_chat.doctor.findings import Finding, failed, passed, warned
from df_chat.models import Message, Stream
from df_chat.settings import chat_settings
from df_chat.streams import stream_tx

T = TypeVar("T")

HOLD_SECONDS = 0.25
ROUNDS = 20
ANSWER_SECONDS = 10
CLOCK_WARN_SECONDS, CLOCK_FAIL_SECONDS = 1.0, 30.0
_ISOLATION = {
    "postgresql": "SELECT current_setting('transaction_isolation')",
    "mysql": "SELECT @@SESSION.transaction_isolation",
    "mariadb": "SELECT @@SESSION.tx_isolation",
}
_CLOCK = {
    "postgresql": "SELECT clock_timestamp() AT TIME ZONE 'UTC'",
    "mysql": "SELECT UTC_TIMESTAMP(6)",
    "mariadb": "SELECT UTC_TIMESTAMP(6)",
}
_CHARSET = (
    "SELECT character_set_name FROM information_schema.columns "
    "WHERE table_schema = DATABASE() AND table_name = %s AND column_name = 'body'"
)


def probe_database() -> Iterator[Finding]:
    """Connect."""
    connection = _connection()
    try:
        connection.ensure_connection()
        version = ".".join(map(str, connection.get_database_version()))
    except Exception as error:
        yield failed(f"no connection: {type(error).__name__}", f"Try manage.py dbshell --database {connection.alias}.")
        return
    yield passed(f"{connection.display_name} {version} answers")


def probe_migrations() -> Iterator[Finding]:
    """Compare the tables with the code."""
    executor = MigrationExecutor(_connection())
    targets = [key for key in executor.loader.graph.leaf_nodes() if key[0] == "df_chat"]
    missing = [migration.name for migration, _ in executor.migration_plan(targets) if migration.app_label == "df_chat"]
    if missing:
        yield failed(f"not applied: {', '.join(missing)}", "Run manage.py migrate.")
    else:
        yield passed("every migration is applied")


def probe_isolation() -> Iterator[Finding]:
    """Ask the isolation level of a transaction, and on MySQL for the charset of what people write."""
    kind = _kind()
    if kind not in _ISOLATION:
        yield passed("SQLite runs one writer at a time")
        return
    level = str(_ask(_ISOLATION[kind])).lower().replace("-", " ")
    if level == "read committed":
        yield passed(f"transactions are {level.upper()}")
    else:
        yield failed(
            f"transactions are {level.upper()}: they read what is past", "Use READ COMMITTED, Django's default."
        )
    if kind != "postgresql":
        charset = _ask(_CHARSET, [Message._meta.db_table])
        if charset not in (None, "utf8mb4"):
            yield failed(f"messages are stored as {charset}: no emoji", "Convert the tables to utf8mb4.")


def probe_clock() -> Iterator[Finding]:
    """Compare this machine's clock with the database's."""
    kind = _kind()
    if kind not in _CLOCK:
        yield passed("SQLite has this machine's clock")
        return
    before = datetime.now(UTC)
    there: datetime = _ask(_CLOCK[kind]).replace(tzinfo=UTC)
    here = before + (datetime.now(UTC) - before) / 2
    seconds = abs((there - here).total_seconds())
    detail = f"{seconds:.3f} s apart from the database's"
    hint = "Let NTP set the clocks: presence and times of messages come from them."
    if seconds >= CLOCK_FAIL_SECONDS:
        yield failed(detail, hint)
    elif seconds >= CLOCK_WARN_SECONDS:
        yield warned(detail, hint)
    else:
        yield passed(detail)


def probe_locks() -> Iterator[Finding]:
    """Lock two streams of our own from two connections: the second waits, and opposite orders close no circle."""
    with _own_streams() as (one, other), ThreadPoolExecutor(2) as threads:
        waited = _wait_behind(one, threads)
        if waited is None:
            yield failed(
                "a second writer did not wait for the first", "Versions would be given out twice. Report this."
            )
        else:
            yield passed(f"a second writer waited {waited * 1000:.0f} ms for the first")
        barrier = threading.Barrier(2)
        orders = ([one, other], [other, one])
        jobs = [threads.submit(_closing, lambda ids=ids: _lock_often(ids, barrier)) for ids in orders]
        refused = sum(_result(job) for job in jobs)
        if refused:
            yield failed(
                f"{refused} of {2 * ROUNDS} crossing writers were refused", "Locks are not taken in one order."
            )
        else:
            yield passed(f"{2 * ROUNDS} writers that cross each other came through")


def _wait_behind(stream: uuid.UUID, threads: ThreadPoolExecutor) -> float | None:
    """How long a second connection waited for the lock that the first held; None if it did not wait."""
    asking = threading.Event()

    def lock() -> tuple[float, float]:
        _connection().ensure_connection()
        asking.set()
        asked = time.perf_counter()
        with stream_tx(rooms=[stream]):
            return asked, time.perf_counter()

    with stream_tx(rooms=[stream]):
        job = threads.submit(_closing, lock)
        asking.wait(ANSWER_SECONDS)
        time.sleep(HOLD_SECONDS)
        released = time.perf_counter()
    asked, held = _result(job)
    return held - asked if held >= released else None


def _lock_often(ids: Sequence[uuid.UUID], barrier: threading.Barrier) -> int:
    """Lock these streams again and again; how often the database refused."""
    _connection().ensure_connection()
    barrier.wait(ANSWER_SECONDS)
    refused = 0
    for _ in range(ROUNDS):
        try:
            with stream_tx(rooms=ids):
                pass
        except OperationalError:
            refused += 1
    return refused


@contextmanager
def _own_streams() -> Iterator[tuple[uuid.UUID, uuid.UUID]]:
    rows = Stream.objects.using(chat_settings.DATABASE)
    made = [Stream(id=key, kind=Stream.Kind.ROOM, owner_id=str(key)) for key in (uuid.uuid4(), uuid.uuid4())]
    rows.bulk_create(made)
    try:
        yield made[0].pk, made[1].pk
    finally:
        rows.filter(pk__in=[stream.pk for stream in made]).delete()


def _closing(function: Callable[[], T]) -> T:
    """Call on this thread, and give its connections back."""
    try:
        return function()
    finally:
        connections.close_all()


def _result(job: Future[T]) -> T:
    return job.result(ANSWER_SECONDS)


def _connection() -> BaseDatabaseWrapper:
    return connections[chat_settings.DATABASE]


def _kind() -> str:
    connection = _connection()
    return "mariadb" if getattr(connection, "mysql_is_mariadb", False) else connection.vendor


def _ask(sql: str, params: Sequence[Any] = ()) -> Any:
    """The one value that a query answers with, inside a transaction as the chat opens them."""
    with transaction.atomic(using=chat_settings.DATABASE), _connection().cursor() as cursor:
        cursor.execute(sql, params)
        row = cursor.fetchone()
    return row[0] if row else None
