"""The real server behind the same face as the model: actions, the REST API and the ORM on whatever database is set."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection, models, transaction
from rest_framework.test import APIClient

from df_chat import actions
from df_chat.exceptions import ChatError
from df_chat.models import Message, Room, RoomUser, Stream
from df_chat.signals import stream_changed
from df_chat.streams import StreamKey, stream_tx
from df_chat.streams.events import to_json
from df_chat.sync import Position, read_positions
from df_chat.testing import make_room, make_user, server_view
from tests.sync.ledger import Refused

State = dict[str, Any]
API = "/api/v1/chat/"
# Pages so small that histories of a few messages have several.
SETTINGS = {"MAX_PAGE_SIZE": 3, "MAX_CHANGES": 20, "NEW_MEMBER_HISTORY": "none"}


class RolledBack(Exception):
    pass


class OrmServer:
    """A private room of its own; ``close`` ends it. What it left in the database is in nobody's way."""

    off: frozenset[str] = frozenset()

    def __init__(self) -> None:
        people = [make_user() for _ in range(3)]
        self._people = {str(user.pk): user for user in people}
        # The stream of somebody without a membership, which would begin with the first one.
        Stream.objects.create(**StreamKey.of_user(people[2].pk)._asdict())
        self._room = make_room(*people[:2])
        self.users = list(self._people)
        self.room = self._room.stream_name
        self.publish: Callable[[State], None] = lambda event: None
        self.pause: Callable[[], None] = lambda: None
        self.pruned: set[str | None] = set()
        self._backup: dict[type[models.Model], list[State]] | None = None
        self._clients = {key: APIClient() for key in self._people}
        for key, client in self._clients.items():
            client.force_authenticate(self._people[key])
        stream_changed.connect(self._announce)

    def close(self) -> None:
        stream_changed.disconnect(self._announce)

    def _announce(self, event: Any, **kwargs: Any) -> None:
        self.publish(json.loads(to_json(event.frame())))

    # -- Writing ----------------------------------------------------------------------------------------------------
    def act(self, kind: str, user: str, message_id: str | None) -> None:
        """One write by somebody who is no client here. Raises Refused."""
        try:
            with contextlib.suppress(RolledBack):
                self._act(kind, self._people[user], message_id)
        except ChatError:
            raise Refused from None

    def _act(self, kind: str, user: Any, message_id: str | None) -> None:
        where = {"room_id": self._room.pk}
        match kind:
            case "send":
                actions.send_message(actor=user, body="hello", **where)
            case "bulk":
                with stream_tx(rooms=[self._room.pk]):
                    for body in ("one", "two", "three"):
                        actions.send_message(actor=user, body=body, **where)
            case "rollback":
                with transaction.atomic():
                    actions.send_message(actor=user, body="never", **where)
                    raise RolledBack
            case "edit" if message_id:
                message = Message.objects.with_sender().get(pk=message_id)
                author = message.room_user.user
                actions.edit_message(actor=author, message_id=message.pk, body=message.body + "!", **where)
            case "delete" if message_id:
                actions.delete_message(actor=None, message_id=message_id, **where)
            case "react" if message_id:
                mine = {"parent": message_id, "is_reaction": True, "room_user__user": user.pk}
                on = not Message.objects.filter(**mine).exists()
                actions.react(actor=user, message_id=message_id, emoji="👍", on=on, **where)
            case "add":
                actions.add_member(actor=None, user_id=user.pk, **where)
            case "remove" if user.pk != self._room.creator_id:
                actions.remove_member(actor=None, user_id=user.pk, **where)
            case "seen":
                actions.mark_seen(actor=user, up_to=10**9, **where)
            case "rename":
                title = Room.objects.get(pk=self._room.pk).title
                actions.update_room(actor=None, title=title + "x", **where)

    def prune(self, kept: set[str]) -> None:
        """S15: tombstones go, but those whose keys may still be sent again."""
        with stream_tx(rooms=[self._room.pk]):
            rows = Message._base_manager.filter(room=self._room, is_reaction=False, deleted_at__isnull=False)
            gone = [row for row in rows if str(row.client_id) not in kept]
            horizon = max([self.horizon, *(row.version for row in gone)])
            Stream.objects.filter(pk=self._room.pk).update(horizon=horizon)
            Message._base_manager.filter(pk__in=[row.pk for row in gone])._raw_delete("default")
        self.pruned |= {str(row.client_id) for row in gone if row.client_id}

    def back_up(self) -> None:
        self._backup = {model: list(rows.values()) for model, rows in self._tables().items()}

    def restore(self) -> bool:
        """S16. Whether there was a backup."""
        if self._backup is None:
            return False
        backup, self._backup = self._backup, None
        epoch = Stream.objects.get(pk=self._room.pk).epoch + 1
        with transaction.atomic():
            tables = self._tables()
            # Rows that refer to others go first, and come last.
            for model in (Message, RoomUser, Stream):
                if model is Message:
                    tables[Message].update(parent=None)
                tables[model]._raw_delete("default")
            for row in backup[Room]:
                tables[Room].update(**row)
            for model in (Stream, RoomUser, Message):
                models.QuerySet(model).bulk_create([_instance(model, row) for row in backup[model]])
            self._tables()[Stream].update(epoch=epoch)
        return True

    def _tables(self) -> dict[type[models.Model], models.QuerySet[Any]]:
        names = [self.room, *(f"user:{key}" for key in self.users)]
        owners = [name.partition(":")[2] for name in names]
        return {
            Room: models.QuerySet(Room).filter(pk=self._room.pk),
            Stream: models.QuerySet(Stream).filter(owner_id__in=owners),
            RoomUser: models.QuerySet(RoomUser).filter(room=self._room.pk),
            Message: models.QuerySet(Message).filter(room=self._room.pk).order_by("created"),
        }

    # -- Reading ----------------------------------------------------------------------------------------------------
    def http(self, user: str, method: str, path: str, body: State | None) -> tuple[int, State]:
        with self._pausing():
            response = self._clients[user].generic(
                method, API + path, json.dumps(body) if body is not None else "", content_type="application/json"
            )
        return response.status_code, response.json() if response.content else {}

    def positions(self, user: str) -> dict[str, Position]:
        with self._pausing():
            return read_positions(self._people[user])

    def position(self, user: str) -> Position | None:
        return self.positions(user).get(self.room)

    @contextlib.contextmanager
    def _pausing(self) -> Iterator[None]:
        """Between any two queries of a read, others may write; writes themselves are one."""

        def run(execute: Any, *args: Any) -> Any:
            if not connection.in_atomic_block:
                self.pause()
            return execute(*args)

        with connection.execute_wrapper(run):
            yield

    # -- For the tests ------------------------------------------------------------------------------------------
    def view(self, user: str) -> State | None:
        """What a client of this user has to show of the room in the end; None without access."""
        return server_view(self._people[user], str(self._room.pk))

    def memberships(self, user: str) -> list[State]:
        rows = RoomUser.objects.active().filter(user=self._people[user].pk)
        return [row.membership_state() for row in rows]

    @property
    def version(self) -> int:
        return Stream.objects.get(pk=self._room.pk).version

    @property
    def horizon(self) -> int:
        return Stream.objects.get(pk=self._room.pk).horizon

    def visible_from(self, user: str) -> int:
        return RoomUser.objects.get(room=self._room, user=self._people[user].pk).visible_from_seq

    def rows(self) -> list[State]:
        """Every row of the room: ``version``, and for messages ``id``, ``seq``, ``user_id``, ``client_id``."""
        messages = Message.objects.shown().filter(room=self._room).select_related("room_user")
        rows: list[State] = [
            {
                "version": one.version,
                "seq": one.seq,
                "user_id": str(one.room_user.user_id),
                "client_id": one.client_id and str(one.client_id),
            }
            for one in messages
        ]
        rows += [{"version": one.version} for one in RoomUser.objects.filter(room=self._room)]
        return [*rows, {"version": Room.objects.get(pk=self._room.pk).version}]

    def message_ids(self) -> list[str]:
        return [
            str(pk)
            for pk in Message.objects.shown().filter(room=self._room).order_by("seq").values_list("pk", flat=True)
        ]


def _instance(model: type[models.Model], row: State) -> models.Model:
    return model(**row)
