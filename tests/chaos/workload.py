"""What the clients do: send, edit, delete, react, join, leave, remove and add, at a steady rate."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from df_chat.testing.client import Refused
from tests.chaos.database import People
from tests.chaos.ledger import Ledger, Send, State
from tests.chaos.members import Member

EMOJI = ("👍", "🎉", "❤️", "😀", "🚀")


@dataclass(frozen=True)
class Traffic:
    """How much happens within ``seconds``.

    Attributes:
        writes: edits, deletions and reactions.
        moves: joins and leaves, removals and additions.
    """

    seconds: float
    sends: int
    writes: int
    moves: int


class Workload:
    """Drives the members. Everything that was begun has ended when ``run`` returns, but for outboxes."""

    def __init__(self, traffic: Traffic, people: People, members: dict[str, Member], ledger: Ledger, seed: int) -> None:
        self.traffic, self.people, self.members, self.ledger = traffic, people, members, ledger
        self._rng = random.Random(seed)
        self._under_way: set[asyncio.Task[None]] = set()
        self._moving: set[tuple[str, str]] = set()

    async def run(self) -> None:
        traffic = self.traffic
        await asyncio.gather(
            self._steadily(traffic.sends, self._send),
            self._steadily(traffic.writes, self._write),
            self._steadily(traffic.moves, self._move),
        )
        while self._under_way:
            await asyncio.gather(*self._under_way)

    async def _steadily(self, times: int, act: Callable[[], Awaitable[None]]) -> None:
        began = time.monotonic()
        moments = sorted(self._rng.uniform(0, self.traffic.seconds) for _ in range(times))
        for moment in moments:
            await asyncio.sleep(max(0.0, began + moment - time.monotonic()))
            task = asyncio.ensure_future(act())
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    def _place(self) -> tuple[Member, str] | None:
        """Somebody, and a room they are in as far as they know."""
        member = self._rng.choice(list(self.members.values()))
        rooms = member.rooms()
        return (member, self._rng.choice(rooms)) if rooms else None

    # -- Messages --------------------------------------------------------------------------------------------------
    async def _send(self) -> None:
        place = self._place()
        if place is None:
            return
        member, room = place
        token = f"t{len(self.ledger.sends)}"
        self.ledger.sends[token] = Send(member.user, room, time.time())
        member.send(room, f"{token} {'x' * self._rng.randint(0, 300)}", token)

    async def _write(self) -> None:
        place = self._place()
        if place is None:
            return
        member, room = place
        # Recent ones, as people do: all of them are in every window.
        messages = member.messages(room)[-30:]
        if not messages:
            return
        message = self._rng.choice(messages)
        try:
            await self._change(member, room, message)
        except Refused:
            # Deleted meanwhile, or the room was left.
            self.ledger.refused += 1

    async def _change(self, member: Member, room: str, message: State) -> None:
        client, dice = member.client, self._rng.random()
        if message["user_id"] == member.user and dice < 0.15:
            # Not by client.delete, which takes a 404 after a try without an answer for done.
            await client.request("DELETE", f"rooms/{room}/messages/{message['id']}/")
            self.ledger.erased.add(message["id"])
        else:
            if message["user_id"] == member.user:
                body = f"{message['body'].partition(' ')[0]} edited {self._rng.random()}"
                answer = await client.edit(room, message["id"], body)
            else:
                answer = await client.react(room, message["id"], self._rng.choice(EMOJI), on=dice < 0.8)
            self.ledger.answered.add((answer["id"], answer["version"]))
        self.ledger.writes += 1

    # -- Memberships -----------------------------------------------------------------------------------------------
    async def _move(self) -> None:
        room = self._rng.choice(self.people.rooms)
        others = [user for user in self.members if user != self.people.owners[room]]
        user = self._rng.choice(others)
        if (room, user) in self._moving:
            return
        self._moving.add((room, user))
        try:
            is_in = room in self.members[user].rooms()
            await (self._move_oneself if room in self.people.public else self._move_other)(room, user, is_in)
            self.ledger.moves += 1
        except Refused:
            # An earlier try went through without an answer.
            self.ledger.refused += 1
        finally:
            self._moving.discard((room, user))

    async def _move_oneself(self, room: str, user: str, is_in: bool) -> None:
        client = self.members[user].client
        await (client.leave(room) if is_in else client.join(room))

    async def _move_other(self, room: str, user: str, is_in: bool) -> None:
        owner, path = self.members[self.people.owners[room]].client, f"rooms/{room}/users/"
        if is_in:
            await owner.request("DELETE", f"{path}{user}/")
        else:
            await owner.request("POST", path, {"user_id": user})
