"""Replaying the vectors of ``tests/vectors`` on a session: inputs, and what a client must do and hold after each.

A vector is ``{"about", "given", "follow"?, "steps"}``. A step is ``{"do", ..., "effects"?, "state"?}``: the effects are
all that may come, compared by the keys named; the state is compared by the keys named. With ``given``, the steps of
``given.json`` come first. Requests are numbered in the order in which they come, and answered by their number.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).resolve().parent.parent / "vectors"
GIVEN = json.loads((VECTORS / "given.json").read_text())
NAMES = sorted(path.stem for path in VECTORS.glob("*.json") if path.stem != "given")


class Player:
    """One session, and the requests it has asked for."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self.requests: list[Any] = []

    def play(self, step: dict[str, Any]) -> None:
        """Do one step, and compare. Raises AssertionError."""
        effects = [self.plain(effect) for effect in getattr(self, step["do"])(step) or []]
        expected = step.get("effects", [])
        assert len(effects) == len(expected), f"{step['do']}: {effects}"
        for effect, wanted in zip(effects, expected, strict=True):
            assert holds(effect, wanted), f"{step['do']}: {effect} is not {wanted}"
        for key, wanted in step.get("state", {}).items():
            found = self.state(key)
            if wanted is not None and found is not None and ":" in key:
                found = {name: found[name] for name in wanted}
            assert found == wanted, f"{step['do']}: {key} is {found}, not {wanted}"

    def plain(self, effect: Any) -> dict[str, Any]:
        kind = type(effect).__name__
        fields = dataclasses.asdict(effect)
        if kind == "Request":
            self.requests.append(effect)
            return {**fields, "request": len(self.requests)}
        if kind == "Wait":
            return {**fields, "wait": effect.timer}
        key = {"Store": "stream", "Purge": "stream", "Acked": "client_id", "Rejected": "client_id"}[kind]
        return {**fields, kind.lower(): fields[key]}

    def state(self, key: str) -> Any:
        if ":" not in key:
            value = getattr(self.session, key)
            return sorted(value) if key == "online" else value
        replica = self.session.replicas.get(key)
        return None if replica is None else summary(replica)

    # -- Steps --------------------------------------------------------------------------------------------------
    def receive(self, step: dict[str, Any]) -> Any:
        return self.session.receive(step["frame"])

    def done(self, step: dict[str, Any]) -> Any:
        request = self.requests[step["request"] - 1]
        return self.session.done(request, step["status"], step["body"], step.get("retry_after"))

    def elapsed(self, step: dict[str, Any]) -> Any:
        return self.session.elapsed(step["timer"], step["stream"])

    def disconnected(self, step: dict[str, Any]) -> Any:
        return self.session.disconnected()

    def check(self, step: dict[str, Any]) -> Any:
        return self.session.check()

    def wake(self, step: dict[str, Any]) -> Any:
        return self.session.wake()

    def watch(self, step: dict[str, Any]) -> Any:
        return self.session.watch(step["room"])

    def send(self, step: dict[str, Any]) -> Any:
        return self.session.send(step["room"], step["client_id"], step["fields"], step["at"])

    def discard(self, step: dict[str, Any]) -> Any:
        return self.session.discard(step["room"], step["client_id"])

    def restore(self, step: dict[str, Any]) -> Any:
        return self.session.restore(step["room"], step["entries"], step["draft"], step["now"])

    def draft(self, step: dict[str, Any]) -> Any:
        return self.session.write_draft(step["room"], step["text"])

    def older(self, step: dict[str, Any]) -> Any:
        return self.session.older(step["room"], step["limit"])

    def write(self, step: dict[str, Any]) -> Any:
        return [self.session.write(step["room"], step["method"], step["path"], step.get("body"))]


def summary(replica: Any) -> dict[str, Any]:
    """A replica in the words of the vectors: messages as ``id@version``."""
    objects, entries = replica.objects, replica.pending()
    everything = objects.messages(deleted=True)
    return {
        "cursor": replica.cursor,
        "gen": replica.gen,
        "messages": [f"{message['id']}@{message['version']}" for message in objects.messages()],
        "deleted": [message["id"] for message in everything if message.get("deleted")],
        "keys": {message["id"]: sorted(message) for message in everything if message["id"] == "z"},
        "users": [user["user_id"] for user in objects.active("users")],
        "room": objects.room and objects.room["version"],
        "receipts": objects.receipts,
        "floor": objects.floor,
        "pending": [entry["client_id"] for entry in entries],
        "failed": [entry["client_id"] for entry in entries if entry["error"]],
        "draft": replica.draft,
    }


def holds(found: Any, wanted: Any) -> bool:
    """Whether all keys of ``wanted`` have their value in ``found``."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return all(key in found and holds(found[key], value) for key, value in wanted.items())
    return bool(found == wanted)


def replay(name: str, session_class: Any) -> None:
    """Play one vector. Raises AssertionError where the session does not do as it says."""
    vector = json.loads((VECTORS / f"{name}.json").read_text())
    player = Player(session_class(vector.get("follow")))
    for number, step in enumerate([*(GIVEN if vector["given"] else []), *vector["steps"]]):
        try:
            player.play(step)
        except AssertionError as error:
            raise AssertionError(f"{name}, step {number}: {error}") from None
