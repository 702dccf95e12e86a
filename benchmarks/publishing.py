"""What it costs to publish one event from a thread that runs no event loop, as a view's does.

    python -m benchmarks.publishing

Beside the usual ``async_to_sync(channel_layer.group_send)``, which makes an event loop and a connection to Redis for
each call. Both send the same bytes; counted is the CPU of all threads of the process.
"""

from __future__ import annotations

import argparse
import json
import os
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.harness import machine
from benchmarks.harness.figures import Progress, Row, Target, median, number, ratio, select, table
from benchmarks.harness.serving import own_redis

EVENTS = 300
LABELS = {
    "async_to_sync": "async_to_sync(group_send)",
    "publisher": "the publisher, one event at a time",
    "publisher-burst": f"the publisher, {EVENTS} events at once",
}


def main() -> None:
    arguments = _parse()
    with own_redis() as (url, _):
        if not url:
            raise SystemExit("Publishing is measured on Redis: there is no redis-server.")
        results = run(url, arguments.rounds)
    print(report(results))
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(results, indent=1) + "\n")


def run(redis_url: str, rounds: int) -> dict[str, Any]:
    """Every way of publishing, in every round."""
    os.environ["BENCH_LAYER"], os.environ["BENCH_REDIS_URL"] = "pubsub", redis_url
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.servers.settings"
    import django

    django.setup()
    progress, rows = Progress(rounds * len(LABELS)), []
    for turn in range(1, rounds + 1):
        for name, send in _ways().items():
            rows.append({"round": turn, "way": name, **_measure(send)})
            progress.step(f"round {turn}, {LABELS[name]}: {number(rows[-1]['cpu_us'])} us")
    return {"machine": machine.describe(), "rows": rows}


def _measure(send: Callable[[int], None]) -> Row:
    send(10)
    cpu, begin = time.process_time(), time.perf_counter()
    send(EVENTS)
    return {
        "cpu_us": (time.process_time() - cpu) * 1e6 / EVENTS,
        "wall_us": (time.perf_counter() - begin) * 1e6 / EVENTS,
    }


def _ways() -> dict[str, Callable[[int], None]]:
    from asgiref.sync import async_to_sync
    from channels.layers import get_channel_layer

    from df_chat.hub.layer import LayerEvent, events_message, group_of
    from df_chat.hub.publisher import LayerPublisher
    from df_chat.settings import chat_settings

    layer, publisher, event = get_channel_layer(), LayerPublisher(), _event()
    group = group_of(event.stream_id)

    def one_by_one(count: int) -> None:
        for _ in range(count):
            publisher.publish(event)
            publisher.flush()

    def at_once(count: int) -> None:
        for _ in range(count):
            publisher.publish(event)
        publisher.flush()

    def usual(count: int) -> None:
        for _ in range(count):
            made = LayerEvent.of(event, max_bytes=chat_settings.EVENT_MAX_BYTES)
            async_to_sync(layer.group_send)(group, events_message(group, [made]))

    return {"async_to_sync": usual, "publisher": one_by_one, "publisher-burst": at_once}


def _event() -> Any:
    from benchmarks.harness.places import Crowd
    from df_chat.streams import StreamEvent

    room_id = uuid.uuid4()
    state = json.loads(Crowd([room_id], [], "1", version=1).message().replace("@NS@", "0"))
    return StreamEvent(room_id, f"room:{room_id}", epoch=1, prev=1, version=2, acl=1, parts={"messages": [state]})


def report(results: dict[str, Any]) -> str:
    """The table and the target as text."""
    rows = results["rows"]
    usual = select(rows, way="async_to_sync")
    lines = [
        [
            LABELS[name],
            f"{number(median(mine, 'cpu_us'))} us",
            f"{number(median(mine, 'wall_us'))} us",
            str(ratio(mine, usual)),
        ]
        for name in LABELS
        if (mine := select(rows, way=name))
    ]
    head = ["", "CPU per event", "time per event", "CPU, x async_to_sync"]
    return "\n".join(["", table(head, lines), "", *map(str, targets(rows))])


def targets(rows: list[Row]) -> list[Target]:
    here = ratio(select(rows, way="publisher"), select(rows, way="async_to_sync"))
    return [Target("the publisher / async_to_sync, CPU per event", here.median, 1 / 12)] if here else []


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", help="also write all rounds to this file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
