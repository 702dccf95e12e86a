"""The server's rules of the sync protocol as a model: one room, in memory, each rule with a switch.

It speaks as the real server does: events as dicts of the wire, requests by method and path. Reads are not atomic: they
call ``pause`` between their steps, and whatever may happen meanwhile, happens there.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from df_chat.sync import Position
from tests.sync.ledger import Refused

State = dict[str, Any]
Row = dict[str, Any]
Answer = tuple[int, State]

ROOM_ID = "r"
ROOM = f"room:{ROOM_ID}"
SNAPSHOT_MESSAGES = 3
PAGE = 4
MAX_CHANGES = 20

# What can be switched off. The name says what still holds without the switch.
RULES = frozenset(
    {
        "one_version_per_object",
        "idempotency",
        "hidden_retry",
        "horizon",
        "horizon_read_again",
        "membership_read_again",
        "stream_before_rows",
        "stream_before_snapshot",
        "epoch_rises",
        "member_epoch_rises",
        "visible_from_in_reads",
        "visible_from_in_events",
        "acl_gate",
        "acl_before_membership",
        "sweep",
    }
)


class ModelServer:
    """Args: ``off``: the rules that are switched off; ``publish`` takes each event right after its commit."""

    def __init__(self, users: list[str], *, off: frozenset[str] = frozenset()) -> None:
        assert off <= RULES, off - RULES
        self.users = users
        self.off = off
        self.publish: Callable[[State], None] = lambda event: None
        self.pause: Callable[[], None] = lambda: None
        self.room = ROOM
        self.pruned: set[str | None] = set()
        self._made = 0
        self._tx: dict[str, dict[tuple[str, str], Row]] | None = None
        self._backup: Any = None
        self.db: dict[str, Any] = {
            "streams": {name: self._stream(name) for name in (ROOM, *(f"user:{user}" for user in users))},
            "messages": {},
            "members": {},
            "room": {"id": ROOM_ID, "version": 0, "title": ""},
        }
        with self._writing():
            self._stamp(ROOM, "room", self.db["room"], acl=True)
        for user in users[:2]:
            self._enter(user)

    def close(self) -> None:
        """Nothing is left open."""

    @staticmethod
    def _stream(name: str) -> Row:
        return {"name": name, "version": 0, "acl": 0, "horizon": 0, "epoch": 1}

    def _on(self, rule: str) -> bool:
        return rule not in self.off

    # -- Writing: S1 to S3 ----------------------------------------------------------------------------------------
    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One transaction; inside another, part of that one."""
        if self._tx is not None:
            yield
            return
        self._tx = {}
        prev = {name: row["version"] for name, row in self.db["streams"].items()}
        try:
            yield
        finally:
            changed, self._tx = self._tx, None
        for name, objects in changed.items():
            self.publish(self._event(name, prev[name], objects))

    def _stamp(self, name: str, part: str, obj: Row, *, acl: bool = False) -> int:
        assert self._tx is not None
        stream, changed = self.db["streams"][name], self._tx.setdefault(name, {})
        if (part, obj["id"]) not in changed and (not changed or self._on("one_version_per_object")):
            stream["version"] += 1
        changed[part, obj["id"]] = obj
        obj["user_version" if part == "memberships" else "version"] = stream["version"]
        if acl:
            stream["acl"] = stream["version"]
        return int(stream["version"])

    def _event(self, name: str, prev: int, objects: dict[tuple[str, str], Row]) -> State:
        stream = self.db["streams"][name]
        event = {"type": "changes", "stream": name, "prev": prev}
        event |= {key: stream[key] for key in ("epoch", "version", "acl")}
        for (part, _), obj in objects.items():
            if part == "room":
                event["room"] = STATES[part](obj)
            else:
                event.setdefault(part, []).append(STATES[part](obj))
        for states in event.values():
            if isinstance(states, list):
                states.sort(key=lambda state: state["version"])
        return event

    def _member(self, user: str) -> Row:
        member: Row | None = self.db["members"].get(user)
        if member is None or not member["is_active"]:
            raise Refused
        return member

    def _message(self, message_id: str) -> Row:
        message: Row | None = self.db["messages"].get(message_id)
        if message is None or message["deleted"]:
            raise Refused
        return message

    def _write_member(self, member: Row) -> None:
        with self._writing():
            self._stamp(ROOM, "users", member, acl=True)
            self._stamp(f"user:{member['user_id']}", "memberships", member)

    def _enter(self, user: str) -> None:
        member = self.db["members"].setdefault(
            user, {"id": f"u-{user}", "user_id": user, "is_active": False, "member_epoch": 0, "seen_seq": 0}
        )
        if member["is_active"]:
            raise Refused(400)
        version = self.db["streams"][ROOM]["version"]
        is_first = not member["member_epoch"]
        member["visible_from"] = 0 if is_first and user in self.users[:2] else version + 1
        member["member_epoch"] += is_first or self._on("member_epoch_rises")
        member |= {"is_active": True, "seen_seq": version}
        self._write_member(member)

    def _exit(self, user: str) -> None:
        member = self._member(user)
        member["is_active"] = False
        self._write_member(member)

    def _send(self, user: str, body: str, client_id: str | None) -> Answer:
        """S11."""
        member = self._member(user)
        same = [one for one in self.db["messages"].values() if (one["user_id"], one["client_id"]) == (user, client_id)]
        if client_id is not None and same and self._on("idempotency"):
            (message,) = same
            if not message["deleted"] and not message["edited"] and message["body"] != body:
                raise Refused(409)
            if message["seq"] < member["visible_from"] and self._on("hidden_retry"):
                return 200, {"id": message["id"], "hidden": True}
            return 200, message_state(message)
        self._made += 1
        message = {"id": f"m{self._made}", "user_id": user, "client_id": client_id, "body": body}
        message |= {"reactions": [], "deleted": False, "edited": False}
        with self._writing():
            message["seq"] = self._stamp(ROOM, "messages", message)
            self.db["messages"][message["id"]] = message
        return 201, message_state(message)

    def _edit(self, user: str, message_id: str, body: str) -> Answer:
        message = self._readable(user, message_id)
        if message["user_id"] != user:
            raise Refused(403)
        if message["body"] != body:
            message["body"], message["edited"] = body, True
            with self._writing():
                self._stamp(ROOM, "messages", message)
        return 200, message_state(message)

    def _delete(self, user: str | None, message_id: str) -> Answer:
        message = self._readable(user, message_id)
        if user not in (None, message["user_id"], self.users[0]):
            raise Refused(403)
        message |= {"deleted": True, "body": "", "reactions": []}
        with self._writing():
            self._stamp(ROOM, "messages", message)
        return 204, {}

    def _react(self, user: str, message_id: str, on: bool) -> Answer:
        message = self._readable(user, message_id)
        if (user in message["reactions"]) != on:
            message["reactions"] = sorted({*message["reactions"], user} - (set() if on else {user}))
            with self._writing():
                self._stamp(ROOM, "messages", message)
        return 200, message_state(message)

    def _readable(self, user: str | None, message_id: str) -> Row:
        member = None if user is None else self._member(user)
        message = self._message(message_id)
        if member is not None and message["seq"] < member["visible_from"]:
            raise Refused
        return message

    # -- What others do -----------------------------------------------------------------------------------------
    def act(self, kind: str, user: str, message_id: str | None) -> None:
        """One write by somebody who is no client here. Raises Refused."""
        match kind:
            case "send":
                self._send(user, "hello", None)
            case "bulk":
                self._member(user)
                with self._writing():
                    for body in ("one", "two", "three"):
                        self._send(user, body, None)
            case "edit" if message_id:
                message = self._message(message_id)
                self._edit(message["user_id"], message_id, message["body"] + "!")
            case "delete" if message_id:
                self._delete(None, message_id)
            case "react" if message_id:
                self._react(user, message_id, user not in self._message(message_id)["reactions"])
            case "add":
                self._enter(user)
            case "remove" if user != self.users[0]:
                self._exit(user)
            case "seen":
                self._seen(user)
            case "rename":
                self.db["room"]["title"] += "x"
                with self._writing():
                    self._stamp(ROOM, "room", self.db["room"], acl=True)

    def _seen(self, user: str) -> None:
        """S12: a mark is no change of the room."""
        member, version = self._member(user), self.db["streams"][ROOM]["version"]
        if member["seen_seq"] < version:
            member["seen_seq"] = version
            with self._writing():
                self._stamp(f"user:{user}", "memberships", member)

    def prune(self, kept: set[str]) -> None:
        """S15: tombstones go, but those whose keys may still be sent again."""
        gone = [one for one in self.db["messages"].values() if one["deleted"] and one["client_id"] not in kept]
        stream = self.db["streams"][ROOM]
        stream["horizon"] = max([stream["horizon"], *(one["version"] for one in gone)])
        for message in gone:
            self.pruned.add(message["client_id"])
            del self.db["messages"][message["id"]]

    def back_up(self) -> None:
        self._backup = copy.deepcopy(self.db)

    def restore(self) -> bool:
        """S16. Whether there was a backup."""
        if self._backup is None:
            return False
        self.db, self._backup = self._backup, None
        for stream in self.db["streams"].values():
            stream["epoch"] += self._on("epoch_rises")
        return True

    # -- Reading: S7 to S9 ----------------------------------------------------------------------------------------
    def http(self, user: str, method: str, path: str, body: State | None) -> Answer:
        try:
            return self._route(user, method, path, body or {})
        except Refused as refused:
            return refused.status, {"errors": []}

    def _route(self, user: str, method: str, path: str, body: State) -> Answer:
        url = urlsplit(path)
        query = dict(parse_qsl(url.query))
        match method, url.path.strip("/").split("/"):
            case "POST", ["sync"]:
                return 200, {"streams": self._sync(user, body["streams"])}
            case "GET", ["memberships"]:
                return 200, self._memberships(user)
            case "GET", ["rooms", _, "snapshot"]:
                return 200, self._snapshot(user)
            case "GET", ["rooms", _, "changes"]:
                return 200, self._changes(user, query["gen"], int(query["since"]))
            case "GET", ["rooms", _, "messages"]:
                return 200, self._page(user, int(query["before"]), int(query["limit"]))
            case "POST", ["rooms", _, "messages"]:
                return self._send(user, body["body"], body["client_id"])
            case "PATCH", ["rooms", _, "messages", message_id]:
                return self._edit(user, message_id, body["body"])
            case "DELETE", ["rooms", _, "messages", message_id]:
                return self._delete(user, message_id)
            case "POST", ["rooms", _, "messages", message_id, "react"]:
                return self._react(user, message_id, body["on"])
        raise AssertionError(f"{method} {path}")

    def _position(self, stream: Row, member: Row | None = None) -> Position:
        epoch, visible_from = (member["member_epoch"], member["visible_from"]) if member else (0, 0)
        return Position(
            stream_id=None,  # type: ignore[arg-type]
            name=stream["name"],
            epoch=stream["epoch"],
            version=stream["version"],
            acl=stream["acl"],
            member_epoch=epoch,
            visible_from=visible_from,
        )

    def _row(self, name: str) -> Row:
        return dict(self.db["streams"][name])

    def positions(self, user: str) -> dict[str, Position]:
        """Where the user's streams stand; the streams are read before the membership."""
        own = self._position(self._row(f"user:{user}"))
        self.pause()
        room = self.position(user)
        return {one.name: one for one in (own, room) if one is not None}

    def position(self, user: str) -> Position | None:
        """Where the room stands, for a member."""
        try:
            if self._on("acl_before_membership"):
                stream = self._row(ROOM)
                self.pause()
                return self._position(stream, dict(self._member(user)))
            member = dict(self._member(user))
            self.pause()
            return self._position(self._row(ROOM), member)
        except Refused:
            return None

    def _changes(self, user: str, gen: str, since: int) -> State:
        member = dict(self._member(user))
        self.pause()
        early = None if self._on("stream_before_rows") else self._rows(member, since)
        if early is not None:
            self.pause()
        stream = self._row(ROOM)
        here = self._position(stream, member)
        if self._needs_reset(here, stream, gen, since):
            return self._reset(here)
        self.pause()
        rows = self._rows(member, since) if early is None else early
        answer = _cut(here, since, [row for row in rows if row[0] <= here.version])
        self.pause()
        if self._on("membership_read_again"):
            member = dict(self._member(user))
        stream = self._row(ROOM)
        now = self._position(stream, member)
        is_pruned = stream["horizon"] > since and self._on("horizon") and self._on("horizon_read_again")
        if now.gen != here.gen or is_pruned:
            return self._reset(now)
        return answer

    def _needs_reset(self, here: Position, stream: Row, gen: str, since: int) -> bool:
        if gen != here.gen or since > here.version or here.version - since > MAX_CHANGES:
            return True
        return since < stream["horizon"] and self._on("horizon")

    @staticmethod
    def _reset(here: Position) -> State:
        return {"stream": here.name, **here.state(), "reset": True}

    def _rows(self, member: Row, since: int) -> list[tuple[int, str, State]]:
        """Every object of the room above a version that this member may see, in order."""
        members = self.db["members"].values()
        rows = [(one["version"], "messages", message_state(one)) for one in self._visible(member)]
        rows += [(one["version"], "users", user_state(one)) for one in members]
        rows += [(self.db["room"]["version"], "room", dict(self.db["room"]))]
        return sorted((row for row in rows if row[0] > since), key=lambda row: row[0])

    def _visible(self, member: Row) -> list[Row]:
        floor = member["visible_from"] if self._on("visible_from_in_reads") else 0
        return sorted(
            (one for one in self.db["messages"].values() if one["seq"] >= floor), key=lambda one: int(one["seq"])
        )

    def _snapshot(self, user: str) -> State:
        member = dict(self._member(user))
        self.pause()
        early = None if self._on("stream_before_snapshot") else self._whole(member)
        if early is not None:
            self.pause()
        here = self._position(self._row(ROOM), member)
        self.pause()
        whole = early or self._whole(member)
        self.pause()
        if self._on("membership_read_again") and self._member(user)["member_epoch"] != member["member_epoch"]:
            raise Refused
        return {"stream": ROOM, **here.state(), **whole}

    def _whole(self, member: Row) -> State:
        live = [one for one in self._visible(member) if not one["deleted"]]
        return {
            "room": dict(self.db["room"]),
            "messages": [message_state(one) for one in live[-SNAPSHOT_MESSAGES:]],
            "users": [user_state(one) for one in self.db["members"].values() if one["is_active"]],
            "more_users": False,
        }

    def _page(self, user: str, before: int, limit: int) -> State:
        member = dict(self._member(user))
        self.pause()
        rows = [one for one in self._visible(member) if one["seq"] < before][::-1]
        page = [message_state(one) for one in rows[:limit]]
        self.pause()
        if self._on("membership_read_again") and self._member(user)["member_epoch"] != member["member_epoch"]:
            raise Refused
        return {"next": "older" if len(rows) > limit else None, "results": page}

    def _memberships(self, user: str) -> State:
        here = self._position(self._row(f"user:{user}"))
        self.pause()
        member = self.db["members"].get(user)
        rows = [membership_state(member)] if member and member["is_active"] else []
        return {"stream": here.name, **here.state(), "memberships": rows}

    def _user_changes(self, user: str, gen: str, since: int) -> State:
        stream = self._row(f"user:{user}")
        here = self._position(stream)
        if self._needs_reset(here, stream, gen, since):
            return self._reset(here)
        self.pause()
        member = self.db["members"].get(user)
        rows = [(member["user_version"], "memberships", membership_state(member))] if member else []
        return _cut(here, since, [row for row in rows if since < row[0] <= here.version])

    def _sync(self, user: str, cursors: dict[str, State]) -> dict[str, State]:
        positions = self.positions(user)
        answers = {name: {"stream": name, "removed": True} for name in cursors if name not in positions}
        for name, here in positions.items():
            cursor = cursors.get(name)
            if cursor is None or cursor["gen"] != here.gen or cursor["version"] > here.version:
                answers[name] = self._reset(here)
            elif cursor["version"] < here.version:
                read = self._changes if name == ROOM else self._user_changes
                try:
                    answers[name] = read(user, cursor["gen"], cursor["version"])
                except Refused:
                    answers[name] = {"stream": name, "removed": True}
        return answers

    # -- For the tests ------------------------------------------------------------------------------------------
    def view(self, user: str) -> State | None:
        """What a client of this user has to show of the room in the end; None without access."""
        member = self.db["members"].get(user)
        if not member or not member["is_active"]:
            return None
        live = [one for one in self.db["messages"].values() if not one["deleted"]]
        return {
            "version": self.version,
            "room": dict(self.db["room"]),
            "messages": [message_state(one) for one in live if one["seq"] >= member["visible_from"]],
            "users": sorted(
                (user_state(one) for one in self.db["members"].values() if one["is_active"]), key=lambda one: one["id"]
            ),
            "memberships": [],
        }

    def memberships(self, user: str) -> list[State]:
        member = self.db["members"].get(user)
        return [membership_state(member)] if member and member["is_active"] else []

    @property
    def version(self) -> int:
        return int(self.db["streams"][ROOM]["version"])

    @property
    def horizon(self) -> int:
        return int(self.db["streams"][ROOM]["horizon"])

    def visible_from(self, user: str) -> int:
        return int(self.db["members"][user]["visible_from"])

    def rows(self) -> list[Row]:
        """Every row of the room: ``version``, and for messages ``id``, ``seq``, ``user_id``, ``client_id``."""
        return [*self.db["messages"].values(), *self.db["members"].values(), self.db["room"]]

    def message_ids(self) -> list[str]:
        return list(self.db["messages"])


def _cut(here: Position, since: int, rows: list[tuple[int, str, State]]) -> State:
    """At most PAGE rows, and never a part of what shares one version with the last of them."""
    page, more = rows[:PAGE], len(rows) > PAGE
    answer: State = {"memberships": []} if here.name.startswith("user:") else {"messages": [], "users": []}
    for _, part, state in page:
        if part == "room":
            answer["room"] = state
        else:
            answer[part].append(state)
    next_version = page[-1][0] if more else here.version
    return {"stream": here.name, **here.state(), "acl": here.acl, "next": next_version, "more": more, **answer}


def message_state(message: Row) -> State:
    base = {"id": message["id"], "room_id": ROOM_ID, "version": message["version"], "seq": message["seq"]}
    if message["deleted"]:
        return {**base, "deleted": True}
    return {**base, **{key: message[key] for key in ("user_id", "client_id", "body", "reactions")}}


def user_state(member: Row) -> State:
    return {key: member[key] for key in ("id", "version", "user_id", "is_active")}


def membership_state(member: Row) -> State:
    own = {key: member[key] for key in ("id", "is_active", "member_epoch", "seen_seq")}
    return {**own, "room_id": ROOM_ID, "version": member["user_version"]}


STATES: dict[str, Callable[[Row], State]] = {
    "messages": message_state,
    "users": user_state,
    "memberships": membership_state,
    "room": dict,
}
