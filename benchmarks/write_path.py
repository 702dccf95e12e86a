"""What a stored message costs beside a plain ORM create.

    TEST_DB=postgres python -m benchmarks.write_path --writers 8 --rooms 1

Forks writer processes that send 220-character messages for a while, each with a ``client_id``, and prints messages per
second, CPU per message of the writers and of PostgreSQL, and the ratio to the plain create measured in the same round.
It checks afterwards that every stream is gapless.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

BODY = "x" * 220
KINDS = ("plain", "send")


def main() -> None:
    arguments = _parse()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
    import django

    django.setup()
    from django.test.runner import DiscoverRunner

    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        rows = measure(arguments)
    finally:
        runner.teardown_databases(databases)
    ratio = print_table(rows)
    if ratio > arguments.most_cpu:
        raise SystemExit(f"a send costs {ratio:.2f} times a plain create, more than {arguments.most_cpu}")
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(rows, indent=2))


def measure(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    places = make_places(arguments.rooms, arguments.writers)
    rows = []
    for number in range(1, arguments.rounds + 1):
        for kind in KINDS:
            rows.append({"round": number, "kind": kind, **run_writers(kind, places, arguments)})
            print(f"round {number}/{arguments.rounds} {kind:>5}: {rows[-1]['per_second']:.0f} messages/s", flush=True)
    check_gapless()
    return rows


def make_places(rooms: int, writers: int) -> list[list[tuple[Any, Any, Any]]]:
    """For each writer: a user and that user's membership in every room."""
    from django.contrib.auth import get_user_model
    from django.db import connection

    from benchmarks.models import PlainMessage
    from df_chat.actions import create_room
    from df_chat.models import RoomUser

    with connection.schema_editor() as editor:
        editor.create_model(PlainMessage)
    users = [get_user_model().objects.create_user(f"writer{number}") for number in range(writers)]
    ids = [u.pk for u in users[1:]]
    made = [create_room(actor=users[0], title=f"Room {number}", user_ids=ids) for number in range(rooms)]
    members = {(m.room_id, m.user_id): m for m in RoomUser.objects.all()}
    places = [[(user, room, members[room.pk, user.pk]) for room in made] for user in users]
    connection.close()
    return places


def run_writers(kind: str, places: list[Any], arguments: argparse.Namespace) -> dict[str, Any]:
    before, database_before = resource.getrusage(resource.RUSAGE_CHILDREN), database_cpu()
    pipes = [_fork(kind, mine, arguments.seconds) for mine in places]
    counts = []
    for pid, pipe in pipes:
        with os.fdopen(pipe) as reader:
            counts.append(json.loads(reader.read()))
        os.waitpid(pid, 0)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    sent = sum(count["sent"] for count in counts)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "per_second": sent / arguments.seconds,
        "cpu_us": cpu * 1e6 / max(sent, 1),
        "database_cpu_us": (database_cpu() - database_before) * 1e6 / max(sent, 1),
        "errors": sum(count["errors"] for count in counts),
    }


def _fork(kind: str, mine: list[Any], seconds: float) -> tuple[int, int]:
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        result = _write(_writer(kind), mine, seconds)
        os.write(writer, json.dumps(result).encode())
        os._exit(0)
    os.close(writer)
    return pid, reader


def _write(write: Callable[[Any, Any, Any], None], mine: list[Any], seconds: float) -> dict[str, int]:
    result = {"sent": 0, "errors": 0}
    end, turn = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        try:
            write(*mine[turn % len(mine)])
            result["sent"] += 1
        except Exception as error:  # counted and shown: a benchmark of failures says nothing
            result["errors"] += 1
            print(repr(error), flush=True)
        turn += 1
    return result


def _writer(kind: str) -> Callable[[Any, Any, Any], None]:
    from benchmarks.models import PlainMessage
    from df_chat.actions import send_message

    if kind == "plain":
        return lambda user, room, member: PlainMessage.objects.create(
            room=room, room_user=member, body=BODY, client_id=uuid.uuid4()
        )
    return lambda user, room, member: send_message(actor=user, room_id=room.pk, body=BODY, client_id=uuid.uuid4())


def check_gapless() -> None:
    """Every version above a room's own making belongs to one message."""
    from df_chat.models import Message, Room

    for room in Room.objects.all():
        seqs = list(Message.objects.filter(room=room).order_by("seq").values_list("seq", flat=True))
        if seqs and seqs != list(range(seqs[0], seqs[0] + len(seqs))):
            raise SystemExit(f"room {room.pk} has gaps or duplicates")


def database_cpu() -> float:
    """Seconds of CPU of every postgres process on this machine; 0 where there is none to be seen."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().rpartition(")")
        except OSError:
            continue
        if name.endswith("(postgres"):
            fields = rest.split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def print_table(rows: list[dict[str, Any]]) -> float:
    """Print the medians; returns the ratio of CPU per message."""
    print(f"{'':>6} {'messages/s':>11} {'CPU us':>8} {'db CPU us':>10} {'errors':>7}")
    medians = {}
    for kind in KINDS:
        mine = [row for row in rows if row["kind"] == kind]
        medians[kind] = {
            key: statistics.median(row[key] for row in mine) for key in mine[0] if key not in ("kind", "round")
        }
        m = medians[kind]
        print(f"{kind:>6} {m['per_second']:11.0f} {m['cpu_us']:8.0f} {m['database_cpu_us']:10.0f} {m['errors']:7.0f}")
    ratios = [send["cpu_us"] / plain["cpu_us"] for plain, send in zip(rows[::2], rows[1::2], strict=True)]
    ratio = statistics.median(ratios)
    print(f"CPU of send / plain create: median {ratio:.2f} of {[round(one, 2) for one in ratios]}")
    return ratio


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--rooms", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--most-cpu", type=float, default=float("inf"), help="fail above this ratio of CPU")
    parser.add_argument("--json", help="also write the rounds to this file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
