"""Where a user's streams stand: what clients compare their cursors with, and sockets subscribe by."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any, NamedTuple

from django.db.models import Q

from df_chat.exceptions import NotFound
from df_chat.ids import user_stream_id
from df_chat.models import Room, RoomUser, Stream
from df_chat.settings import chat_settings
from df_chat.streams import State, StreamKey


def gen_of(epoch: int, member_epoch: int) -> str:
    """Which life of a stream, and which membership of the reader, a cursor belongs to; opaque to clients."""
    return f"{epoch}.{member_epoch}"


class Position(NamedTuple):
    """One stream as this user may follow it. Plain, for a socket that opens makes one of each room.

    ``acl`` was read before the membership, so a later one tells that the membership must be read again.
    """

    stream_id: uuid.UUID
    name: str
    epoch: int
    version: int
    acl: int
    member_epoch: int = 0
    visible_from: int = 0

    @property
    def gen(self) -> str:
        """See ``gen_of``."""
        return gen_of(self.epoch, self.member_epoch)

    def state(self) -> State:
        return {"gen": self.gen, "version": self.version}


def position_of(stream: Stream, *, member_epoch: int = 0, visible_from: int = 0) -> Position:
    return Position(
        stream_id=stream.pk,
        name=stream.name,
        epoch=stream.epoch,
        version=stream.version,
        acl=stream.acl,
        member_epoch=member_epoch,
        visible_from=visible_from,
    )


def read_stream(stream_id: uuid.UUID) -> Stream:
    """One stream as it stands now. Raises NotFound."""
    stream = Stream.objects.using(chat_settings.DATABASE).filter(pk=stream_id).first()
    if stream is None:
        raise NotFound
    return stream


def read_user_stream(user: Any) -> Stream:
    """The user's own stream; one that was never written yet stands at 0."""
    stream = Stream.objects.using(chat_settings.DATABASE).filter(pk=user_stream_id(user.pk)).first()
    return stream or Stream(**StreamKey.of_user(user.pk)._asdict())


def read_positions(user: Any, *, also: Collection[uuid.UUID] = ()) -> dict[str, Position]:
    """The user's own stream and those of all rooms the user is in, by name, in three queries (four with ``also``).

    Args:
        also: rooms to take in as well, where they are public.
    """
    own = read_user_stream(user)
    members = RoomUser.objects.active().filter(user=user.pk)
    wanted = Q(pk__in=members.values("room"))
    if also:
        wanted |= Q(pk__in=Room.objects.live().filter(pk__in=also, is_public=True).values("pk"))
    rows = Stream.objects.using(chat_settings.DATABASE).filter(wanted, kind=Stream.Kind.ROOM)
    # Read whole before the memberships are: see Position.acl.
    streams = list(rows.values_list("pk", "owner_id", "epoch", "version", "acl"))
    memberships = {
        room_id: (epoch, seq)
        for room_id, epoch, seq in members.values_list("room_id", "member_epoch", "visible_from_seq")
    }
    positions = {own.name: position_of(own)}
    for pk, owner_id, epoch, version, acl in streams:
        if pk in memberships or pk in also:
            name = f"room:{owner_id}"
            positions[name] = Position(pk, name, epoch, version, acl, *memberships.get(pk, (0, 0)))
    return positions


class Head(NamedTuple):
    """A stream's row, as far as a process compares it with what it has heard."""

    version: int
    acl: int
    epoch: int


def read_heads(stream_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Head]:
    """Where streams stand, in one query; those never written are left out."""
    rows = Stream.objects.using(chat_settings.DATABASE).filter(pk__in=stream_ids)
    return {pk: Head(*row) for pk, *row in rows.values_list("pk", "version", "acl", "epoch")}


def read_members(room_id: uuid.UUID, user_pks: Collection[Any]) -> tuple[Head, dict[Any, tuple[int, int]]]:
    """Which of these users are members of a room, with their ``member_epoch`` and ``visible_from_seq``.

    The head is read before the members: see ``Position.acl``. A room that is gone has none.
    """
    head = read_heads([room_id]).get(room_id, Head(0, 0, 0))
    rows = RoomUser.objects.active().filter(room=room_id, room__deleted_at=None, user__in=user_pks)
    members = rows.values_list("user_id", "member_epoch", "visible_from_seq")
    return head, {pk: (epoch, seq) for pk, epoch, seq in members}
