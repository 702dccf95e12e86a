"""The chat's protocol, read for the messages alone."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from typing import Any

from df_chat.exceptions import NotFound
from df_chat.hub.executor import run_in_db
from df_chat.models import RoomUser
from df_chat.streams import State
from df_chat.sync import Cursor, Position, read_changes


class Behind(Exception):
    """So much was missed that only a page of history can tell."""


class MessageReader:
    """Finds in the hub's frames for one user each version of each message once, and fetches what is missing.

    Args:
        follows: whether a room is to be read.
        since: where the rooms stood before the socket opened. What came between is read, too.
    """

    def __init__(self, user: Any, follows: Callable[[uuid.UUID], bool], since: Mapping[str, Position]) -> None:
        self._user = user
        self._follows = follows
        self._since = {name: Cursor(here.gen, here.version) for name, here in since.items()}
        self._reached: dict[str, Cursor] = {}

    async def read(self, frame: State) -> AsyncIterator[tuple[State, bool]]:
        """The messages that a frame brings or points to, and whether each is new. Raises Behind."""
        kind, name = frame["type"], frame.get("stream", "")
        if kind == "removed":
            self._reached.pop(name, None)
        elif kind in ("ready", "subscribed"):
            for stream, state in frame.get("streams", {name: frame}).items():
                if stream.startswith("room:") and self._follows(room_of(stream)):
                    async for found in self._begin(stream, state["gen"], state["version"]):
                        yield found
        elif kind == "changes" and name in self._reached:
            if self._has_gap(frame):
                async for found in self._fetch(name):
                    yield found
            else:
                for found in self._take(name, frame.get("messages", ()), frame["version"]):
                    yield found

    async def _begin(self, name: str, gen: str, version: int) -> AsyncIterator[tuple[State, bool]]:
        since = self._since.pop(name, None)
        if since is None or since.gen != gen:
            since = Cursor(gen, await run_in_db(_joined_at, self._user, room_of(name)))
        self._reached[name] = since
        if since.version < version:
            async for found in self._fetch(name):
                yield found

    def _has_gap(self, frame: State) -> bool:
        reached = self._reached[frame["stream"]]
        is_poke = frame.keys().isdisjoint({"messages", "users", "room"})
        is_of_another_life = not reached.gen.startswith(f"{frame['epoch']}.")
        return is_poke or is_of_another_life or frame["prev"] > reached.version

    def _take(self, name: str, messages: Iterable[State], version: int) -> Iterator[tuple[State, bool]]:
        before = self._reached[name]
        self._reached[name] = Cursor(before.gen, max(before.version, version))
        for message in messages:
            if message["version"] > before.version:
                yield message, message["seq"] > before.version

    async def _fetch(self, name: str) -> AsyncIterator[tuple[State, bool]]:
        more = True
        while more:
            try:
                changes = await run_in_db(read_changes, self._user, room_of(name), self._reached[name])
            except NotFound:  # "removed" is on its way
                return
            if changes.get("reset"):
                raise Behind
            for found in self._take(name, changes["messages"], changes["next"]):
                yield found
            more = changes["more"]


def room_of(stream: str) -> uuid.UUID:
    """The room whose stream it is."""
    return uuid.UUID(stream.removeprefix("room:"))


def _joined_at(user: Any, room_id: uuid.UUID) -> int:
    """Where the room stood when the user entered it; later, how far the user has read."""
    seen = RoomUser.objects.active().filter(room=room_id, user=user.pk).values_list("seen_seq", flat=True)
    return seen.first() or 0
