"""Which streams one socket follows, and which of their events it may see."""

from __future__ import annotations

import json
import uuid
from typing import Any, Protocol

from df_chat.asgi.executor import run_in_db
from df_chat.asgi.groups import group_of
from df_chat.exceptions import NotFound
from df_chat.ids import user_stream_id
from df_chat.models import Stream
from df_chat.streams.events import State, to_json
from df_chat.sync import Position, read_position, read_positions


class Socket(Protocol):
    """What following needs of a consumer."""

    @property
    def user(self) -> Any: ...

    async def add_group(self, name: str) -> None: ...

    async def remove_group(self, name: str) -> None: ...

    async def send_frame(self, frame: State) -> None: ...


class Following:
    """The rooms of a socket's user, kept as memberships come and go.

    It fails closed: an event that follows a change of access unknown to this socket is held until the membership has
    been read again, so a removed member sees nothing newer even if the news of the removal is lost.
    """

    def __init__(self, consumer: Socket) -> None:
        self._consumer = consumer
        self._user = consumer.user
        self._positions: dict[uuid.UUID, Position] = {}
        self._only: set[uuid.UUID] | None = None

    # -- Opening -------------------------------------------------------------------------------------------
    async def start(self) -> dict[str, State]:
        """Follow the user's own stream and every room, and tell where they stand.

        The groups are joined first: what commits after a position was read arrives as an event.
        """
        await self._consumer.add_group(group_of(user_stream_id(self._user.pk)))
        while True:
            positions = await run_in_db(read_positions, self._user)
            new = [here for here in positions.values() if here.stream_id not in self._positions]
            self._positions = {here.stream_id: here for here in positions.values()}
            if not new:
                return {here.name: here.state() for here in positions.values()}
            for here in new:
                await self._consumer.add_group(group_of(here.stream_id))

    # -- Narrowing -----------------------------------------------------------------------------------------
    def narrow(self, room_id: uuid.UUID) -> Position:
        """Hear this room, and of the others only those narrowed to before. Raises NotFound."""
        here = self.position(room_id)
        self._only = {*(self._only or ()), room_id}
        return here

    def widen(self, room_id: uuid.UUID | None) -> None:
        """Stop hearing one room; with None, hear all again."""
        if room_id is None:
            self._only = None
            return
        rooms = set(self._positions) if self._only is None else self._only
        self._only = rooms - {room_id}

    def hears(self, stream_id: uuid.UUID) -> bool:
        """Whether events of the stream go to this socket."""
        if stream_id not in self._positions:
            return False
        return self._only is None or stream_id in self._only or stream_id == user_stream_id(self._user.pk)

    def position(self, room_id: uuid.UUID) -> Position:
        """Where a followed room stood when its membership was last read. Raises NotFound."""
        if room_id not in self._positions or room_id == user_stream_id(self._user.pk):
            raise NotFound
        return self._positions[room_id]

    # -- Events --------------------------------------------------------------------------------------------
    async def admit(self, event: dict[str, Any]) -> dict[str, Any] | None:
        """The event as this user may see it; None if they may not."""
        stream_id = uuid.UUID(event["stream_id"])
        here = self._positions.get(stream_id)
        if here is None:
            return None
        is_room = event["stream"].startswith(f"{Stream.Kind.ROOM}:")
        if is_room and (event["acl"] > here.acl or event["epoch"] != here.epoch):
            here = await self._reread(here)
        if here is None or not self.hears(stream_id):
            return None
        if event["min_seq"] is not None and event["min_seq"] < here.visible_from:
            return _without_hidden(event, here.visible_from)
        return event

    async def heed_memberships(self, event: dict[str, Any]) -> None:
        """Follow the rooms the user has joined, and leave those they have left."""
        frame = json.loads(event["text"])
        for membership in frame.get("memberships", ()):
            room_id = uuid.UUID(membership["room_id"])
            here = self._positions.get(room_id)
            if here is None and membership["is_active"]:
                await self._follow(room_id)
            elif here is not None and (not membership["is_active"] or membership["member_epoch"] != here.member_epoch):
                await self._reread(here)

    async def _follow(self, room_id: uuid.UUID) -> None:
        group = group_of(room_id)
        await self._consumer.add_group(group)
        try:
            here = await run_in_db(read_position, self._user, room_id)
        except NotFound:
            # Left again before this socket came to follow.
            await self._consumer.remove_group(group)
            return
        self._positions[room_id] = here
        await self._announce(here)

    async def _reread(self, here: Position) -> Position | None:
        """Read the membership again: follow it on, or leave the room."""
        try:
            now = await run_in_db(read_position, self._user, here.stream_id)
        except NotFound:
            del self._positions[here.stream_id]
            await self._consumer.remove_group(group_of(here.stream_id))
            await self._consumer.send_frame({"type": "removed", "stream": here.name})
            return None
        self._positions[here.stream_id] = now
        if now.gen != here.gen:
            await self._announce(now)
        return now

    async def _announce(self, here: Position) -> None:
        await self._consumer.send_frame({"type": "subscribed", "stream": here.name, **here.state()})


def _without_hidden(event: dict[str, Any], visible_from: int) -> dict[str, Any]:
    """The event without messages from before the member may read; its versions still count."""
    frame = json.loads(event["text"])
    frame["messages"] = [message for message in frame.get("messages", ()) if message["seq"] >= visible_from]
    return {**event, "min_seq": None, "text": to_json(frame)}
