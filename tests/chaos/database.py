"""The database as the oracle reads it, beside the workers: its rows, and a history that triggers keep.

Rows hold the last version of an object only. The triggers note every version that was ever committed, so the oracle can
tell a gap, a phantom, and from which version on a user was out of a room.
"""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client

from df_chat import actions
from df_chat.models import Message, Room, RoomUser, Stream
from df_chat.streams.events import to_json

HISTORY = "chaos_history"
_TABLES = {"messages": Message, "users": RoomUser, "room": Room}
_COLUMNS = "kind, object_id, room_id, version, user_id, is_active, member_epoch"
_VALUES = {
    "messages": "'messages', NEW.id, NEW.room_id, NEW.version, NULL, NULL, NULL",
    "users": "'users', NEW.id, NEW.room_id, NEW.version, NEW.user_id, NEW.is_active, NEW.member_epoch",
    "room": "'room', NEW.id, NEW.id, NEW.version, NULL, NULL, NULL",
}


def keep_history() -> None:
    """Note every insert and update of a versioned row from now on."""
    key = {"postgresql": "BIGSERIAL", "mysql": "BIGINT AUTO_INCREMENT", "sqlite": "INTEGER"}[connection.vendor]
    columns = "kind VARCHAR(8), object_id VARCHAR(36), room_id VARCHAR(36), version BIGINT, user_id BIGINT"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {HISTORY}")
        cursor.execute(
            f"CREATE TABLE {HISTORY} (id {key} PRIMARY KEY, {columns}, is_active BOOLEAN, member_epoch BIGINT)"
        )
        for kind, model in _TABLES.items():
            insert = f"INSERT INTO {HISTORY} ({_COLUMNS}) VALUES ({_VALUES[kind]})"
            for moment in ("INSERT", "UPDATE"):
                name = f"{HISTORY}_{kind}_{moment.lower()}"
                _trigger(cursor, name, f"AFTER {moment} ON {model._meta.db_table} FOR EACH ROW", insert)


def _trigger(cursor: Any, name: str, when: str, insert: str) -> None:
    if connection.vendor == "postgresql":
        body = f"BEGIN {insert}; RETURN NULL; END"
        cursor.execute(f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$")
        cursor.execute(f"CREATE OR REPLACE TRIGGER {name} {when} EXECUTE FUNCTION {name}()")
        return
    cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
    cursor.execute(
        f"CREATE TRIGGER {name} {when} " + (insert if connection.vendor == "mysql" else f"BEGIN {insert}; END")
    )


@dataclass
class People:
    """Users and their rooms, and the cookie of a session of each user.

    Attributes:
        users: primary keys as clients know them, in order.
        sessions: session key by user.
        public, private: ids of rooms.
        owners: the owner of each room; owners stay.
        members: who is in each room at the start.
    """

    users: list[str]
    sessions: dict[str, str]
    public: list[str] = field(default_factory=list)
    private: list[str] = field(default_factory=list)
    owners: dict[str, str] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)

    @property
    def rooms(self) -> list[str]:
        return [*self.public, *self.private]

    def rooms_of(self, user: str) -> list[str]:
        return [room for room, members in self.members.items() if user in members]


def make_people(*, users: int, rooms: int, members: int) -> People:
    """``rooms`` rooms, every other one public, each with ``members`` of ``users`` users."""
    model = get_user_model()
    made = [model.objects.create_user(f"user{number}") for number in range(users)]
    people = People([str(user.pk) for user in made], {str(user.pk): _session(user) for user in made})
    for number in range(rooms):
        here = [made[(number * 7 + step) % users] for step in range(members)]
        owner, is_public = here[0], number % 2 == 0
        others = [user.pk for user in here[1:]]
        room = actions.create_room(actor=owner, title=f"Room {number}", is_public=is_public, user_ids=others)
        (people.public if is_public else people.private).append(str(room.pk))
        people.owners[str(room.pk)] = str(owner.pk)
        people.members[str(room.pk)] = [str(user.pk) for user in here]
    return people


def _session(user: Any) -> str:
    browser = Client()
    browser.force_login(user)
    return str(browser.cookies["sessionid"].value)


@dataclass
class RoomView:
    """A room as a member sees it: states by id, deleted messages left out of ``messages``."""

    version: int
    room: dict[str, Any]
    messages: dict[str, dict[str, Any]]
    deleted: set[str]
    users: dict[str, dict[str, Any]]


def read_rooms(room_ids: Iterable[str]) -> dict[str, RoomView]:
    """Each room whole, as the rows say."""
    return {room_id: _read_room(uuid.UUID(room_id)) for room_id in room_ids}


def _read_room(room_id: uuid.UUID) -> RoomView:
    messages = {str(row.pk): row for row in Message.objects.shown().with_sender().filter(room=room_id).order_by("seq")}
    members = RoomUser.objects.active().select_related("user").filter(room=room_id)
    return RoomView(
        version=Stream.objects.get(pk=room_id).version,
        room=plain(Room.objects.get(pk=room_id).state()),
        messages={pk: plain(row.state()) for pk, row in messages.items() if row.deleted_at is None},
        deleted={pk for pk, row in messages.items() if row.deleted_at is not None},
        users={str(row.pk): plain(row.state()) for row in members},
    )


def plain(state: dict[str, Any]) -> dict[str, Any]:
    """A state as it arrives at clients."""
    decoded: dict[str, Any] = json.loads(to_json(state))
    return decoded


def read_members(room_ids: Iterable[str]) -> dict[str, set[str]]:
    """The users who are in each room now."""
    rows = RoomUser.objects.active().filter(room__in=list(room_ids)).values_list("room_id", "user_id")
    members: dict[str, set[str]] = {room_id: set() for room_id in room_ids}
    for room_id, user_id in rows:
        members[str(room_id)].add(str(user_id))
    return members


@dataclass
class History:
    """What was ever committed.

    Attributes:
        versions: all versions by room.
        objects: (id, version) of every state.
        removals: by (room, user, member_epoch), the version at which that membership ended.
        streams: the version at which each room stands.
    """

    versions: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    objects: set[tuple[str, int]] = field(default_factory=set)
    removals: dict[tuple[str, str, int], int] = field(default_factory=dict)
    streams: dict[str, int] = field(default_factory=dict)


def read_history(room_ids: Iterable[str]) -> History:
    history = History()
    for room_id in room_ids:
        history.streams[room_id] = Stream.objects.get(pk=room_id).version
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_COLUMNS} FROM {HISTORY} ORDER BY id")
        for _kind, object_id, room, version, user_id, is_active, member_epoch in cursor.fetchall():
            # A reaction has no version of its own.
            if not version:
                continue
            room_id = str(uuid.UUID(room))
            history.versions[room_id].add(version)
            history.objects.add((_plain_id(object_id), version))
            if user_id is not None and not is_active:
                history.removals.setdefault((room_id, str(user_id), member_epoch), version)
    return history


def _plain_id(value: str) -> str:
    try:
        return str(uuid.UUID(value))
    except ValueError:
        return value


def read_sent() -> dict[str, list[str]]:
    """The ids of the live messages of each token: the first word of a body, which edits keep."""
    sent: dict[str, list[str]] = defaultdict(list)
    for pk, body in Message.objects.shown().filter(deleted_at=None).values_list("pk", "body"):
        sent[body.partition(" ")[0]].append(str(pk))
    return sent
