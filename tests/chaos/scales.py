"""How big each run is."""

from __future__ import annotations

from tests.chaos.faults import Plan
from tests.chaos.run import Scale
from tests.chaos.workload import Traffic

LONG = Scale(
    clients=50,
    rooms=10,
    members=15,
    traffic=Traffic(seconds=400, sends=10_000, writes=3_000, moves=200),
    plan=Plan(seconds=405),
)
SHORT = Scale(
    clients=12,
    rooms=4,
    members=9,
    traffic=Traffic(seconds=60, sends=1_000, writes=300, moves=40),
    plan=Plan(
        seconds=62,
        kill_worker_every=6,
        flush_redis_at=8,
        freeze_redis_at=22,
        freeze_seconds=6,
        restart_database_every=35,
    ),
)
TINY = Scale(
    clients=8,
    rooms=3,
    members=6,
    traffic=Traffic(seconds=20, sends=300, writes=80, moves=20),
    plan=Plan(
        seconds=22, flush_redis_at=5, freeze_redis_at=8, freeze_seconds=3, restart_database_every=12, cut_share=0.03
    ),
)
ROLLING = Scale(
    clients=48, rooms=8, members=12, traffic=Traffic(seconds=60, sends=300, writes=60, moves=20), plan=Plan(seconds=0)
)
SHORT_ROLLING = Scale(
    clients=12, rooms=4, members=9, traffic=Traffic(seconds=40, sends=400, writes=80, moves=20), plan=Plan(seconds=0)
)
