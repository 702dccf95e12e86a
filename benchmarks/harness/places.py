"""Rooms with members who are signed in, made in bulk: thousands of them are needed, and none of their history."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

BODY = "x" * 220
BATCH = 500


@dataclass(frozen=True)
class Crowd:
    """People who are all in the same rooms.

    Attributes:
        headers: the lines that sign each person in.
        version: of each room's stream, and of its access.
    """

    room_ids: list[uuid.UUID]
    headers: list[str]
    user_id: str
    version: int

    def message(self, body: str = BODY) -> str:
        """A message to the first room as JSON, shaped as df_chat shows it; every server gets the same bytes."""
        person = {"id": self.user_id, "name": "Member 0"}
        state: dict[str, Any] = {
            "id": str(uuid.uuid4()),
            "room_id": str(self.room_ids[0]),
            "version": self.version,
            "seq": self.version,
            "user_id": self.user_id,
            "sender": person,
            "parent_id": None,
            "body": body,
            "is_reaction": False,
            "client_id": str(uuid.uuid4()),
            "reactions": [],
            "reply_count": 0,
            "images": [],
            "files": [],
            "mentions": [],
            "metadata": {"sent_ns": "@NS@"},
            "created": "2026-01-01T12:00:00.000000Z",
            "edited_at": None,
        }
        return json.dumps(state, separators=(",", ":")).replace('"@NS@"', "@NS@")


def make_crowd(people: int, *, rooms: int = 1) -> Crowd:
    """Make people, sign them in, and put all of them into new rooms."""
    users = _make_users(people)
    made = [_make_room(users, number) for number in range(1, rooms + 1)]
    _make_user_streams(users, version=rooms)
    return Crowd(made, _sign_in(users), str(users[0].pk), version=people)


def _make_users(count: int) -> list[Any]:
    from django.contrib.auth import get_user_model

    users = get_user_model()
    prefix = uuid.uuid4().hex[:8]
    rows = [users(username=f"{prefix}-{number}", first_name="Member", last_name=str(number)) for number in range(count)]
    _insert(rows)
    return list(users.objects.filter(username__startswith=f"{prefix}-").order_by("pk"))


def _make_room(users: Sequence[Any], number: int) -> uuid.UUID:
    from df_chat.models import Room, RoomUser, Stream
    from df_chat.streams import StreamKey

    room = Room(title=f"Room {number}", creator=users[0], version=1)
    _insert([room])
    _insert([Stream(**StreamKey.of_room(room.pk)._asdict(), version=len(users), acl=len(users))])
    members = enumerate(users, 1)
    _insert([RoomUser(room=room, user=user, version=version, user_version=number) for version, user in members])
    return room.pk


def _make_user_streams(users: Sequence[Any], *, version: int) -> None:
    from df_chat.models import Stream
    from df_chat.streams import StreamKey

    _insert([Stream(**StreamKey.of_user(user.pk)._asdict(), version=version, acl=version) for user in users])


def _sign_in(users: Sequence[Any]) -> list[str]:
    from datetime import timedelta

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.utils import timezone

    sessions, model = [], SessionStore.get_model_class()
    for user in users:
        data = {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: user.get_session_auth_hash(),
        }
        encoded, expires = SessionStore().encode(data), timezone.now() + timedelta(days=1)
        sessions.append(model(session_key=uuid.uuid4().hex, session_data=encoded, expire_date=expires))
    _insert(sessions)
    # Cookies count only beside the token that their own pages can read.
    token = uuid.uuid4().hex
    cookies = [f"{settings.SESSION_COOKIE_NAME}={session.session_key}; csrftoken={token}" for session in sessions]
    return [f"Cookie: {cookie}\r\nSec-WebSocket-Protocol: df-chat, csrf.{token}" for cookie in cookies]


def _insert(rows: Sequence[Any]) -> None:
    from django.db.models import QuerySet

    # A plain queryset: the chat's own refuses, because nobody would hear of rows that are made in bulk.
    waiting = iter(rows)
    while batch := list(islice(waiting, BATCH)):
        QuerySet(type(batch[0])).bulk_create(batch)
