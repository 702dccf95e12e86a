"""What uploads do to everybody else: how long messages of others take meanwhile, and how the server's memory grows.

    python -m benchmarks.uploads --json uploads.json

Two people talk over their sockets, first alone, then while others upload files, in each round; a message is stored and
heard as ever. One upload alone shows what memory it takes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.harness import machine
from benchmarks.harness.contenders import CONTENDERS
from benchmarks.harness.figures import Progress, Row, Target, median, number, ratio, select, table
from benchmarks.harness.pair import Pair, http_headers, with_pair
from benchmarks.harness.places import Crowd, make_crowd
from benchmarks.harness.serving import ROOT, Served, Workshop, workshop

ALONE, UPLOADS = "alone", "uploads"
LABELS = {ALONE: "nobody uploads", UPLOADS: "others upload"}
MEGABYTE = 2**20
MOST_P99_MS, MOST_MEMORY_MB = 200, 5
# Wide enough for a busy machine: of the time an upload takes, and of its size.
CHECK_WAIT_SHARE, CHECK_MEMORY_SHARE = 0.25, 0.5


def main() -> None:
    arguments = _parse()
    with workshop(with_redis=False, with_node=False) as shop:
        results = run(shop, arguments)
    print(report(results))
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(results, indent=1) + "\n")
    if arguments.check:
        check(results)


# -- Measuring ---------------------------------------------------------------------------------------------------
def run(shop: Workshop, arguments: argparse.Namespace) -> dict[str, Any]:
    """All rounds on one server, and the memory of one upload before them."""
    crowd = make_crowd(2 + arguments.uploaders)
    progress, rows = Progress(2 * arguments.rounds + 1), []
    size = int(arguments.megabytes * MEGABYTE)
    with shop.serve(CONTENDERS["chat-memory"], BENCH_MEDIA=str(shop.folder / "media")) as served:
        memory = measure_memory(shop, served, crowd, size)
        progress.step(f"one upload of {arguments.megabytes:g} MB takes {memory['memory_mb']:.1f} MB of memory")
        for turn in range(1, arguments.rounds + 1):
            for mode in (ALONE, UPLOADS):
                upload = _uploading(shop, served, crowd, size, arguments.each) if mode == UPLOADS else None
                row = measure(served, crowd, upload, arguments.seconds)
                rows.append({"round": turn, "mode": mode, **row})
                progress.step(f"round {turn}, {LABELS[mode]}: {describe(row)}")
    plan = {key: getattr(arguments, key) for key in ("uploaders", "megabytes", "each")}
    return {"machine": machine.describe(), "plan": plan, "memory": memory, "rows": rows}


def measure(served: Served, crowd: Crowd, upload: Sequence[str] | None, seconds: float) -> Row:
    """Let the pair talk for these seconds, or for as long as the uploads take."""
    process = None if upload is None else subprocess.Popen(upload, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    begin = time.monotonic()

    def is_over() -> bool:
        return time.monotonic() - begin > seconds if process is None else process.poll() is not None

    async def talk(pair: Pair) -> dict[str, float]:
        return await pair.talk(is_over)

    row = dict(with_pair(served.port, crowd, talk))
    if process is not None:
        row |= _ended(process.communicate()[0])
    return row


def measure_memory(shop: Workshop, served: Served, crowd: Crowd, size: int) -> Row:
    """By how much the most memory during one upload exceeds that before it, in a process that has taken one before."""
    command = _uploading(shop, served, replace(crowd, headers=crowd.headers[:3]), size, 1)
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    machine.wait_until_idle(served.pid)
    before = machine.forget_most_memory(served.pid)
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return {"memory_mb": (machine.most_memory_kb(served.pid) - before) / 1024, **_ended(done.stdout)}


def _uploading(shop: Workshop, served: Served, crowd: Crowd, size: int, each: int) -> list[str]:
    """The command of those who upload: everybody but the two who talk."""
    people = shop.folder / "uploaders"
    people.write_text("\n".join(json.dumps(http_headers(lines)) for lines in crowd.headers[2:]))
    return [sys.executable, "-m", "benchmarks.harness.uploaders", *map(str, (served.port, size, each, people))]


def _ended(said: str) -> Row:
    ended = json.loads(said)
    failed = sorted({status for status, _ in ended if status != 201})
    return {"uploads": len(ended), "failed": failed, "slowest_upload_seconds": max(seconds for _, seconds in ended)}


# -- Telling -----------------------------------------------------------------------------------------------------
def describe(row: Row) -> str:
    more = ""
    if "uploads" in row:
        more = f"; {row['uploads']} uploads, the slowest {row['slowest_upload_seconds']:.1f} s"
        more += f", FAILED with {row['failed']}" if row["failed"] else ""
    lost = f", {row['lost']} LOST" if row["lost"] else ""
    return f"{row['sent']} messages, p50 {number(row['p50_ms'])} ms, p99 {number(row['p99_ms'])} ms{lost}{more}"


def report(results: dict[str, Any]) -> str:
    """The table and the targets as text."""
    rows, plan = results["rows"], results["plan"]
    lines = []
    for mode, label in LABELS.items():
        mine = select(rows, mode=mode)
        figures = [number(median(mine, key)) for key in ("p50_ms", "p99_ms", "max_ms")]
        beside = str(ratio(mine, select(rows, mode=ALONE), "p99_ms")) if mode == UPLOADS else "1"
        lines.append([label, *figures, beside, str(sum(row["lost"] for row in mine))])
    head = ["", "p50 ms", "p99 ms", "slowest ms", "p99, x alone", "lost"]
    title = f"{plan['uploaders']} at a time upload {plan['megabytes']:g} MB, {plan['each']} times each:"
    return "\n".join(["", title, "", table(head, lines), "", *map(str, targets(results))])


def targets(results: dict[str, Any]) -> list[Target]:
    """What uploads may do to the others."""
    uploading = select(results["rows"], mode=UPLOADS)
    return [
        Target("p99 of others while files are uploaded, ms", median(uploading, "p99_ms"), MOST_P99_MS),
        Target("memory of one upload, MB", results["memory"]["memory_mb"], MOST_MEMORY_MB),
    ]


def check(results: dict[str, Any]) -> None:
    """Fail where uploads hurt much more than they should. Raises SystemExit."""
    rows, plan = select(results["rows"], mode=UPLOADS), results["plan"]
    if any(row["lost"] or row["failed"] for row in rows):
        raise SystemExit("Messages or uploads were lost.")
    waits = [{"share": row["p99_ms"] / 1000 / row["slowest_upload_seconds"]} for row in rows]
    limits = [
        Target("p99 of others / the slowest upload", median(waits, "share"), CHECK_WAIT_SHARE),
        Target(
            "memory of an upload / its size", results["memory"]["memory_mb"] / plan["megabytes"], CHECK_MEMORY_SHARE
        ),
    ]
    if missed := [str(limit) for limit in limits if not limit.is_met]:
        raise SystemExit("\n".join(missed))
    print("The check holds.")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--uploaders", type=int, default=10, help="who upload at the same time")
    parser.add_argument("--megabytes", type=float, default=20, help="size of each file")
    parser.add_argument("--each", type=int, default=3, help="uploads of each of them, one after the other")
    parser.add_argument("--seconds", type=float, default=10, help="how long the two talk alone")
    parser.add_argument("--json", help="also write all rounds to this file")
    parser.add_argument("--check", action="store_true", help="fail where uploads hurt far more than they should")
    return parser.parse_args()


if __name__ == "__main__":
    main()
