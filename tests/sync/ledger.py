"""The invariants of sync: what was committed, and what each user may therefore get to see."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from df_chat.testing.objects import VIEWER_FIELDS

State = dict[str, Any]


class Violation(AssertionError):
    """An invariant does not hold."""


class Refused(Exception):
    """What a server does not do."""

    def __init__(self, status: int = 404) -> None:
        super().__init__(status)
        self.status = status


def check(holds: object, invariant: str, *details: object) -> None:
    if not holds:
        raise Violation(f"{invariant}: {' '.join(map(str, details))}")


class Ledger:
    """What was committed, and what each user may therefore get to see."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._versions: dict[tuple[str, int], int] = {}
        self._stays: dict[str, list[State]] = {}
        self._states: dict[Any, str] = {}
        self._seqs: dict[Any, int] = {}
        self._marks: dict[Any, dict[int, int]] = {}
        self._saved: list[State] | None = None
        self.epoch = 1

    def start(self, members: Iterable[str], version: int) -> None:
        for user in members:
            self._stays[user] = [{"from": self._server.visible_from(user), "until": None}]
        self._versions[self._server.room, self.epoch] = version

    def committed(self, event: State) -> None:
        """I1: versions follow on one another, one for each object."""
        key = (event["stream"], event["epoch"])
        prev = self._versions.get(key, event["prev"])
        check(event["prev"] == prev, "I1", "a gap or a repetition:", prev, event)
        versions = sorted(state["version"] for _, state in objects_of(event))
        check(versions == list(range(event["prev"] + 1, event["version"] + 1)), "I1", versions, event)
        self._versions[key] = event["version"]
        for state in event.get("users", ()):
            self._moved(state)

    def _moved(self, state: State) -> None:
        stays = self._stays.setdefault(state["user_id"], [])
        is_in = bool(stays) and stays[-1]["until"] is None
        if state["is_active"] and not is_in:
            stays.append({"from": self._server.visible_from(state["user_id"]), "until": None})
        elif is_in and not state["is_active"]:
            stays[-1]["until"] = state["version"]

    def back_up(self) -> None:
        self._saved = [{user: [dict(stay) for stay in stays] for user, stays in self._stays.items()}]

    def restored(self, epoch: int, version: int) -> None:
        assert self._saved is not None
        (self._stays,) = self._saved
        self.epoch = epoch
        self._versions[self._server.room, epoch] = version

    def emitted(
        self, user: str, stream: str, epoch: int, found: Iterable[tuple[str, State]], *, since: int = 0
    ) -> None:
        """I3, I9, I10, I11 and I13 for what a user is sent; ``since`` is the version at which it began to be read."""
        for part, state in found:
            if stream == self._server.room:
                stays = [stay for stay in self._stays.get(user, ()) if (stay["until"] or since + 1) > since]
                check(any(_covers(stay, state) for stay in stays), "I9, I10", user, "is sent", state, "by", stays)
            key = (stream, epoch, part, state["id"])
            plain = {name: value for name, value in state.items() if name not in VIEWER_FIELDS.get(part, ())}
            text = json.dumps(plain, sort_keys=True)
            known = self._states.setdefault((*key, state["version"]), text)
            check(known == text, "I3", "one version, two states:", known, text)
            if "seq" in state:
                check(self._seqs.setdefault(key, state["seq"]) == state["seq"], "I11", "another seq:", state)
            if part == "memberships":
                self._marked(key, state)

    def _marked(self, key: Any, state: State) -> None:
        marks = self._marks.setdefault((*key, state["member_epoch"]), {})
        marks[state["version"]] = state["seen_seq"]
        in_order = [marks[version] for version in sorted(marks)]
        check(in_order == sorted(in_order), "I13", "a mark moved back:", marks)


def _covers(stay: State, state: State) -> bool:
    return state.get("seq", stay["from"]) >= stay["from"] and state["version"] <= (stay["until"] or state["version"])


def objects_of(lists: State) -> list[tuple[str, State]]:
    """The objects in a frame or an answer, each with the name of its part."""
    found = [(part, state) for part in ("messages", "users", "memberships") for state in lists.get(part, ())]
    found += [("messages", state) for state in lists.get("results", ())]
    if lists.get("room"):
        found.append(("room", lists["room"]))
    return [*found, ("messages", lists)] if "seq" in lists else found
