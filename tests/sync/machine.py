"""The state machine that Hypothesis steers: every step that the world can take, with every fault."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from tests.sync.world import Client, Meanwhile, Op, World

# Each write, and whether it is somebody's and whether it is of one message.
WRITES = {
    "send": (True, False),
    "bulk": (True, False),
    "edit": (False, True),
    "delete": (False, True),
    "react": (True, True),
    "add": (True, False),
    "remove": (True, False),
    "oust": (True, False),
    "seen": (True, False),
    "rename": (False, False),
    "rollback": (True, False),
    "prune": (False, False),
}
# What can happen at more than one place of a read has to be able to happen at each.
PAUSES = 5


@dataclass(frozen=True)
class Focus:
    """Which writes and which rules of the machine take part: all, where nothing else is said."""

    writes: tuple[str, ...] = tuple(WRITES)
    # Those that happen while something is read, if they are others.
    meanwhile: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


EVERYTHING = Focus()


def ops_of(kind: str) -> list[Op]:
    """A write by each who may do it, of each of the newest messages."""
    is_somebodys, is_of_one = WRITES[kind]
    return [(kind, who, nth) for who in range(3 if is_somebodys else 1) for nth in ((0, 2, 4) if is_of_one else (0,))]


def is_offline(client: Client) -> bool:
    return client.socket is None


def may_hear(client: Client) -> bool:
    """Whether the layer has something for its socket."""
    return client.socket is not None and bool(client.socket.layer)


def may_read(client: Client) -> bool:
    """Whether frames are on their way to it."""
    return client.socket is not None and bool(client.socket.wire)


def machine(make_world: Callable[[], World], focus: Focus = EVERYTHING) -> type[RuleBasedStateMachine]:
    """A machine that steers the worlds that ``make_world`` makes."""
    # Few draws a step: they cost more time than the steps do.
    anybody = st.integers(0, 2)
    nth = st.integers(0, 3)
    ops = [op for kind in focus.writes for op in ops_of(kind)]
    between = [op for kind in focus.meanwhile or focus.writes for op in ops_of(kind)]
    meanwhiles = st.lists(st.sampled_from(list(itertools.product(range(PAUSES), between))), max_size=2)
    changes = st.sampled_from(list(itertools.product(range(3), ("edit", "delete", "react"), range(3))))
    hearings = st.sampled_from(list(itertools.product(range(3), range(3), ("once", "twice", "lost", "poke"))))

    class ProtocolMachine(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.world = make_world()

        def client(self, who: int, has: Callable[[Client], bool] = bool) -> Client:
            """One of the clients that have what a step is about."""
            having = [client for client in self.world.clients if has(client)]
            return having[who % len(having)]

        # -- Others ---------------------------------------------------------------------------------------------------
        @rule(written=st.lists(st.sampled_from(ops), min_size=1, max_size=4))
        def somebody_writes(self, written: list[Op]) -> None:
            for op in written:
                self.world.act(op)

        @rule()
        def back_up(self) -> None:
            self.world.back_up()

        @rule()
        def restore(self) -> None:
            self.world.restore()

        # -- Clients --------------------------------------------------------------------------------------------------
        @rule(who=anybody)
        def type(self, who: int) -> None:
            self.world.type(self.client(who))

        @rule(change=changes)
        def change(self, change: tuple[int, str, int]) -> None:
            who, kind, pick = change
            self.world.change(self.client(who), kind, pick)

        @rule(who=anybody)
        def older(self, who: int) -> None:
            self.world.older(self.client(who))

        @rule(who=anybody)
        def look(self, who: int) -> None:
            self.world.look(self.client(who))

        @rule(who=anybody)
        def restart(self, who: int) -> None:
            self.world.restart(self.client(who))

        # -- The network ----------------------------------------------------------------------------------------------
        @rule(who=anybody)
        def hang_up(self, who: int) -> None:
            self.world.hang_up(self.client(who))

        @precondition(lambda self: any(map(is_offline, self.world.clients)))
        @rule(who=anybody, meanwhile=meanwhiles)
        def dial(self, who: int, meanwhile: Meanwhile) -> None:
            self.world.dial(self.client(who, is_offline), meanwhile)

        @precondition(lambda self: any(map(may_hear, self.world.clients)))
        @rule(hearing=hearings, meanwhile=meanwhiles)
        def hear(self, hearing: tuple[int, int, str], meanwhile: Meanwhile) -> None:
            who, pick, fate = hearing
            self.world.hear(self.client(who, may_hear), pick, fate, meanwhile)

        @rule(who=anybody, meanwhile=meanwhiles)
        def sweep(self, who: int, meanwhile: Meanwhile) -> None:
            self.world.sweep(self.client(who), meanwhile)

        @precondition(lambda self: any(map(may_read, self.world.clients)))
        @rule(who=anybody, count=st.integers(1, 3))
        def read(self, who: int, count: int) -> None:
            self.world.read(self.client(who, may_read), count)

        @precondition(lambda self: self.world.requests)
        @rule(pick=nth, meanwhile=meanwhiles)
        def serve(self, pick: int, meanwhile: Meanwhile) -> None:
            self.world.serve(pick, meanwhile)

        @precondition(lambda self: self.world.answers)
        @rule(pick=nth, is_lost=st.booleans())
        def answer(self, pick: int, is_lost: bool) -> None:
            self.world.answer(pick, is_lost=is_lost)

        @precondition(lambda self: any(client.timers for client in self.world.clients))
        @rule(pick=nth)
        def tick(self, pick: int) -> None:
            self.world.tick(pick)

        def teardown(self) -> None:
            # Not after a failure, nor when Hypothesis gives the example up.
            try:
                if sys.exception() is None:
                    self.world.finish()
            finally:
                self.world.server.close()

    return type("Focused", (ProtocolMachine,), dict.fromkeys(focus.without))
