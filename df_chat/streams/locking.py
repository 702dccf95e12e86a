"""The SQL of the lock: which rows, in which order, and how long to wait, per database.

Raw, because these statements are on the path of every write and the ORM triples their cost.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from df_chat.settings import chat_settings
from df_chat.streams.stream import LockedStream, Stream

_TABLE = Stream._meta.db_table

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL and its parameters, already prepared for the database; ``returns`` tells whether it answers with rows."""

    sql: str
    params: tuple[Any, ...] = ()
    returns: bool = True


def lock_rows(
    connection: BaseDatabaseWrapper, ids: Sequence[uuid.UUID], *, outermost: bool, then: Statement | None = None
) -> tuple[list[LockedStream], Rows]:
    """Lock the rows of these streams in ascending id; ids without a row are left out.

    On PostgreSQL and MariaDB the wait ends with an OperationalError after LOCK_TIMEOUT_SECONDS; SQLite waits as long
    as its ``timeout`` option says, MySQL as long as ``innodb_lock_wait_timeout``.

    Args:
        outermost: no transaction of the host's is around this one.
        then: a query to run once the lock is held; where the driver can, in the same round trip.

    Returns:
        The streams, and the rows of ``then``.
    """
    statements = _lock_statements(connection, ids, outermost=outermost)
    results = run_statements(connection, [*statements, *([then] if then else [])])
    locked = results[len(statements) - 1]
    return [_load(row) for row in locked], results[-1] if then else []


def version_statement(
    connection: BaseDatabaseWrapper, stream_id: uuid.UUID, *, version: int, acl: int, active_at: datetime | None
) -> Statement:
    """The UPDATE that stores what a transaction made of a locked stream."""
    assignments, params = "version = %s, acl = %s", [version, acl]
    if active_at is not None:
        assignments += ", active_at = %s"
        params.append(connection.ops.adapt_datetimefield_value(active_at))  # type: ignore[arg-type]
    sql = f"UPDATE {_TABLE} SET {assignments} WHERE id = %s"  # noqa: S608 - only constants
    return Statement(sql, (*params, _prepare(connection, stream_id)), returns=False)


def commit_statements(connection: BaseDatabaseWrapper) -> list[Statement]:
    """COMMIT, where it can travel with the statements before it: the locks are held for one round trip less.

    Django's own commit then finds nothing left to do.
    """
    return [Statement("COMMIT", returns=False)] if _takes_several(connection) else []


def _lock_statements(connection: BaseDatabaseWrapper, ids: Sequence[uuid.UUID], *, outermost: bool) -> list[Statement]:
    """Statements of which the last one answers with the locked rows."""
    params = tuple(_prepare(connection, stream_id) for stream_id in ids)
    where = f"WHERE id IN ({', '.join(['%s'] * len(ids))})"
    select = f"SELECT {', '.join(LockedStream._fields)} FROM {_TABLE} {where}"  # noqa: S608 - only constants
    if connection.vendor == "sqlite":
        # Takes SQLite's one write lock even where transactions begin deferred.
        touch = f"UPDATE {_TABLE} SET version = version {where}"  # noqa: S608 - only constants
        return [Statement(touch, params, returns=False), Statement(select, params)]
    seconds = chat_settings.LOCK_TIMEOUT_SECONDS
    if getattr(connection, "mysql_is_mariadb", False):
        return [Statement(f"{select} ORDER BY id FOR UPDATE WAIT {int(seconds)}", params)]
    lock = Statement(f"{select} ORDER BY id FOR UPDATE", params)
    if connection.vendor == "postgresql" and outermost:
        # Inside a host's transaction its own timeout stays: SET LOCAL would outlive this block.
        return [Statement(f"SET LOCAL lock_timeout = {int(seconds * 1000)}", returns=False), lock]
    return [lock]


def run_statements(connection: BaseDatabaseWrapper, statements: Sequence[Statement]) -> list[Rows]:
    """The rows of each statement. In one message where the driver takes several: each still sees its own moment."""
    with connection.cursor() as cursor:
        if _takes_several(connection):
            sql = "; ".join(statement.sql for statement in statements)
            cursor.execute(sql, [value for statement in statements for value in statement.params])
            results = []
            for statement in statements:
                results.append(cursor.fetchall() if statement.returns else [])
                cursor.nextset()
            return results
        results = []
        for statement in statements:
            cursor.execute(statement.sql, statement.params)
            results.append(list(cursor.fetchall()) if statement.returns else [])
        return results


def _takes_several(connection: BaseDatabaseWrapper) -> bool:
    # psycopg 3 with client-side binding, Django's default; psycopg2 would keep the last result only.
    is_psycopg3 = connection.vendor == "postgresql" and connection.Database.__name__ == "psycopg"  # type: ignore[attr-defined]
    return is_psycopg3 and not connection.settings_dict["OPTIONS"].get("server_side_binding")


def _prepare(connection: BaseDatabaseWrapper, stream_id: uuid.UUID) -> Any:
    return Stream._meta.pk.get_db_prep_value(stream_id, connection)


def _load(row: Sequence[Any]) -> LockedStream:
    stream_id = row[0] if isinstance(row[0], uuid.UUID) else uuid.UUID(str(row[0]))
    return LockedStream(stream_id, *row[1:])
