"""The Python core against a server and a network that do the worst they may: in the end it holds what the server holds.

The server is a model of one room: sends, edits and deletes, leaving and coming back with or without the history, and
backups put back. The channel layer loses, doubles and reorders events; the socket keeps its order, and breaks; a
request is read at one time and lands at another, or nobody knows what became of it.
"""

from __future__ import annotations

import copy
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from df_chat.testing.effects import Acked, Request, Wait
from df_chat.testing.session import Session

pytestmark = pytest.mark.once

ROOM, OWN = "room:r", "user:1"
SNAPSHOT_MESSAGES = 3
MAX_CHANGES = 12
pick = st.integers(min_value=0, max_value=10**6)


class Server:
    """One room and the membership of user 1; ``state`` is what a backup keeps."""

    def __init__(self) -> None:
        self.state: dict[str, Any] = {
            "version": 0,
            "messages": {},
            "is_member": True,
            "member_epoch": 1,
            "seen_from": 0,
        }
        self.epoch = 1
        self.events: list[dict[str, Any]] = []
        self.acl = 0
        self.count = 0

    def __getattr__(self, name: str) -> Any:
        return self.state[name]

    @property
    def gen(self) -> str:
        return f"{self.epoch}.{self.member_epoch}"

    def change(self, *messages: dict[str, Any]) -> None:
        prev = self.version
        for message in messages:
            self.state["version"] += 1
            message["version"] = self.version
            message.setdefault("seq", self.version)
            self.messages[message["id"]] = message
        if not messages:
            self.state["version"] += 1
        frame = {"type": "changes", "stream": ROOM, "epoch": self.epoch, "prev": prev, "version": self.version}
        self.events.append(frame | {"acl": self.acl, "messages": copy.deepcopy(list(messages))})

    def send(self, user: str, client_id: str | None = None) -> tuple[int, dict[str, Any]]:
        for message in self.messages.values():
            if client_id and message.get("key") == client_id:
                hidden = message["seq"] < self.seen_from
                return 200, {"id": message["id"], "hidden": True} if hidden else self.shown(message)
        self.count += 1
        message = {"id": f"m{self.count}", "user_id": user, "client_id": client_id, "key": client_id, "body": ""}
        self.change(message)
        return 201, self.shown(message)

    def shown(self, message: dict[str, Any]) -> dict[str, Any]:
        fields = ("id", "version", "seq", "deleted") if message.get("deleted") else set(message) - {"key"}
        return {name: message[name] for name in fields}

    def visible(self) -> list[dict[str, Any]]:
        seen = [one for one in self.messages.values() if one["seq"] >= self.seen_from]
        return [self.shown(one) for one in sorted(seen, key=lambda one: one["seq"])]

    def answer(self, request: Request) -> tuple[int, Any]:
        if request.kind == "sync":
            return 200, {"user_id": "1", "streams": self.compare((request.body or {})["streams"])}
        if request.stream == OWN:
            return 200, {"stream": OWN, "gen": "1.0", "version": 0, "memberships": []}
        if not self.is_member:
            return 404, {"errors": []}
        here = {"stream": ROOM, "gen": self.gen, "version": self.version}
        if request.kind == "snapshot":
            live = [one for one in self.visible() if not one.get("deleted")]
            return 200, here | {"messages": live[-SNAPSHOT_MESSAGES:], "users": [], "room": None}
        if request.kind == "history":
            before = int(request.path.partition("before=")[2].partition("&")[0])
            older = [one for one in self.visible() if one["seq"] < before][::-1]
            return 200, {"next": "more" if len(older) > 2 else None, "results": older[:2]}
        if request.kind == "send":
            return self.send("1", request.client_id)
        since, _, gen = request.path.partition("since=")[2].partition("&gen=")
        return 200, self.changes(int(since), gen)

    def changes(self, since: int, gen: str) -> dict[str, Any]:
        here = {"stream": ROOM, "gen": self.gen, "version": self.version}
        if gen != self.gen or since > self.version or self.version - since > MAX_CHANGES:
            return here | {"reset": True}
        newer = sorted((one for one in self.visible() if one["version"] > since), key=lambda one: one["version"])
        more = len(newer) > 2
        return here | {"next": newer[1]["version"] if more else self.version, "more": more, "messages": newer[:2]}

    def compare(self, cursors: dict[str, Any]) -> dict[str, Any]:
        answers: dict[str, Any] = {}
        if OWN not in cursors:
            answers[OWN] = {"stream": OWN, "gen": "1.0", "version": 0, "reset": True}
        cursor = cursors.get(ROOM)
        if not self.is_member:
            return answers | ({ROOM: {"stream": ROOM, "removed": True}} if cursor else {})
        if cursor is None:
            answers[ROOM] = {"stream": ROOM, "gen": self.gen, "version": self.version, "reset": True}
        elif cursor != {"gen": self.gen, "version": self.version}:
            answers[ROOM] = self.changes(cursor["version"], cursor["gen"])
        return answers


class ClientMachine(RuleBasedStateMachine):
    """Rules take turns; ``teardown`` lets everything come to rest, and compares."""

    def __init__(self) -> None:
        super().__init__()
        self.server = Server()
        self.session = Session()
        self.backup = copy.deepcopy(self.server.state)
        self.wire: list[dict[str, Any]] = []
        self.gate: str | None = None
        self.is_open = False
        self.asked: list[Request] = []
        self.read: list[tuple[Request, int | None, Any]] = []
        self.timers: set[tuple[str, str | None]] = set()
        self.acked: set[str] = set()
        self.excused: set[str] = set()
        self.sent = 0
        # Most of what can go wrong does so later.
        self.connect()
        self.settle()

    def do(self, effects: Any) -> None:
        for effect in effects:
            match effect:
                case Request():
                    self.asked.append(effect)
                case Wait():
                    self.timers.add((effect.timer, effect.stream))
                case Acked(_, client_id, _):
                    self.acked.add(client_id)

    # -- The server ---------------------------------------------------------------------------------------------
    @rule()
    def somebody_sends(self) -> None:
        self.server.send("2")

    @rule(which=pick, how=st.sampled_from(["edit", "delete", "both"]))
    def somebody_changes(self, which: int, how: str) -> None:
        live = [one for one in self.server.messages.values() if not one.get("deleted")]
        if live:
            message = live[which % len(live)]
            changed = {**message, "deleted": True} if how == "delete" else {**message, "body": message["body"] + "!"}
            others = [{"id": f"x{self.server.version}", "user_id": "2", "body": ""}] if how == "both" else []
            self.server.change(changed, *others)

    @rule(count=st.integers(1, 8))
    def somebody_sends_much(self, count: int) -> None:
        for _ in range(count):
            self.server.send("2")

    @precondition(lambda self: self.server.is_member)
    @rule()
    def leave(self) -> None:
        self.server.state["is_member"] = False
        self.server.acl = self.server.version + 1
        self.server.change()

    @precondition(lambda self: not self.server.is_member)
    @rule(hidden=st.booleans())
    def come_back(self, hidden: bool) -> None:
        self.server.state |= {"is_member": True, "member_epoch": self.server.member_epoch + 1}
        self.server.state["seen_from"] = self.server.version + 1 if hidden else 0
        self.server.acl = self.server.version + 1
        self.server.change()

    @rule()
    def back_up(self) -> None:
        self.backup = copy.deepcopy(self.server.state)

    @rule()
    def put_back(self) -> None:
        epochs = max(self.server.member_epoch, self.backup["member_epoch"])
        self.server.state = copy.deepcopy(self.backup) | {"member_epoch": epochs}
        self.server.epoch += 1
        # What was stored after the backup is gone, acknowledged or not.
        self.excused = {f"k{number + 1}" for number in range(self.sent)}

    # -- The layer and the socket -------------------------------------------------------------------------------
    @precondition(lambda self: self.server.events)
    @rule(which=pick, fate=st.sampled_from(["deliver", "deliver", "poke", "twice", "lose"]))
    def layer(self, which: int, fate: str) -> None:
        events = self.server.events
        event = events[which % min(len(events), 3)]
        if fate != "twice":
            events.remove(event)
        if fate != "lose" and self.is_open:
            self.admit({key: event[key] for key in event if key != "messages"} if fate == "poke" else event)

    def admit(self, event: dict[str, Any]) -> None:
        """What the socket may hear: the membership is looked at before each event."""
        gen = self.server.gen if self.server.is_member else None
        if gen != self.gate:
            self.gate = gen
            here = {"stream": ROOM, "gen": gen, "version": self.server.version}
            self.wire.append({"type": "subscribed", **here} if gen else {"type": "removed", "stream": ROOM})
        if gen:
            seen = [self.server.shown(one) for one in event.get("messages", ()) if one["seq"] >= self.server.seen_from]
            self.wire.append({**event, "messages": seen} if "messages" in event else event)

    @precondition(lambda self: self.wire)
    @rule(together=st.booleans())
    def hear(self, together: bool) -> None:
        count = len(self.wire) if together else 1
        frames, self.wire = self.wire[:count], self.wire[count:]
        self.do(self.session.receive(frames if together else frames[0]))

    @precondition(lambda self: not self.is_open)
    @rule()
    def connect(self) -> None:
        self.is_open = True
        streams = {OWN: {"gen": "1.0", "version": 0}}
        self.gate = None
        if self.server.is_member:
            self.gate = self.server.gen
            streams[ROOM] = {"gen": self.server.gen, "version": self.server.version}
        self.wire.append({"type": "ready", "user_id": "1", "streams": streams})

    @precondition(lambda self: self.is_open)
    @rule()
    def disconnect(self) -> None:
        self.is_open, self.wire = False, []
        self.session.disconnected()

    # -- Requests and times -------------------------------------------------------------------------------------
    @precondition(lambda self: self.asked)
    @rule(which=pick, is_lost=st.booleans())
    def serve(self, which: int, is_lost: bool) -> None:
        request = self.asked.pop(which % len(self.asked))
        status, body = self.server.answer(request)
        self.read.append((request, None, None) if is_lost else (request, status, copy.deepcopy(body)))

    @precondition(lambda self: self.read)
    @rule(which=pick)
    def land(self, which: int) -> None:
        self.do(self.session.done(*self.read.pop(which % len(self.read))))

    @precondition(lambda self: self.timers)
    @rule(which=pick)
    def elapse(self, which: int) -> None:
        timer = sorted(self.timers, key=str)[which % len(self.timers)]
        self.timers.remove(timer)
        self.do(self.session.elapsed(*timer))

    # -- The user -----------------------------------------------------------------------------------------------
    @rule()
    def send(self) -> None:
        self.sent += 1
        self.do(self.session.send("r", f"k{self.sent}", {"body": ""}, self.sent))

    @rule()
    def page(self) -> None:
        self.do(self.session.older("r"))

    @rule()
    def check(self) -> None:
        self.do(self.session.check())

    # -- The end ------------------------------------------------------------------------------------------------
    def teardown(self) -> None:
        if not self.is_open:
            self.connect()
        # Until nothing moves; then one look at everything, as the sweep and the self check would cause.
        for _look in range(3):
            self.settle()
            self.admit(
                {
                    "type": "changes",
                    "stream": ROOM,
                    "epoch": self.server.epoch,
                    "prev": 0,
                    "version": self.server.version,
                }
            )
            self.do(self.session.check())
        self.settle()
        assert self.session.status == "up_to_date"
        assert self.session.is_idle
        self.compare()

    def settle(self) -> None:
        for _ in range(500):
            if self.wire:
                self.hear(together=False)
            elif self.read:
                self.land(which=0)
            elif self.asked:
                self.serve(which=0, is_lost=False)
            elif self.timers:
                self.elapse(which=0)
            else:
                return
        raise AssertionError("it does not come to rest")

    def compare(self) -> None:
        replica = self.session.replicas.get(ROOM)
        if not self.server.is_member:
            assert replica is None
            return
        assert replica is not None
        assert (replica.gen, replica.cursor) == (self.server.gen, self.server.version)
        visible = [one for one in self.server.visible() if not one.get("deleted")]
        assert replica.objects.messages() == [one for one in visible if one["seq"] >= replica.objects.floor]
        keys = [one["key"] for one in self.server.messages.values() if one.get("key")]
        assert len(keys) == len(set(keys)), "sent twice"
        assert self.acked - self.excused <= set(keys), "said to be sent, and is not there"


ClientMachine.TestCase.settings = settings(
    max_examples=int(os.environ.get("MODEL_EXAMPLES", "150")),
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
test_everything_comes_right_in_the_end = ClientMachine.TestCase
