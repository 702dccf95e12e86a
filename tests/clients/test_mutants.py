"""The vectors can fail: of every rule that is broken, at least one of them tells."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import df_chat.testing
from tests.clients.vectors import NAMES, replay

pytestmark = pytest.mark.once

CORE = Path(df_chat.testing.__file__).parent
MODULES = ("effects", "objects", "outbox", "replica", "session")

# What is broken: in which module, which text, and what stands there instead.
MUTANTS = {
    # Events
    "events below the cursor are applied": ("replica", 'frame["version"] <= self.cursor', "False"),
    "objects below the cursor are applied": ("replica", "above=self.cursor or 0", "above=-1"),
    "events are applied over a gap": ("replica", 'if frame["prev"] > self.cursor:', "if False:"),
    "an event too early is lost": ("replica", "self._held.append(Held(frame))", "pass"),
    "held events stay when they follow on": ("replica", "[*self._apply(frame), *self._drain()]", "self._apply(frame)"),
    "a gap is asked for at once": ("replica", "[Wait(timer, self.name, *GAP_SECONDS)]", "self.fetch()"),
    "events of another epoch are applied": ("replica", "if not self._is_of_this_life(frame):", "if False:"),
    "pokes are not heard": ("replica", "if is_poke(frame):", "if False:"),
    "empty lists are pokes": (
        "replica",
        "isinstance(value, dict | list) for",
        "isinstance(value, dict | list) and value for",
    ),
    "unknown kinds are pokes": (
        "replica",
        "for value in frame.values())",
        'for key, value in frame.items() if key in ("messages", "users", "room"))',
    ),
    "pokes of big rooms are asked after at once": ("replica", "> BIG_ROOM_MEMBERS", "> 10**9"),
    "each poke makes a request": ("replica", " or timer in self._timers", ""),
    # Answers
    "the cursor goes to the newest version": ("replica", 'max(self.cursor or 0, answer["next"])', 'answer["version"]'),
    "the cursor goes back": ("replica", 'max(self.cursor or 0, answer["next"])', 'answer["next"]'),
    "only one page is asked for": ("replica", "return [*effects, *self.fetch()]", "return effects"),
    "two requests at a time": (
        "replica",
        "if self._loading is not None:\n            return []\n        if self.cursor",
        "if self.cursor",
    ),
    "failed requests are not repeated": ("replica", 'return self._back_off("retry")', "return []"),
    "requests are repeated at a fixed rate": ("effects", "BACKOFF_SECONDS * 2.0 ** (failures - 1)", "BACKOFF_SECONDS"),
    "requests are repeated ever more rarely": ("effects", "min(LONGEST_BACKOFF_SECONDS, ", "(0, "),
    "events that never were are held for ever": ("replica", "if not held.is_asked]", "]"),
    "held events are dropped with every answer": ("replica", "if not held.is_asked]", "if False]"),
    "a reply moves the cursor": (
        "replica",
        "return [] if self.cursor is None else",
        'self.cursor = max(self.cursor or 0, message["version"])\n        return',
    ),
    "history moves the cursor": (
        "replica",
        "return self._echoes(self.objects.page(body))",
        'self.cursor = max(message["version"] for message in body["results"])\n        '
        "return self._echoes(self.objects.page(body))",
    ),
    # Beginning anew
    "a reset keeps the objects": (
        "replica",
        "self.objects = Objects()",
        'self.objects = getattr(self, "objects", Objects())',
    ),
    "a reset keeps the generation": (
        "replica",
        "self.generation = next(self._generations)\n        self.gen: str",
        'self.generation = getattr(self, "generation", 7)\n        self.gen: str',
    ),
    "a snapshot begins no new life": (
        "replica",
        "        # What was asked for before may have been read in an earlier life.\n"
        "        self.generation = next(self._generations)\n",
        "",
    ),
    "a reset drops what is held": (
        "replica",
        "self._forget()\n        return self.load()",
        "self._held = []\n        self._forget()\n        return self.load()",
    ),
    "a reset drops the outbox": (
        "replica",
        "self._forget()\n        return self.load()",
        "self.outbox = Outbox(self.name)\n        self._forget()\n        return self.load()",
    ),
    "reset is no answer": ("replica", 'if answer.get("reset"):', "if False:"),
    "a new gen goes on with the old objects": ("replica", "gen != self.gen:\n", "False:\n"),
    "a snapshot older than the membership is taken": ("replica", 'self._announced not in (None, body["gen"])', "False"),
    "what was announced is forgotten": ("replica", "self._known = max(self._known, version)", "pass"),
    # Objects
    "the last state wins": ("objects", 'mine["version"] >= state["version"]', "False"),
    "tombstones are dropped": (
        "objects",
        "        return True\n",
        '        if state.get("deleted"):\n            del objects[state["id"]]\n        return True\n',
    ),
    "deleted messages show": ("objects", 'if deleted or not one.get("deleted")', "if True"),
    "messages show by version": ("objects", 'one["seq"])', 'one["version"])'),
    "members who left show": ("objects", 'if one["is_active"]), key', "), key"),
    "no overlay": ("objects", "if not self.is_paging:", "if True:"),
    "the overlay is laid under": (
        "objects",
        '[*self.merge({"messages": page}), *self.merge({"messages": overlay})]',
        'self.merge({"messages": page})',
    ),
    "the overlay outlives its page": (
        "objects",
        "self.is_paging = False\n        self._overlay = {}",
        "self.is_paging = False",
    ),
    "changes above the window are shown": ("objects", 'state["seq"] < self.floor', "False"),
    "a page does not widen the window": ("objects", "self.floor = min([self.floor, *", "_ = min([self.floor, *"),
    "two pages at a time": ("replica", "self.objects.is_paging or not self.objects.floor", "not self.objects.floor"),
    "history never ends": ("replica", " or not self.objects.floor", ""),
    "objects hold what is the viewer's": ("objects", "if key not in VIEWER_FIELDS[part]", "if True"),
    "marks fall": ("objects", "max(mine[name], frame.get(name, 0))", "frame.get(name, 0)"),
    "members beyond the snapshot are not read": ("replica", 'if body.get("more_users"):', "if False:"),
    # Sending
    "an echo is matched by its key alone": (
        "replica",
        'self.me is not None and message.get("user_id") == self.me and ',
        "",
    ),
    "an echo answers for nothing": ("replica", "effects += self.outbox.settle(", "(lambda *args: None)("),
    "after an echo the next one waits": (
        "replica",
        "[*effects, *self.outbox.next(self.generation)] if effects else effects",
        "effects",
    ),
    "several are under way": ("outbox", "or self.in_flight is not None ", ""),
    "a new message does not wait": ("outbox", " or self.is_waiting:", ":"),
    "a message waits for ever": ("outbox", "self.is_waiting = False\n        return", "return"),
    "a conflict is tried again": ("outbox", "frozenset({401,", "frozenset({409, 401,"),
    "too many is for good": ("outbox", "408, 425, 429", "408, 425"),
    "signed out is for good": ("outbox", "frozenset({401, ", "frozenset({"),
    "what failed is sent again": ("outbox", 'if entry["error"] is None), None)\n', "), None)\n"),
    "a failure holds up the rest": (
        "outbox",
        "Rejected(self.stream, client_id, status, errors), *self.next(generation)]",
        "Rejected(self.stream, client_id, status, errors)]",
    ),
    "the server's time is not kept": ("outbox", "low = retry_after or 0.0", "low = 0.0"),
    "what is sent is not stored": (
        "outbox",
        "[Store(self.stream), *self.next(generation)]\n\n    def next",
        "self.next(generation)\n\n    def next",
    ),
    "what is answered is not stored": ("outbox", "[Store(self.stream), Acked(", "[Acked("),
    "old entries are sent": ("outbox", 'too_old = now - entry["at"] > LONGEST_WAIT_SECONDS', "too_old = False"),
    "a room that is gone keeps its sends waiting": (
        "outbox",
        "return [Rejected(self.stream, client_id, 404, errors) for client_id in lost]",
        "return []",
    ),
    "pending messages show as they came": (
        "replica",
        'sorted(self.outbox.entries, key=lambda entry: entry["at"])',
        "list(self.outbox.entries)",
    ),
    # The session
    "ready needs no sync of its own": (
        "session",
        "return [*effects, *self._sync()]",
        "return [*effects, *self.check()]",
    ),
    "any sync makes it up to date": ("session", "if not self._awaited and", "if"),
    "an earlier sync counts": ("session", "self._awaited.clear()", "pass"),
    "up to date before the sync": (
        "session",
        'self.is_connected, self._is_synced = frame["user_id"], True, False',
        'self.is_connected, self._is_synced = frame["user_id"], True, True',
    ),
    "a failed sync is not repeated": (
        "session",
        'return [Wait("sync", None, 0.0, backoff(self._failures))]',
        "return []",
    ),
    "a failed sync counts": (
        "session",
        "if status != 200:",
        "if status is not None and status != 200 and not body.setdefault('streams', {}) is None:",
    ),
    "answers of an earlier life are taken": ("session", "if not is_current:", "if False:"),
    "replies of an earlier life are taken": (
        "session",
        "and replica.generation == request.generation and _is_message",
        "and _is_message",
    ),
    "syncs of an earlier life are taken": ("session", "or replica.generation != named[name]:", ":"),
    "rooms that the own stream says were left are kept": ("session", 'if not one["is_active"]]', "if False]"),
    "rooms only watched are forgotten": ("session", " or name in self._watched", ""),
    "rooms joined again are forgotten": ("session", "<= membership", "<= 99 + membership"),
    "a left room that is still read is found out by events only": (
        "session",
        "        effects += self._forget_left()\n",
        "",
    ),
    "a snapshot of a left room is held": ("session", ", *self._forget_left()]\n\n", "]\n\n"),
    "own events forget no room": ("session", 'self._forget_left() if replica.kind == "user" else ()', "()"),
    "ready's gen is not looked at": ("replica", 'here["gen"] != self.gen else []', "False else []"),
    "a snapshot from before ready lacks nothing": (
        "replica",
        'return self.announced(here["gen"], here["version"])',
        "return []",
    ),
    "a guest's snapshot from before ready lacks nothing": (
        "replica",
        "        if self._loading is not None:\n            # What a snapshot",
        "        if False:\n            # What a snapshot",
    ),
    "a guest's snapshot from after ready is not enough": (
        "replica",
        "        if self._loading is not None:\n            # What a snapshot",
        "        if True:\n            # What a snapshot",
    ),
    "a removed room stays": ("session", "self.replicas.pop(name, None)", "self.replicas.get(name)"),
    "removed is no answer": ("session", 'self._purge(name) if answer.get("removed") else replica', "replica"),
    "404 is a failure": ("session", "if status == 404 and", "if False and"),
    "somebody else's rooms stay": ("session", 'if self.me not in (None, frame["user_id"]):', "if False:"),
    "only the first of a list is read": ("session", "for one in frame for", "for one in frame[:1] for"),
    "unknown streams are not asked about": (
        "session",
        'return [Wait("sync", None, 0.0, STRANGE_SECONDS)]',
        "return []",
    ),
    "rooms not followed are held": ("session", "return self._follow is None or name in self._follow", "return True"),
    "new rooms are not loaded": (
        "session",
        "return self.open(name).load() if is_new",
        "return self.open(name).load() if False",
    ),
    "what waits stays waiting on a new connection": ("session", ", *replica.wake()]", "]"),
    "two comparisons at a time": ("session", "return [] if self._syncs else self._sync()", "return self._sync()"),
    "much is left behind": (
        "replica",
        'self._known = max(self._known, answer["version"])\n            return self.fetch()',
        "return []",
    ),
    "presence outlives the connection": ("session", "self.online.clear()", "pass"),
    "up to date while something is missing": ("session", "self._is_synced and not is_behind", "self._is_synced"),
    "up to date without a connection": ("session", "if not self.is_connected:", "if False:"),
}


def killed_by(session_class) -> list[str]:
    killers = []
    for name in NAMES:
        try:
            replay(name, session_class)
        except Exception:
            killers.append(name)
    return killers


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator:
    """Import the core with one text replaced, as a package of its own."""

    def make(module: str | None = None, old: str = "", new: str = ""):
        package = tmp_path / "broken_core"
        package.mkdir()
        (package / "__init__.py").touch()
        for name in MODULES:
            source = (CORE / f"{name}.py").read_text()
            if name == module:
                assert source.count(old) == 1, f"{old!r} is {source.count(old)} times in {name}"
                source = source.replace(old, new)
            (package / f"{name}.py").write_text(source.replace("df_chat.testing", "broken_core"))
        monkeypatch.syspath_prepend(str(tmp_path))
        importlib.invalidate_caches()
        return importlib.import_module("broken_core.session").Session

    yield make
    for name in [name for name in sys.modules if name.startswith("broken_core")]:
        del sys.modules[name]


def test_nothing_broken_kills_nothing(build):
    assert killed_by(build()) == []


@pytest.mark.parametrize("mutant", MUTANTS)
def test_mutant_is_killed(build, mutant):
    assert killed_by(build(*MUTANTS[mutant])), "no vector tells"
