"""The command: ``python -m tests.chaos``."""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import signal
import sys
from pathlib import Path

from tests.chaos.report import Check, Progress, finish, save, show
from tests.chaos.sabotage import CLIENT, SERVER
from tests.chaos.stage import DATABASES, LAYERS, Database, Stage, own_database, own_folder, own_servers

# What the workers' pools hold at most: full from the start, nothing but a leak can grow in a soak.
MAX_CONNECTIONS = 12


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--short", action="store_true", help="12 clients and 1,000 sends in a minute, instead of all")
    size.add_argument("--tiny", action="store_true", help="8 clients and 300 sends in 20 s: enough to see sabotage")
    parser.add_argument(
        "--sabotage", choices=[*SERVER, *CLIENT], help="make the workers or the clients wrong: the run must turn red"
    )
    parser.add_argument("--rolling", action="store_true", help="no faults, but a rolling restart of the workers")
    parser.add_argument("--soak", type=float, metavar="MINUTES", help="no faults: does anything grow?")
    parser.add_argument("--sockets", type=int, default=300, help="of the soak")
    parser.add_argument("--database", choices=DATABASES, default="postgres")
    parser.add_argument("--layer", choices=LAYERS, default="redis")
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--seed", type=int, default=None, help="repeats the choices of a run")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("--keep", action="store_true", help="keep the logs, as a red run does")
    return parser.parse_args(arguments)


async def perform(options: argparse.Namespace, stage: Stage, database: Database, folder: Path) -> list[Check]:
    # Their models need the settings that only now are known.
    from tests.chaos.run import run_chaos, run_rolling
    from tests.chaos.scales import LONG, ROLLING, SHORT, SHORT_ROLLING, TINY
    from tests.chaos.soak import Load, run_soak

    progress = Progress()
    async with own_servers(stage, database, folder) as built:
        if options.rolling:
            return await run_rolling(built, SHORT_ROLLING if options.short else ROLLING, progress)
        if not options.soak:
            scale = SHORT if options.short else TINY if options.tiny else LONG
            return await run_chaos(built, scale, progress, options.sabotage)
        return await run_soak(built, Load(seconds=options.soak * 60, sockets=options.sockets), progress)


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    # So that nothing is left running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    min_connections = MAX_CONNECTIONS if options.soak else 1
    stage = Stage(seed, options.database, options.layer, options.workers, options.sabotage, min_connections)
    print(f"seed {seed}, {stage.database}, layer {stage.layer}, {stage.workers} workers", flush=True)
    with own_folder() as folder:
        with own_database(stage, folder) as database:
            checks = asyncio.run(perform(options, stage, database, folder))
        show(checks)
        is_unforeseen = stage.sabotage is None and not all(check.passed for check in checks)
        if options.keep or is_unforeseen:
            kept = shutil.copytree(folder, f"{folder}_logs", ignore=shutil.ignore_patterns("postgres", "*.sqlite3*"))
            print(f"The logs are in {kept}", flush=True)
    if options.json:
        save(options.json, seed, checks)
    return finish(checks, seed=seed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
