"""Everything a run stands on: its servers, the proxies between them, a fresh database."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.faults import Proxies, Servers
from tests.chaos.proxy import Address, FaultProxy, LoopThread
from tests.chaos.services import Postgres, Redis, Worker, free_port

DATABASES = ("postgres", "mysql", "sqlite")
# With "absent", the workers are told of a Redis that never runs; "memory" is the layer of one process.
LAYERS = ("redis", "absent", "memory")


@dataclass(frozen=True)
class Stage:
    """What to set up.

    Attributes:
        sabotage: the name of a switch that makes the workers wrong.
        min_connections: to the database, of each worker.
    """

    seed: int
    database: str = "postgres"
    layer: str = "redis"
    workers: int = 3
    sabotage: str | None = None
    min_connections: int = 1


@dataclass
class Set:
    """What was set up."""

    stage: Stage
    folder: Path
    servers: Servers
    proxies: Proxies
    port: int
    rng: random.Random

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class Database:
    """The database of a run: what it is called in the environment, seen directly and through a proxy."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self._folder = folder
        self.kind = stage.database
        self.postgres: Postgres | None = None
        self.port: int | None = None
        if self.kind == "postgres":
            self.postgres = Postgres(folder)
            self.port = self.postgres.port
        elif self.kind == "mysql":
            self.port = int(os.environ.get("MYSQL_PORT", "3306"))

    def create(self) -> None:
        if self.postgres is not None:
            self.postgres.create()
            self.postgres.start()
            self.postgres.make_database("chaos")
        elif self.kind == "mysql":
            self._create_mysql()

    def _create_mysql(self) -> None:
        import MySQLdb

        name = self.environment()["MYSQL_DATABASE"]
        connection = MySQLdb.connect(
            host=os.environ.get("MYSQL_HOST", "127.0.0.1"),
            port=self.port,
            user=os.environ.get("MYSQL_USER", "root"),
            password=os.environ.get("MYSQL_PASSWORD", ""),
        )
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS `{name}`")
            cursor.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")

    def environment(self, port: int | None = None) -> dict[str, str]:
        """The variables that lead to it, by another port if one is given."""
        port = port or self.port
        if self.kind == "postgres":
            address = {"PGHOST": "127.0.0.1", "PGPORT": str(port), "PGUSER": "postgres", "PGDATABASE": "chaos"}
        elif self.kind == "mysql":
            address = {"MYSQL_PORT": str(port), "MYSQL_DATABASE": os.environ.get("MYSQL_DATABASE", "df_chat_chaos")}
        else:
            address = {"CHAOS_SQLITE": str(self._folder / "chaos.sqlite3")}
        return {"TEST_DB": self.kind, "DJANGO_SETTINGS_MODULE": "tests.chaos.settings", **address}


@contextlib.contextmanager
def own_database(stage: Stage, folder: Path) -> Iterator[Database]:
    """A fresh database with the tables and triggers of a run, which this process is set up to read."""
    database = Database(stage, folder)
    database.create()
    try:
        os.environ.update(database.environment())
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        from tests.chaos.database import keep_history

        keep_history()
        yield database
    finally:
        if database.postgres is not None:
            database.postgres.stop()


@contextlib.contextmanager
def own_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="df_chat_chaos_"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.asynccontextmanager
async def own_servers(stage: Stage, database: Database, folder: Path) -> AsyncIterator[Set]:
    """Redis, the workers and the proxies."""
    loop = LoopThread()
    rng = random.Random(stage.seed)
    servers = Servers([], postgres=database.postgres)
    proxies = Proxies(_proxy(lambda: _ready(servers.workers), rng), None, None)
    try:
        environment = await _environment(stage, database, servers, proxies, folder, rng, loop)
        servers.workers += [Worker(folder, index, environment) for index in range(stage.workers)]
        for worker in servers.workers:
            worker.spawn()
        for worker in servers.workers:
            await asyncio.to_thread(worker.wait)
        yield Set(stage, folder, servers, proxies, await loop.run(proxies.web.start()), rng)
    finally:
        for proxy in proxies.all():
            await loop.run(proxy.stop())
        loop.stop()
        servers.stop()


def _ready(workers: list[Worker]) -> list[Address]:
    """Where new connections go, as behind a load balancer."""
    return [("127.0.0.1", worker.port) for worker in workers if worker.is_ready]


def _proxy(upstreams: Callable[[], Sequence[Address]], rng: random.Random) -> FaultProxy:
    return FaultProxy(upstreams, random.Random(rng.random()))


async def _environment(
    stage: Stage,
    database: Database,
    servers: Servers,
    proxies: Proxies,
    folder: Path,
    rng: random.Random,
    loop: LoopThread,
) -> dict[str, str]:
    """Start Redis and the inner proxies; the variables by which the workers find them."""
    environment = database.environment()
    if database.port is not None:
        address = ("127.0.0.1", database.port)
        proxies.database = _proxy(lambda: [address], rng)
        environment = database.environment(await loop.run(proxies.database.start()))
    if stage.layer == "redis":
        servers.redis = Redis(folder)
        servers.redis.start()
        redis = ("127.0.0.1", servers.redis.port)
        proxies.redis = _proxy(lambda: [redis], rng)
        environment["TEST_REDIS_URL"] = f"redis://127.0.0.1:{await loop.run(proxies.redis.start())}/0"
    elif stage.layer == "absent":
        environment["TEST_REDIS_URL"] = f"redis://127.0.0.1:{free_port()}/0"
    environment["CHAOS_POOL_MIN"] = str(stage.min_connections)
    if stage.sabotage:
        environment["CHAOS_SABOTAGE"] = stage.sabotage
    return environment
