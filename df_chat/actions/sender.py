"""What sending has to know, in one statement, without compiling a query: every send pays for it under the lock."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db import connections
from django.db.models import Field, Model

from df_chat.access import Access
from df_chat.exceptions import NotFound
from df_chat.ids import Id, to_uuid
from df_chat.models import Message, Room, RoomUser
from df_chat.policy import get_policy
from df_chat.settings import chat_settings
from df_chat.streams import Statement


def sender_statement(actor: Any, room_id: Id, client_id: uuid.UUID | None) -> Statement:
    """The query for the room, the actor's membership, and what it already sent with ``client_id``."""
    connection = connections[chat_settings.DATABASE]
    prepare = Room._meta.pk.get_db_prep_value
    user_pk = RoomUser._meta.get_field("user").get_db_prep_value(actor.pk, connection)
    sent = None if client_id is None else prepare(client_id, connection)
    return Statement(_SQL, (sent, user_pk, prepare(to_uuid(room_id), connection)))


def sender_access(actor: Any, rows: Sequence[Sequence[Any]]) -> tuple[Access, uuid.UUID | None]:
    """The access of a sender, and the id of what the member sent before.

    The columns that sending does not need are deferred: a policy that asks for one costs a query.

    Raises:
        NotFound: no such room, or none that this user may know of.
    """
    if not rows:
        raise NotFound
    row = rows[0]
    room = _instance(Room, _ROOM_COLUMNS, row)
    member = None
    if row[_MEMBER_ID] is not None:
        member = _instance(RoomUser, _MEMBER_COLUMNS, row[len(_ROOM_COLUMNS) :])
        member.room, member.user = room, actor
    if not get_policy().can_see(actor, room, member):
        raise NotFound
    return Access(actor, room, member), None if row[-1] is None else uuid.UUID(str(row[-1]))


def _columns(model: type[Model], *names: str) -> tuple[str, ...]:
    """These columns in the order in which ``from_db`` takes them."""
    return tuple(field.attname for field in model._meta.concrete_fields if field.attname in names)


_ROOM_COLUMNS = _columns(Room, "id", "kind", "is_public", "is_archived", "deleted_at", "max_users")
_MEMBER_COLUMNS = _columns(
    RoomUser, "id", "room_id", "user_id", "role", "is_active", "is_muted", "member_epoch", "visible_from_seq"
)
_MEMBER_ID = len(_ROOM_COLUMNS) + _MEMBER_COLUMNS.index("id")
_SELECTED = [*(f"r.{name}" for name in _ROOM_COLUMNS), *(f"m.{name}" for name in _MEMBER_COLUMNS)]
_SQL = (
    f"SELECT {', '.join(_SELECTED)}, "  # noqa: S608 - only constants
    f"(SELECT s.id FROM {Message._meta.db_table} s WHERE s.room_user_id = m.id AND s.client_id = %s) "
    f"FROM {Room._meta.db_table} r LEFT JOIN {RoomUser._meta.db_table} m ON m.room_id = r.id AND m.user_id = %s "
    "WHERE r.id = %s"
)


def _instance(model: Any, columns: tuple[str, ...], row: Sequence[Any]) -> Any:
    """A row as a model instance, its values converted as the ORM converts them."""
    using = chat_settings.DATABASE
    values = list(row[: len(columns)])
    for index, expression, converters in _converters(model, columns, using):
        for convert in converters:
            values[index] = convert(values[index], expression, connections[using])
    return model.from_db(using, columns, values)


@lru_cache(maxsize=8)
def _converters(model: type[Model], columns: tuple[str, ...], using: str) -> list[tuple[int, Any, list[Any]]]:
    """The columns that this database does not give in Python's own types; on PostgreSQL there are none."""
    connection = connections[using]
    fields: dict[str, Field[Any, Any]] = {field.attname: field for field in model._meta.concrete_fields}
    found = []
    for index, name in enumerate(columns):
        expression = fields[name].get_col(model._meta.db_table)
        converters = [*connection.ops.get_db_converters(expression), *expression.get_db_converters(connection)]
        if converters:
            found.append((index, expression, converters))
    return found
