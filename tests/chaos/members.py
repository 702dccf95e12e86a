"""One client of a run: a ``ChatClient`` whose every frame and answer is reported to the ledger."""

from __future__ import annotations

import asyncio
import random

from df_chat.testing.client import ChatClient, Delivery, Refused
from tests.chaos.ledger import Ledger, State
from tests.chaos.oracle import ClientView
from tests.chaos.sabotage import CLIENT


class Tap:
    """Stands where a client notes what the server said, and passes it on to the ledger."""

    def __init__(self, member: Member) -> None:
        self._member = member
        # Messages heard of that the replica has not taken in yet, such as those after a gap.
        self._waiting: dict[str, State] = {}

    def append(self, delivery: Delivery) -> None:
        ledger, user = self._member.ledger, self._member.user
        content = delivery.content
        if not isinstance(content, dict):
            return
        if delivery.source == "socket":
            ledger.frame(user, content)
        answers = list(content.get("streams", {}).values()) if delivery.source == "sync/" else [content]
        for answer in answers:
            if delivery.source != "socket":
                ledger.answer(user, answer)
            for state in [*answer.get("messages", ()), *answer.get("results", ())]:
                if "seq" in state:
                    ledger.shown(user, state)
                    self._waiting[state["id"]] = state
        asyncio.get_running_loop().call_soon(self._look)

    def _look(self) -> None:
        """The client has done with the delivery: which messages does it hold now?"""
        for message_id, state in list(self._waiting.items()):
            member = self._member
            if member.holds(state):
                member.ledger.held(member.user, state, member.joined_at(state["room_id"]))
                del self._waiting[message_id]


class Member:
    """A user at work.

    Args:
        session: key of the session to sign in with.
        sabotage: the name of a switch of ``CLIENT``.
    """

    def __init__(self, user: str, base_url: str, session: str, ledger: Ledger, sabotage: str | None = None) -> None:
        self.user, self.ledger = user, ledger
        cookies = {"sessionid": session}
        self.client = ChatClient(base_url, cookies=cookies, seed=int(user), on_frame=CLIENT.get(sabotage or ""))
        self.client.deliveries = Tap(self)  # type: ignore[assignment]
        self._drops_acks = sabotage == "drop_acks"
        self._random = random.Random(int(user))
        self._sending: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        await self.client.start()

    async def stop(self) -> None:
        for task in self._sending:
            task.cancel()
        await self.client.stop()

    # -- Looking ---------------------------------------------------------------------------------------------------
    @property
    def is_connected(self) -> bool:
        return self.client.session.is_connected

    @property
    def is_up_to_date(self) -> bool:
        return self.client.status == "up_to_date"

    def rooms(self) -> list[str]:
        return sorted(self.client.rooms)

    def messages(self, room: str) -> list[State]:
        """The live messages held, in order of display."""
        replica = self.client.rooms.get(room)
        return replica.objects.messages() if replica else []

    def holds(self, state: State) -> bool:
        """Whether the message is in the client's view, in this version or a later one."""
        replica = self.client.rooms.get(state["room_id"])
        mine = replica.objects.parts["messages"].get(state["id"]) if replica else None
        return mine is not None and bool(mine["version"] >= state["version"])

    def joined_at(self, room: str) -> str | None:
        """When the user became a member, as far as the client knows."""
        replica = self.client.rooms.get(room)
        users = replica.objects.active("users") if replica else []
        return next((state["joined_at"] for state in users if state["user_id"] == self.user), None)

    def views(self) -> list[ClientView]:
        found = []
        for room_id, replica in self.client.rooms.items():
            view = replica.view()
            floor = replica.objects.floor
            found.append(
                ClientView(self.user, room_id, replica.cursor, floor, view["room"], view["messages"], view["users"])
            )
        return found

    async def load_all(self) -> None:
        for room in self.rooms():
            await self.client.load_all(room)

    # -- Doing -----------------------------------------------------------------------------------------------------
    def send(self, room: str, body: str, token: str) -> None:
        """Send, and note in the ledger what comes of it."""
        task = asyncio.create_task(self._send(room, body, token))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self, room: str, body: str, token: str) -> None:
        entry = self.ledger.sends[token]
        try:
            state = await self.client.send(room, body)
            while self._drops_acks and self._random.random() < 0.05:
                # As a client does that forgets its key with the answer.
                state = await self.client.send(room, body)
            entry.acked_as = state["id"]
        except Refused as refused:
            entry.rejected = refused.status
