"""A run: clients at work while things go wrong, then quiet, then the verdict; or while the workers are replaced."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from django.db import close_old_connections

from tests.chaos import database, logs, oracle
from tests.chaos.faults import Faults, Plan
from tests.chaos.ledger import Ledger
from tests.chaos.members import Member
from tests.chaos.report import Check, Progress
from tests.chaos.services import GRACEFUL_SECONDS
from tests.chaos.stage import Set
from tests.chaos.workload import Traffic, Workload

T = TypeVar("T")

CONVERGE_SECONDS = 15.0
# Limit of the delivery latency where no channel layer is there: two sweeps, and a fetch.
P95_SECONDS_WITHOUT_LAYER = 6.0
# How long the run watches on after that, to tell late from never.
PATIENCE_SECONDS = 15.0
RECONNECT_SECONDS = 20.0
# Fewer clients than this say nothing about a spread over seconds.
MANY_CLIENTS = 40
MAX_BIN_SHARE = 0.15


@dataclass(frozen=True)
class Scale:
    """How big a run is.

    Attributes:
        members: how many of the clients are in each room at the start.
        p95_seconds: limit of the delivery latency while the faults go on.
    """

    clients: int
    rooms: int
    members: int
    traffic: Traffic
    plan: Plan
    p95_seconds: float = 12.0


@dataclass
class Run:
    """The clients of one run, and what they report."""

    stage: Set
    scale: Scale
    progress: Progress
    sabotage: str | None = None
    ledger: Ledger = field(default_factory=Ledger)
    stall_seconds: float = 0.0

    async def open(self) -> None:
        """Make the people, and wait until every client is up to date."""
        scale = self.scale
        self.people = await _in_thread(
            lambda: database.make_people(users=scale.clients, rooms=scale.rooms, members=scale.members)
        )
        url, sessions = self.stage.base_url, self.people.sessions
        self.members = {
            user: Member(user, url, sessions[user], self.ledger, sabotage=self.sabotage) for user in self.people.users
        }
        for member in self.members.values():
            await member.start()
        until = time.monotonic() + 60
        while not all(member.is_up_to_date for member in self.members.values()):
            if time.monotonic() > until:
                raise RuntimeError("the clients did not come up to date before any fault")
            await self._tell("opening")

    async def close(self) -> None:
        await asyncio.gather(*(member.stop() for member in self.members.values()))

    async def work(self, meanwhile: Awaitable[None], title: str, news: Callable[[], str]) -> None:
        """The workload, and beside it what goes wrong, until both have ended."""
        workload = Workload(self.scale.traffic, self.people, self.members, self.ledger, self.stage.stage.seed)
        jobs = [asyncio.ensure_future(workload.run()), asyncio.ensure_future(meanwhile)]
        while not all(job.done() for job in jobs):
            await self._tell(title, news())
            # A job that failed ends the run.
            for job in jobs:
                if job.done():
                    job.result()

    async def _tell(self, title: str, news: str = "") -> None:
        began = time.monotonic()
        await asyncio.sleep(1)
        # What is late here is late for every client: on a busy machine, latencies are of the machine.
        self.stall_seconds = max(self.stall_seconds, time.monotonic() - began - 1)
        ledger = self.ledger
        up = sum(worker.is_ready for worker in self.stage.servers.workers)
        connected = sum(member.is_connected for member in self.members.values())
        self.progress.line(
            title,
            f"sent {len(ledger.sends)} acked {ledger.acked} open {ledger.open} writes {ledger.writes} "
            f"moves {ledger.moves} | frames {ledger.frames} p95 {ledger.within(0.95, time.time() - 10):.2f} s | "
            f"workers {up} sockets {connected} {news}",
        )

    # -- Afterwards --------------------------------------------------------------------------------------------
    async def settle(self) -> list[Check]:
        """Wait until all views are the database's, and judge how long it took."""
        began = time.monotonic()
        found = await self._look()
        patience = 0.0 if self.sabotage else PATIENCE_SECONDS
        while found and time.monotonic() - began < CONVERGE_SECONDS + patience:
            await self._tell("settling", found[0])
            found = await self._look()
        seconds = time.monotonic() - began
        value = f"{seconds:.1f} s" if not found else "never"
        late = Check(
            "all views equal the database", value, f"<= {CONVERGE_SECONDS:.0f} s", not found, "; ".join(found[:3])
        )
        if seconds > CONVERGE_SECONDS:
            late = Check(late.name, value, late.limit, False, late.detail)
        return [late, await self._judge_history_pages()]

    async def _look(self) -> list[str]:
        """What still differs; cheap things first."""
        if self.ledger.open:
            return [f"{self.ledger.open} sends without an outcome"]
        truth = await _in_thread(lambda: database.read_members(self.people.rooms))
        found = []
        for user, member in self.members.items():
            held, wanted = set(member.rooms()), {room for room, users in truth.items() if user in users}
            found += [f"user {user} lacks room {room[-6:]}" for room in wanted - held]
            found += [f"user {user} still holds {self._describe(member, room)}" for room in held - wanted]
        if found:
            return found
        rooms = await _in_thread(lambda: database.read_rooms(self.people.rooms))
        return oracle.differences([view for member in self.members.values() for view in member.views()], rooms)

    def _describe(self, member: Member, room: str) -> str:
        replica = member.client.rooms[room]
        kind = "public" if room in self.people.public else "private"
        own = member.client.session.replicas.get(f"user:{member.user}")
        states = own.objects.parts["memberships"].values() if own else ()
        mine = [f"{one['is_active']} {one['member_epoch']}" for one in states if one["room_id"] == room]
        here = f"at {replica.gen} version {replica.cursor}, membership {mine or 'unknown'}"
        return f"{kind} room {room[-6:]} {here}, own stream at {own and own.cursor}, {member.client.status}"

    async def _judge_history_pages(self) -> Check:
        """Let every client page back to the beginning, and compare whole rooms."""
        self.ledger.measures = False
        jobs = [member.load_all() for member in self.members.values()]
        await asyncio.wait_for(asyncio.gather(*jobs), 120)
        found = await self._look()
        held = Counter(len(view.messages) for member in self.members.values() for view in member.views())
        check = oracle.none_of("rooms that differ with all their history", found)
        return Check(check.name, check.value, check.limit, check.passed, check.detail or f"up to {max(held)} messages")

    async def judge(self, faults: set[str]) -> list[Check]:
        """Everything but convergence."""
        rooms = await _in_thread(lambda: database.read_rooms(self.people.rooms))
        history = await _in_thread(lambda: database.read_history(self.people.rooms))
        sent = await _in_thread(database.read_sent)
        p95 = self.ledger.within(0.95)
        is_absent = self.stage.stage.layer == "absent"
        limit = P95_SECONDS_WITHOUT_LAYER if is_absent else self.scale.p95_seconds
        half, stall = self.ledger.within(0.5), self.stall_seconds
        detail = (
            f"half within {half:.2f} s of {len(self.ledger.latencies)}; the machine stalled for up to {stall:.1f} s"
        )
        return [
            *oracle.judge_sends(self.ledger, sent, rooms),
            *oracle.judge_history(self.ledger, history),
            Check("p95 of delivery", f"{p95:.2f} s", f"<= {limit:.0f} s", p95 <= limit, detail),
            *self._judge_logs(faults),
        ]

    def _judge_logs(self, faults: set[str]) -> list[Check]:
        workers = self.stage.servers.workers
        verdict = logs.judge(logs.read_records(worker.records for worker in workers), faults=faults)
        uncaught = logs.uncaught_lines(worker.folder / f"{worker.name}.log" for worker in workers)
        kinds = Counter(
            f"{entry['logger']}: {entry.get('exceptions', [entry['message']])[0]}" for entry in verdict.unexpected
        )
        texts = [f"{count} x {kind}" for kind, count in kinds.most_common()]
        count = len(verdict.unexpected) + len(uncaught)
        explained = "; ".join(f"{times} x {reason}" for reason, times in verdict.expected.items())
        return [
            Check("unhandled exceptions in workers", count, "0", not count, "; ".join([*texts, *uncaught][:4])),
            Check("errors that faults explain", sum(verdict.expected.values()), "any", True, explained),
        ]


async def run_chaos(stage: Set, scale: Scale, progress: Progress, sabotage: str | None) -> list[Check]:
    """Faults and traffic together, then quiet."""
    run = Run(stage, scale, progress, sabotage)
    await run.open()
    try:
        faults = Faults(scale.plan, stage.servers, stage.proxies, stage.rng)
        await run.work(faults.run(), "faults", lambda: _last(faults.log))
        kinds = faults.kinds | ({"redis"} if stage.stage.layer != "memory" else set())
        checks = [*await run.settle(), *await run.judge(kinds)]
        return [*checks, *_faults_done(faults, stage)]
    finally:
        await run.close()


def _faults_done(faults: Faults, stage: Set) -> list[Check]:
    """That something did go wrong: a run without faults would prove nothing."""
    done = Counter(" ".join(text.split()[:2]) for _at, text in faults.log[:-1])
    for proxy in stage.proxies.all():
        for name in ("cuts", "resets", "hangs", "delayed", "trickling"):
            done[name] += proxy.counts[name]
    detail = ", ".join(f"{count} {name}" for name, count in sorted(done.items()) if count)
    return [Check("faults", sum(done.values()), "> 0", sum(done.values()) > 0, detail)]


def _last(log: list[tuple[float, str]]) -> str:
    return f"| {log[-1][1]}" if log and time.time() - log[-1][0] < 1.5 else ""


async def run_rolling(stage: Set, scale: Scale, progress: Progress) -> list[Check]:
    """Replace each worker once under load, as a deployment does."""
    run = Run(stage, scale, progress)
    await run.open()
    try:
        rolling = Rolling(run)
        await run.work(rolling.run(), "rolling", lambda: rolling.news)
        return [*rolling.judge(), *await run.settle(), *await run.judge(set())]
    finally:
        await run.close()


@dataclass
class Rolling:
    """SIGTERM to one worker after the other; the next one follows when all clients are back."""

    run_: Run
    news: str = ""
    seconds: list[float] = field(default_factory=list)
    bins: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)

    async def run(self) -> None:
        for worker in self.run_.stage.servers.workers:
            await asyncio.sleep(3)
            self.news = f"| SIGTERM {worker.name}"
            began, clock = time.monotonic(), time.time()
            await asyncio.to_thread(worker.stop, signal.SIGTERM)
            self.ends.append(time.monotonic() - began)
            worker.spawn()
            await asyncio.to_thread(worker.wait)
            await self._wait_for_all(began)
            self.seconds.append(time.monotonic() - began)
            back = Counter(int(at - clock) for at, _user in self.run_.ledger.ready if at >= clock)
            self.bins.append(max(back.values(), default=0) / len(self.run_.members))
        self.news = ""

    async def _wait_for_all(self, began: float) -> None:
        while time.monotonic() - began < 2 * RECONNECT_SECONDS:
            if all(member.is_up_to_date for member in self.run_.members.values()):
                return
            await asyncio.sleep(0.1)

    def judge(self) -> list[Check]:
        slowest, ended = max(self.seconds), max(self.ends)
        checks = [
            Check("workers replaced", len(self.ends), "3", len(self.ends) == len(self.run_.stage.servers.workers)),
            Check("a worker's end after SIGTERM", f"{ended:.1f} s", "<= 20 s", ended <= GRACEFUL_SECONDS + 5),
            Check("all clients back", f"{slowest:.1f} s", "<= 20 s", slowest <= RECONNECT_SECONDS),
        ]
        is_many = len(self.run_.members) >= MANY_CLIENTS
        share = max(self.bins)
        limit = f"<= {MAX_BIN_SHARE:.0%}" if is_many else "any (few clients)"
        passed = share <= MAX_BIN_SHARE or not is_many
        return [*checks, Check("most clients back in one second", f"{share:.0%}", limit, passed)]


async def _in_thread(read: Callable[[], T]) -> T:
    def call() -> T:
        try:
            return read()
        finally:
            close_old_connections()

    return await asyncio.to_thread(call)


logging.getLogger("asyncio").setLevel(logging.ERROR)
