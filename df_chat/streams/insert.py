"""A new row as one prepared statement, for the one write that everybody waits for: sending."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.db import connections
from django.db.models import Field, Model
from django.db.models.signals import post_save, pre_save

from df_chat.streams.locking import Statement


def insert_statement(obj: Model, *, using: str) -> Statement:
    """The INSERT that ``obj.save(force_insert=True)`` would run, without compiling a query anew each time.

    The primary key must be set already, and no field may compute its value in SQL.
    """
    connection = connections[using]
    sql, columns = _template(type(obj), using)
    params: list[Any] = []
    for field, default, prepared_default in columns:
        value = field.pre_save(obj, True)
        if value is None:
            params.append(None)
        elif value == default and type(value) is type(default):
            params.append(prepared_default)
        else:
            params.append(field.get_db_prep_save(value, connection))
    return Statement(sql, tuple(params), returns=False)


def mark_saved(obj: Model, *, using: str) -> None:
    """Let the instance know that it is a row now."""
    obj._state.adding = False
    obj._state.db = using


def is_listened_to(model: type[Model]) -> bool:
    """Whether somebody relies on ``save()``'s signals for this model."""
    return pre_save.has_listeners(model) or post_save.has_listeners(model)


@lru_cache(maxsize=8)
def _template(model: type[Model], using: str) -> tuple[str, tuple[tuple[Field[Any, Any], Any, Any], ...]]:
    """The SQL, and for each column its field with a default that most rows have, prepared once."""
    connection = connections[using]
    quote = connection.ops.quote_name
    fields = model._meta.local_concrete_fields
    names = ", ".join(quote(field.column or field.name) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES ({places})"  # noqa: S608 - names of ours
    return sql, tuple((field, *_constant_default(field, connection)) for field in fields)


def _constant_default(field: Field[Any, Any], connection: Any) -> tuple[Any, Any]:
    default = field.get_default() if field.has_default() else None
    # Not the time of day, nor a fresh id.
    if not isinstance(default, bool | int | list | dict):
        return None, None
    return default, field.get_db_prep_save(default, connection)
