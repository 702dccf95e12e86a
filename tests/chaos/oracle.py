"""The verdict: what the clients hold and were told, against the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tests.chaos.database import History, RoomView
from tests.chaos.ledger import Ledger
from tests.chaos.report import Check

State = dict[str, Any]


@dataclass(frozen=True)
class ClientView:
    """A room as one client holds it, from ``floor`` on: messages in order of display, members, the room itself."""

    user: str
    room_id: str
    cursor: int | None
    floor: int
    room: State | None
    messages: list[State]
    users: list[State]


def differences(views: Iterable[ClientView], rooms: dict[str, RoomView]) -> list[str]:
    """Where clients do not hold what the database does."""
    return [text for view in views for text in _compare(view, rooms[view.room_id])]


def _compare(view: ClientView, truth: RoomView) -> list[str]:
    where = f"user {view.user} in {view.room_id[-6:]}"
    if view.cursor != truth.version:
        return [f"{where}: at version {view.cursor}, the room at {truth.version}"]
    found = []
    wanted = sorted((one for one in truth.messages.values() if one["seq"] >= view.floor), key=lambda one: one["seq"])
    if view.messages != wanted:
        found.append(f"{where}: {_first_difference(view.messages, wanted)}")
    if sorted(view.users, key=_id) != sorted(truth.users.values(), key=_id):
        found.append(
            f"{where}: {_first_difference(sorted(view.users, key=_id), sorted(truth.users.values(), key=_id))}"
        )
    if view.room != truth.room:
        found.append(f"{where}: the room itself differs")
    return found


def _id(state: State) -> str:
    return str(state["id"])


def _first_difference(mine: list[State], wanted: list[State]) -> str:
    ours, theirs = {_id(one): one for one in mine}, {_id(one): one for one in wanted}
    for key in theirs.keys() - ours.keys():
        return f"lacks {key[-6:]} of version {theirs[key]['version']}, one of {len(theirs.keys() - ours.keys())}"
    for key in ours.keys() - theirs.keys():
        return f"holds {key[-6:]}, which is not there, one of {len(ours.keys() - theirs.keys())}"
    for key, state in theirs.items():
        if ours[key] != state:
            fields = [name for name in state if ours[key].get(name) != state[name]]
            return f"holds {key[-6:]} with another {', '.join(fields)}"
    return "holds them in another order"


def judge_sends(ledger: Ledger, sent: dict[str, list[str]], rooms: dict[str, RoomView]) -> list[Check]:
    """Acknowledged sends are there, and nothing is there twice."""
    deleted = {pk for room in rooms.values() for pk in room.deleted}
    there = {pk for room in rooms.values() for pk in (*room.messages, *room.deleted)}
    acked = {token: send for token, send in ledger.sends.items() if send.acked_as is not None}
    lost = [token for token, send in acked.items() if send.acked_as not in there]
    # The answer named one message, the rows under the token are others.
    astray = [token for token, send in acked.items() if sent.get(token) and send.acked_as not in sent[token]]
    twice = [token for token, pks in sent.items() if len(pks) > 1]
    refused = Counter(send.rejected for send in ledger.sends.values() if send.rejected is not None)
    detail = "refused: " + (", ".join(f"{count} with {status}" for status, count in refused.items()) or "none")
    return [
        Check("acknowledged sends", len(acked), "> 0", bool(acked), detail),
        none_of("acknowledged sends lost", lost + astray),
        none_of("messages sent twice", twice),
        none_of("acknowledged deletions undone", sorted(ledger.erased - deleted)),
        none_of("sends without an outcome", [token for token, send in ledger.sends.items() if not _has_outcome(send)]),
    ]


def _has_outcome(send: Any) -> bool:
    return send.acked_as is not None or send.rejected is not None


def judge_history(ledger: Ledger, history: History) -> list[Check]:
    """Versions have no gap, nothing was shown that was never committed, and removal is the end."""
    gaps = [
        f"{room[-6:]} lacks {sorted(set(range(1, version + 1)) - history.versions[room])[:3]}"
        for room, version in history.streams.items()
        if history.versions[room] != set(range(1, version + 1))
    ]
    phantoms = [
        f"{key[0][-6:]} version {key[1]} at user {user}"
        for key, user in ledger.delivered.items()
        if key not in history.objects
    ]
    undone = [f"{key[0][-6:]} version {key[1]}" for key in ledger.answered if key not in history.objects]
    leaks = [
        f"version {leak.version} of {leak.room[-6:]} by {leak.how} to user {leak.user}"
        for leak in ledger.leaks(history.removals)
    ]
    return [
        Check("removals of members", len(history.removals), "> 0", bool(history.removals)),
        none_of("gaps among versions", gaps),
        none_of("states shown that were never committed", phantoms),
        none_of("acknowledged edits lost", undone),
        none_of("messages at two places in the order", sorted(ledger.moved)),
        none_of("deliveries after removal", leaks),
    ]


def none_of(name: str, found: list[str]) -> Check:
    """There must be none; the first ones are shown."""
    return Check(name, len(found), "0", not found, "; ".join(found[:3]))
