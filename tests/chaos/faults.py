"""What goes wrong, and when: kills, restarts, freezes and broken connections, by the run's own seed."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tests.chaos.proxy import FaultProxy
from tests.chaos.services import Postgres, Redis, Worker


@dataclass(frozen=True)
class Plan:
    """Times in seconds from the start of the faults; 0 is never.

    Attributes:
        cut_share, hang_share: connections that are cut, and that hang, each second.
        slow_share: new connections that are delayed by up to half a second; as many trickle.
    """

    seconds: float
    kill_worker_every: float = 3.0
    restart_redis_every: float = 15.0
    flush_redis_at: float = 10.0
    freeze_redis_at: float = 20.0
    freeze_seconds: float = 10.0
    restart_database_every: float = 60.0
    cut_share: float = 0.01
    hang_share: float = 0.005
    slow_share: float = 0.1


@dataclass
class Servers:
    """All processes of a run. ``redis`` and ``postgres`` are None where the run has none of its own."""

    workers: list[Worker]
    redis: Redis | None = None
    postgres: Postgres | None = None

    def stop(self) -> None:
        for server in (*self.workers, self.redis, self.postgres):
            if server is not None:
                server.stop(signal.SIGKILL if server is not self.postgres else signal.SIGQUIT)


@dataclass
class Proxies:
    """The proxies in front of the workers, of Redis and of the database."""

    web: FaultProxy
    redis: FaultProxy | None
    database: FaultProxy | None

    def all(self) -> list[FaultProxy]:
        return [proxy for proxy in (self.web, self.redis, self.database) if proxy is not None]


@dataclass
class Faults:
    """Runs a plan; ``log`` says what was done, with its time."""

    plan: Plan
    servers: Servers
    proxies: Proxies
    rng: random.Random
    log: list[tuple[float, str]] = field(default_factory=list)
    kinds: set[str] = field(default_factory=set)

    async def run(self) -> None:
        """Until the plan's time is over. Afterwards everything runs, and nothing is slow any more."""
        self.kinds |= {"database"} if self.proxies.database else set()
        self.kinds |= {"redis"} if self.proxies.redis else set()
        self._redis_free = asyncio.Lock()
        self._waits: list[asyncio.Task[None]] = []
        tasks = [asyncio.create_task(job) for job in self._jobs()]
        try:
            await asyncio.wait(tasks, timeout=self.plan.seconds, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        await self._mend()
        for result in results:
            if isinstance(result, Exception):
                raise result

    def _jobs(self) -> list[Awaitable[None]]:
        plan = self.plan
        jobs = [self._every(1.0, self._disturb)]
        if plan.kill_worker_every:
            jobs.append(self._every(plan.kill_worker_every, self._kill_worker))
        if self.servers.redis:
            jobs.append(self._every(plan.restart_redis_every, self._restart_redis))
            jobs.append(self._once(plan.flush_redis_at, self._flush_redis))
            jobs.append(self._once(plan.freeze_redis_at, self._freeze_redis))
        if self.servers.postgres:
            jobs.append(self._every(plan.restart_database_every, self._restart_database))
        return jobs

    async def _every(self, seconds: float, act: Callable[[], Awaitable[None]]) -> None:
        began, times = time.monotonic(), 0
        while seconds:
            times += 1
            await asyncio.sleep(max(0.0, began + times * seconds - time.monotonic()))
            await act()

    async def _once(self, seconds: float, act: Callable[[], Awaitable[None]]) -> None:
        if seconds:
            await asyncio.sleep(seconds)
            await act()

    def _note(self, text: str) -> None:
        self.log.append((time.time(), text))

    # -- One fault each ----------------------------------------------------------------------------------------
    async def _disturb(self) -> None:
        for proxy in self.proxies.all():
            proxy.cut(self.plan.cut_share)
            proxy.hang(self.plan.hang_share, max_seconds=6.0)
        self.proxies.web.delayed_share = self.proxies.web.trickling_share = self.plan.slow_share

    async def _kill_worker(self) -> None:
        ready = [worker for worker in self.servers.workers if worker.is_ready]
        # On a slow machine a worker takes longer to start than to be killed: one is left to work.
        if len(ready) < 2:
            return
        worker = self.rng.choice(ready)
        self._note(f"kill -9 {worker.name}")
        await asyncio.to_thread(worker.replace, signal.SIGKILL)
        self._waits.append(asyncio.create_task(asyncio.to_thread(worker.wait)))

    async def _restart_redis(self) -> None:
        assert self.servers.redis
        async with self._redis_free:
            self._note("restart redis")
            await asyncio.to_thread(self.servers.redis.restart, signal.SIGKILL)

    async def _flush_redis(self) -> None:
        assert self.servers.redis
        async with self._redis_free:
            self._note("FLUSHALL")
            await asyncio.to_thread(self.servers.redis.flush)

    async def _freeze_redis(self) -> None:
        assert self.servers.redis
        async with self._redis_free:
            self._note("SIGSTOP redis")
            self.servers.redis.freeze()
            try:
                await asyncio.sleep(self.plan.freeze_seconds)
            finally:
                self.servers.redis.thaw()

    async def _restart_database(self) -> None:
        assert self.servers.postgres
        self._note("immediate restart of postgres")
        await asyncio.to_thread(self.servers.postgres.restart)

    async def _mend(self) -> None:
        for proxy in self.proxies.all():
            proxy.calm()
        await asyncio.gather(*self._waits)
        for server in (self.servers.postgres, self.servers.redis, *self.servers.workers):
            if server is not None:
                await asyncio.to_thread(server.ensure)
        self._note("the faults have stopped")
