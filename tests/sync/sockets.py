"""The server's end of a client's socket, by the rules: the gate, and the sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from df_chat.sync import Position
from tests.sync.ledger import objects_of

if TYPE_CHECKING:
    from tests.sync.world import Client, World

State = dict[str, Any]


class Socket:
    """The server's end of a client's socket: which streams it hears, and the gate before what it sends (S9, S10)."""

    def __init__(self, world: World, client: Client) -> None:
        self.world = world
        self.client = client
        self.user = client.user
        self.own = f"user:{client.user}"
        self.following: set[str] = {self.own}
        self.positions: dict[str, Position] = {}
        self.forwarded: dict[str, int] = {}
        # What the layer has for this socket, in no order; and what is on its way to the client, in order.
        self.layer: list[State] = []
        self.wire: list[State] = []

    def start(self) -> None:
        """The groups are joined before the positions are read, so that nothing falls between."""
        while True:
            self.positions = self.world.server.positions(self.user)
            if self.following >= set(self.positions):
                break
            self.following |= set(self.positions)
        for name, here in self.positions.items():
            self.forwarded[name] = here.version
        streams = {name: here.state() for name, here in self.positions.items()}
        self.wire.append({"type": "ready", "user_id": self.user, "streams": streams})

    def hear(self, event: State) -> None:
        """Take an event of the layer."""
        name = event["stream"]
        here = self.positions.get(name)
        if here is None:
            return
        if name != self.own:
            here = self._admit(here, event)
            if here is None or event["epoch"] != here.epoch:
                return
            event = self._without_hidden(event, here)
        self._send(event)
        if name == self.own:
            self._heed(event)

    def _admit(self, here: Position, event: State) -> Position | None:
        is_known = event["acl"] <= here.acl and event["epoch"] == here.epoch
        return here if is_known or "acl_gate" in self.world.off else self._read_again(here)

    def _without_hidden(self, event: State, here: Position) -> State:
        if "messages" not in event or "visible_from_in_events" in self.world.off:
            return event
        return {**event, "messages": [one for one in event["messages"] if one["seq"] >= here.visible_from]}

    def _send(self, frame: State) -> None:
        self.world.ledger.emitted(self.user, frame["stream"], frame["epoch"], objects_of(frame))
        self.wire.append(frame)
        self.forwarded[frame["stream"]] = max(self.forwarded.get(frame["stream"], 0), frame["version"])

    def _heed(self, event: State) -> None:
        """Follow the room that was joined, leave the one that was left; a poke may tell of either."""
        here = self.positions.get(self.world.server.room)
        for membership in event.get("memberships", [None]):
            if here is None and (membership is None or membership["is_active"]):
                self._follow()
            elif here is not None and (
                membership is None or not membership["is_active"] or membership["member_epoch"] != here.member_epoch
            ):
                here = self._read_again(here)

    def _follow(self) -> None:
        self.following.add(self.world.server.room)
        here = self.world.server.position(self.user)
        if here is None:
            self.following.discard(self.world.server.room)
        else:
            self._now_at(here)

    def _read_again(self, here: Position) -> Position | None:
        now: Position | None = self.world.server.position(self.user)
        if now is None:
            self._leave(here.name)
        elif now.gen != here.gen:
            self._now_at(now)
        else:
            self.positions[here.name] = now
        return now

    def _now_at(self, here: Position) -> None:
        self.positions[here.name], self.forwarded[here.name] = here, here.version
        self.wire.append({"type": "subscribed", "stream": here.name, **here.state()})

    def _leave(self, name: str) -> None:
        self.following.discard(name)
        del self.positions[name]
        self.wire.append({"type": "removed", "stream": name})

    def sweep(self) -> None:
        """Whatever the layer lost: tell where the streams stand by now."""
        if "sweep" in self.world.off:
            return
        now = self.world.server.positions(self.user)
        for name in set(self.positions) - set(now):
            self._leave(name)
        for name, here in now.items():
            self.following.add(name)
            if name not in self.positions or self.positions[name].gen != here.gen:
                self._now_at(here)
                continue
            self.positions[name] = here
            if here.version > self.forwarded[name]:
                poke = {"type": "changes", "stream": name, "prev": self.forwarded[name]}
                self._send({**poke, "epoch": here.epoch, "version": here.version, "acl": here.acl})
