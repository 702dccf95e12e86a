"""What connections cost: memory while idle, CPU to connect, and what clients that stop reading do to the others.

    python -m benchmarks.connections --json connections.json

Each in the company of the bare ASGI loop and the Channels tutorial, in the same round.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.harness import machine
from benchmarks.harness.client import LoadClient
from benchmarks.harness.contenders import CONTENDERS, Contender
from benchmarks.harness.figures import Progress, Row, Target, median, number, ratio, select, table
from benchmarks.harness.places import Crowd, make_crowd
from benchmarks.harness.serving import Served, Workshop, workshop

MANY_ROOMS = 50
# Servers, with how many rooms each user is in.
POINTS = [
    ("bare", 1),
    ("chat-memory", 1),
    ("chat-memory", MANY_ROOMS),
    ("chat-pubsub", 1),
    ("chat-pubsub", MANY_ROOMS),
    ("tutorial-pubsub", 1),
    ("tutorial-pubsub", MANY_ROOMS),
    ("tutorial-core", 1),
    ("tutorial-core", MANY_ROOMS),
    ("ws", 1),
    ("socketio", 1),
]
STALLED_SERVERS = ("bare", "chat-memory", "chat-pubsub", "tutorial-pubsub")
STALLED_PEOPLE, STALLED_SHARE = 50, 0.2
# Large, so that the kernel's buffers are full within seconds.
STALLED_BODY_CHARS, STALLED_RATE = 14_000, 50


def main() -> None:
    arguments = _parse()
    named = arguments.servers.split(",") if arguments.servers else CONTENDERS
    with workshop(with_node=any(CONTENDERS[name].is_node for name in named)) as shop:
        results = run(shop, arguments)
    print(report(results))
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(results, indent=1) + "\n")


def run(shop: Workshop, arguments: argparse.Namespace) -> dict[str, Any]:
    """Connecting and memory in rounds, then the clients that stop reading."""

    def chosen(name: str) -> bool:
        named = not arguments.servers or name in arguments.servers.split(",")
        return named and not shop.lacks(CONTENDERS[name])

    crowds = {rooms: make_crowd(arguments.connections, rooms=rooms) for rooms in (1, MANY_ROOMS)}
    points = [(CONTENDERS[name], rooms) for name, rooms in POINTS if chosen(name)]
    victims = [CONTENDERS[name] for name in STALLED_SERVERS if chosen(name) and arguments.stalled_seconds]
    progress = Progress(arguments.rounds * len(points) + len(victims))
    rows, stalled = [], []
    for turn in range(1, arguments.rounds + 1):
        for contender, rooms in points:
            cost = measure_connecting(shop, contender, crowds[rooms])
            rows.append({"round": turn, "contender": contender.name, "rooms": rooms, **cost})
            figures = f"{number(cost['kb'])} kB, {number(cost['cpu_us'])} us to connect"
            progress.step(f"round {turn}, {contender.label}, rooms {rooms}: {figures}")
    for contender in victims:
        stalled.append(measure_stalled(shop, contender, crowds[1], arguments.stalled_seconds))
        progress.step(f"{contender.label}, {STALLED_SHARE:.0%} do not read: the others lost {stalled[-1]['lost']}")
    return {"machine": machine.describe(), "rows": rows, "stalled": stalled}


# -- Connecting --------------------------------------------------------------------------------------------------
def measure_connecting(shop: Workshop, contender: Contender, crowd: Crowd) -> Row:
    """CPU and memory per connection of a warm process, idle ones; layer calls where a layer can count them."""
    rooms = len(crowd.room_ids)
    if contender.serves == "tutorial":
        contender = replace(contender, path=f"{contender.path}?rooms={rooms}")
    row = _connect(shop, contender, crowd)
    if contender.layer == "pubsub":
        counted = _connect(shop, replace(contender, layer="counted"), crowd)
        row |= {"layer_calls": sum(counted["calls"].values()), "calls": counted["calls"]}
    return row


def _connect(shop: Workshop, contender: Contender, crowd: Crowd) -> Row:
    calls = shop.folder / "calls"
    calls.write_bytes(b"")
    people = len(crowd.headers)
    warm = max(people // 10, 1)
    with shop.serve(contender, BENCH_CALLS=str(calls)) as served, served.client(crowd) as client:
        # The first connections load code, and join the rooms for the process.
        client.connect(warm)
        machine.wait_until_idle(served.pid)
        before, memory, made = machine.cpu_seconds(served.pid), machine.memory_kb(served.pid), calls.read_text().split()
        more = people - warm
        client.connect(more)
        machine.wait_until_idle(served.pid)
        cpu, called = machine.cpu_seconds(served.pid) - before, Counter(calls.read_text().split()[len(made) :])
        return {
            "connections": more,
            "cpu_us": cpu * 1e6 / more,
            "kb": (machine.memory_kb(served.pid) - memory) / more,
            "calls": {name: count / more for name, count in called.items()},
        }


# -- Clients that stop reading -----------------------------------------------------------------------------------
def measure_stalled(shop: Workshop, contender: Contender, crowd: Crowd, seconds: float) -> Row:
    """Broadcast before, and while, some of the clients stop reading; watch when the server closes those."""
    some = replace(crowd, headers=crowd.headers[:STALLED_PEOPLE])
    stalled = int(len(some.headers) * STALLED_SHARE)
    with shop.serve(contender) as served, served.client(some, "x" * STALLED_BODY_CHARS) as client:
        client.connect(len(some.headers))
        machine.wait_until_idle(served.pid)
        before, memory = client.run(f"rate {STALLED_RATE} 5"), machine.memory_kb(served.pid)
        client.run(f"stall {stalled}")
        client.tell(f"rate {STALLED_RATE} {seconds}")
        watched = _watch(served, client, wanted=len(some.headers) - stalled)
        after, codes = client.answer(), client.run("resume")["codes"]
    return {
        "contender": contender.name,
        "lost": after["lost"],
        "deliveries": after["deliveries"],
        "p50_ratio": after["p50_ms"] / before["p50_ms"],
        "memory_mb": (watched["memory"] - memory) / 1024,
        "closed_after_seconds": watched["closed_after"],
        "codes": dict(Counter(map(str, codes))),
    }


def _watch(served: Served, client: LoadClient, *, wanted: int) -> dict[str, Any]:
    """Until the client is done: the most memory of the server, and when it held no more than ``wanted`` sockets."""
    begin, closed_after, memory = time.monotonic(), None, 0
    while not client.is_done(0.5):
        memory = max(memory, machine.memory_kb(served.pid))
        if closed_after is None and machine.established(served.port) <= wanted:
            closed_after = time.monotonic() - begin
    return {"closed_after": closed_after, "memory": memory}


# -- Telling -----------------------------------------------------------------------------------------------------
def report(results: dict[str, Any]) -> str:
    """Tables and targets as text."""
    parts = ["", _connecting_table(results["rows"])]
    if results["stalled"]:
        title = f"While {STALLED_SHARE:.0%} of {STALLED_PEOPLE} clients do not read:"
        parts += ["", title, "", _stalled_table(results["stalled"])]
    return "\n".join([*parts, "", *map(str, targets(results))])


def _connecting_table(rows: Sequence[Row]) -> str:
    bare = select(rows, contender="bare")
    lines = []
    for name, rooms in POINTS:
        mine = select(rows, contender=name, rooms=rooms)
        if not mine:
            continue
        kb, calls = median(mine, "kb"), [row["layer_calls"] for row in mine if "layer_calls" in row]
        lines.append(
            [
                CONTENDERS[name].label,
                str(rooms),
                f"{number(kb)} kB" if name == "bare" else str(ratio(mine, bare, "kb")),
                f"{number(median(mine, 'cpu_us'))} us" if name == "bare" else str(ratio(mine, bare)),
                number(max(calls)) if calls else "-",
            ]
        )
    head = ["", "rooms each", "memory, x bare", "CPU to connect, x bare", "layer calls per connect"]
    return table(head, lines)


def _stalled_table(stalled: Sequence[Row]) -> str:
    lines = []
    for row in stalled:
        closed = row["closed_after_seconds"]
        lines.append(
            [
                CONTENDERS[row["contender"]].label,
                str(row["lost"]),
                number(row["p50_ratio"]),
                f"{row['memory_mb']:.1f} MB",
                "never" if closed is None else f"{closed:.0f} s",
                ", ".join(f"{count} x {code}" for code, count in row["codes"].items()),
            ]
        )
    head = ["", "lost by the others", "their p50, x before", "memory", "the stalled closed after", "codes (0: open)"]
    return table(head, lines)


def targets(results: dict[str, Any]) -> list[Target]:
    """What connections of the chat should cost; only what was measured."""
    rows, found = results["rows"], []
    for chat in ("chat-memory", "chat-pubsub"):
        label = CONTENDERS[chat].label
        one, many = (select(rows, contender=chat, rooms=rooms) for rooms in (1, MANY_ROOMS))
        if memory := ratio(one, select(rows, contender="bare"), "kb"):
            found.append(Target(f"{label} / bare ASGI loop, memory of an idle connection", memory.median, 1.6))
        if cpu := ratio(many, one):
            found.append(Target(f"{label}, CPU to connect with {MANY_ROOMS} rooms / with one", cpu.median, 1.15))
        if calls := [row["layer_calls"] for row in many if "layer_calls" in row]:
            found.append(Target(f"{label}, layer calls per connect, {MANY_ROOMS} rooms", max(calls), 0))
    for row in results["stalled"]:
        if CONTENDERS[row["contender"]].is_chat:
            found += _stalled_targets(row)
    return found


def _stalled_targets(row: Row) -> list[Target]:
    label, closed = CONTENDERS[row["contender"]].label, row["closed_after_seconds"]
    return [
        Target(f"{label}, lost by those who read", row["lost"], 0),
        Target(f"{label}, p50 of those who read / before", row["p50_ratio"], 1.1),
        Target(f"{label}, seconds until the stalled are closed", math.inf if closed is None else closed, 45),
    ]


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--stalled-seconds", type=float, default=60, help="how long some clients do not read")
    parser.add_argument("--servers", help="some of those that are compared, by name")
    parser.add_argument("--json", help="also write all rounds to this file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
