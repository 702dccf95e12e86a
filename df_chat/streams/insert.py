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
    sql, fields = _template(type(obj), using)
    values = (field.pre_save(obj, True) for field in fields)
    params = tuple(
        # Nothing prepares to nothing.
        None if value is None else field.get_db_prep_save(value, connection)
        for field, value in zip(fields, values, strict=True)
    )
    return Statement(sql, params, returns=False)


def mark_saved(obj: Model, *, using: str) -> None:
    """Let the instance know that it is a row now."""
    obj._state.adding = False
    obj._state.db = using


def is_listened_to(model: type[Model]) -> bool:
    """Whether somebody relies on ``save()``'s signals for this model."""
    return pre_save.has_listeners(model) or post_save.has_listeners(model)


@lru_cache(maxsize=8)
def _template(model: type[Model], using: str) -> tuple[str, tuple[Field[Any, Any], ...]]:
    quote = connections[using].ops.quote_name
    fields = tuple(model._meta.local_concrete_fields)
    columns = ", ".join(quote(field.column or field.name) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    return f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({places})", fields  # noqa: S608 - names of ours
