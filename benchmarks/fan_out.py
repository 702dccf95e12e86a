"""What it costs to bring one event to everybody in a room, beside other servers.

    python -m benchmarks.fan_out --json fan_out.json --plot fan_out.svg

Every server gets the same messages of the same size from the same load client, in short turns, round by round. The
server has one core, the client and Redis another. What is counted is the server's CPU per delivery. Prints ratios to
the least an ASGI server can do, measured in the same round: only they say something about another machine.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from benchmarks.harness import machine
from benchmarks.harness.client import LoadClient
from benchmarks.harness.contenders import BARE, CONTENDERS, Contender
from benchmarks.harness.figures import Progress, Row, Target, median, number, ratio, select, table, whole
from benchmarks.harness.places import Crowd, make_crowd
from benchmarks.harness.plot import draw
from benchmarks.harness.serving import Served, Workshop, workshop

ISOLATED, LOAD, RATE = "isolated", "load", "rate"
DELIVERIES_PER_SECOND = 5_000
IN_FLIGHT = 16
CHAT = ("chat-memory", "chat-pubsub")


@dataclass(frozen=True)
class Plan:
    """What is measured: in which mode, with how many members."""

    contenders: Sequence[Contender]
    points: Sequence[tuple[int, str]]
    rounds: int
    seconds: float

    @property
    def sizes(self) -> list[int]:
        return sorted({size for size, _ in self.points})


FULL = [(50, ISOLATED), (100, ISOLATED), (200, ISOLATED), (200, RATE), (500, ISOLATED), (1000, ISOLATED), (1000, LOAD)]
SHORT = [(200, ISOLATED), (200, RATE), (1000, LOAD)]
CHECK = [(200, ISOLATED)]
# Wide, for machines with other work on them: what fails here is broken, not noisy.
CHECK_CONTENDERS = ("bare", "chat-memory", "chat-pubsub", "tutorial-core")
CHECK_LIMITS = {"bare": 2.0, "tutorial-core": 1 / 6}


def main() -> None:
    arguments = _parse()
    plan = plan_of(arguments)
    with workshop(with_node=any(one.is_node for one in plan.contenders)) as shop:
        results = run(shop, plan)
    print(report(results))
    write(results, arguments)
    if arguments.check:
        check(results)


def plan_of(arguments: argparse.Namespace) -> Plan:
    if arguments.check:
        return Plan([CONTENDERS[name] for name in CHECK_CONTENDERS], CHECK, rounds=7, seconds=0.4)
    names = arguments.servers.split(",") if arguments.servers else list(CONTENDERS)
    points = SHORT if arguments.short else FULL
    if arguments.members:
        points = [(int(members), mode) for members in arguments.members.split(",") for mode in (ISOLATED, LOAD, RATE)]
    return Plan([CONTENDERS[name] for name in names], points, arguments.rounds, arguments.seconds)


# -- Measuring ---------------------------------------------------------------------------------------------------
def run(shop: Workshop, plan: Plan) -> dict[str, Any]:
    """Measure every contender in every round; what cannot run here is listed with its reason.

    All servers run all the time, idle but for the one that is measured: so the turns can be short, and what else the
    machine does falls on all of them alike.
    """
    missing = {one.name: reason for one in plan.contenders if (reason := shop.lacks(one))}
    here = [one for one in plan.contenders if one.name not in missing]
    progress = Progress(plan.rounds * len(here) * len(plan.points))
    rows: list[Row] = []
    with ExitStack() as stack:
        servers = [stack.enter_context(shop.serve(contender)) for contender in here]
        for members in plan.sizes:
            modes = [mode for size, mode in plan.points if size == members]
            rows += _run_size(servers, make_crowd(members), modes, plan, progress)
    return {"machine": machine.describe(), "missing": missing, "rows": rows}


def _run_size(
    servers: Sequence[Served], crowd: Crowd, modes: Sequence[str], plan: Plan, progress: Progress
) -> Iterator[Row]:
    with ExitStack() as stack:
        rooms = [(served, stack.enter_context(gather(served, crowd))) for served in servers]
        for turn in range(1, plan.rounds + 1):
            for (served, client), mode in product(rooms, modes):
                row = {"round": turn, "contender": served.contender.name, "members": len(crowd.headers), "mode": mode}
                row |= measure(served, client, mode, plan.seconds)
                progress.step(f"round {turn}, {served.contender.label}: {describe(row)}")
                yield row


@contextmanager
def gather(served: Served, crowd: Crowd) -> Iterator[LoadClient]:
    """Connect everybody in the crowd, and warm the server up."""
    with served.client(crowd) as client:
        client.connect(len(crowd.headers))
        client.run(f"window {IN_FLIGHT} 0.3")
        machine.wait_until_idle(served.pid)
        yield client


def measure(served: Served, client: LoadClient, mode: str, seconds: float) -> Row:
    """Broadcast in one mode; what the client saw, and what it cost the server and Redis."""
    commands = {
        ISOLATED: f"window 1 {seconds}",
        LOAD: f"window {IN_FLIGHT} {seconds}",
        RATE: f"rate {DELIVERIES_PER_SECOND / client.count} {seconds}",
    }
    before, redis_before = machine.cpu_seconds(served.pid), machine.cpu_seconds(served.redis_pid)
    row = client.run(commands[mode])
    cpu, redis_cpu = machine.cpu_seconds(served.pid) - before, machine.cpu_seconds(served.redis_pid) - redis_before
    client.run("quiet")
    deliveries = max(row["deliveries"], 1)
    return {
        **row,
        "cpu_us": cpu * 1e6 / deliveries,
        "redis_cpu_us": redis_cpu * 1e6 / deliveries,
        "frames_per_event": row["frames"] / deliveries,
    }


def describe(row: Row) -> str:
    lost = f", {row['lost']} of {row['sent'] * row['connections']} LOST" if row["lost"] else ""
    return (
        f"{row['members']} members, {row['mode']}: {number(row['cpu_us'])} us a delivery, "
        f"p50 {number(row['p50_ms'])} ms{lost}"
    )


# -- Telling -----------------------------------------------------------------------------------------------------
def report(results: dict[str, Any]) -> str:
    """Tables and targets as text."""
    parts = [
        "",
        "CPU of the server per delivery, as a multiple of the bare loop (median; least to greatest round):",
        "",
    ]
    parts += [_ratios(results), ""]
    if select(results["rows"], mode=RATE):
        parts += [f"At {DELIVERIES_PER_SECOND} deliveries a second (medians):", "", _latencies(results), ""]
    parts += map(str, targets(results["rows"]))
    parts += _incomplete(results["rows"])
    parts += [f"Not measured: {CONTENDERS[name].label}: {reason}" for name, reason in results["missing"].items()]
    return "\n".join(parts)


def _ratios(results: dict[str, Any]) -> str:
    rows = results["rows"]
    points = sorted({(row["mode"], row["members"]) for row in rows if row["mode"] != RATE})
    lines = []
    for name in _names(rows):
        cells = [CONTENDERS[name].label]
        for mode, members in points:
            mine = select(rows, contender=name, mode=mode, members=members)
            bare = select(rows, contender=BARE.name, mode=mode, members=members)
            cells.append(f"{number(median(mine, 'cpu_us'))} us" if name == BARE.name else str(ratio(mine, bare) or "-"))
        lines.append(cells)
    return table(["", *(f"{members}, {mode}" for mode, members in points)], lines)


def _latencies(results: dict[str, Any]) -> str:
    lines = []
    for name in _names(results["rows"]):
        mine = select(results["rows"], contender=name, mode=RATE)
        if mine:
            figures = [number(median(mine, key)) for key in ("p50_ms", "p99_ms", "cpu_us")]
            lines.append([CONTENDERS[name].label, *figures, str(sum(row["lost"] for row in mine))])
    return table(["", "p50 ms", "p99 ms", "CPU us a delivery", "lost"], lines)


def _incomplete(rows: Sequence[Row]) -> Iterator[str]:
    for name, members, mode in dict.fromkeys((row["contender"], row["members"], row["mode"]) for row in rows):
        mine = select(rows, contender=name, members=members, mode=mode)
        if left_out := len(mine) - len(whole(mine)):
            where = f"{CONTENDERS[name].label}, {members} members, {mode}"
            yield f"Left out: {where}: in {left_out} of {len(mine)} rounds not all events arrived"


def _names(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(row["contender"] for row in rows))


def targets(rows: Sequence[Row]) -> list[Target]:
    """What the chat should cost beside the others; only what was measured."""
    found = []

    def add(chat: str, other: str, members: int, mode: str, limit: float, key: str = "cpu_us") -> None:
        mine = select(rows, contender=chat, mode=mode, members=members)
        theirs = select(rows, contender=other, mode=mode, members=members)
        if mine and theirs and (here := ratio(mine, theirs, key)):
            name = f"{CONTENDERS[chat].label} / {CONTENDERS[other].label}, {members} members, {mode}, {key}"
            found.append(Target(name, here.median, limit))

    for chat in CHAT:
        for members in (50, 200, 1000):
            add(chat, "bare", members, ISOLATED, 1.25)
            add(chat, "tutorial-core", members, ISOLATED, 1 / 15)
            add(chat, "observer-core", members, ISOLATED, 1 / 20)
        # Five times the events for the same CPU.
        add(chat, "socketio", 1000, LOAD, 1 / 5)
        add(chat, "bare", 200, RATE, 2.0, "p99_ms")
    return found


def write(results: dict[str, Any], arguments: argparse.Namespace) -> None:
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(results, indent=1) + "\n")
    if arguments.plot:
        Path(arguments.plot).write_text(draw(results["rows"]))


def check(results: dict[str, Any]) -> None:
    """Fail where the chat costs much more than it should. Raises SystemExit."""
    rows, members = results["rows"], CHECK[0][0]
    for chat in CHAT:
        for other, limit in CHECK_LIMITS.items():
            here = ratio(select(rows, contender=chat, members=members), select(rows, contender=other, members=members))
            if here is None or here.median > limit:
                raise SystemExit(f"{chat} costs {here} times {other}, wanted at most {number(limit)}")
    print("The check holds.")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.4, help="of each measurement")
    parser.add_argument("--servers", help=f"some of {','.join(CONTENDERS)}")
    parser.add_argument("--members", help="measure every mode with so many members, such as 20,200")
    parser.add_argument("--short", action="store_true", help="fewer sizes")
    parser.add_argument("--check", action="store_true", help="only fail where the chat costs far too much; for CI")
    parser.add_argument("--json", help="also write all rounds to this file")
    parser.add_argument("--plot", help="also draw the ratios into this file, as SVG")
    return parser.parse_args()


if __name__ == "__main__":
    main()
