"""The soak (T11): sockets come and go under steady sending, and nothing may grow."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
import uuid
from dataclasses import asdict, dataclass, field

import httpx
import psutil
import websockets
from django.db import connections
from websockets.asyncio.client import ClientConnection

from tests.chaos.database import People, make_people
from tests.chaos.report import Check, Progress
from tests.chaos.stage import Set

WARM_UP_SHARE = 0.25
MAX_WARM_UP_SECONDS = 600
REST_SECONDS = 12
CSRF_TOKEN = "x" * 32
# What a worker may gain: a heap settles for a while, and from then on by the hour.
SLACK_MB = 4.0
MAX_MB_PER_HOUR = 1.0
# How far counts may be from where they were before: two of a hundred, or these few.
SLACK_SHARE = 0.02
SLACK_COUNT = 3
# Executors start their threads when they first need them, 10 a worker.
SLACK_THREADS = 30


@dataclass(frozen=True)
class Load:
    seconds: float
    sockets: int = 300
    churn_per_second: float = 5.0
    sends_per_second: float = 50.0
    rooms: int = 30
    members: int = 10


@dataclass
class Sample:
    """One look at the workers and what they hold, summed over the workers but for ``rss_mb``."""

    at: float
    rss_mb: list[float]
    fds: int
    threads: int
    tasks: int
    connections: int
    redis_channels: int
    redis_keys: int


@dataclass
class Soak:
    """Drives the load and takes the samples."""

    stage: Set
    people: People
    load: Load
    rng: random.Random
    sockets: dict[ClientConnection, str] = field(default_factory=dict)
    sent: int = 0
    answered: int = 0
    received: int = 0
    failed: int = 0
    samples: list[Sample] = field(default_factory=list)

    async def run(self, progress: Progress) -> list[Check]:
        # Once through everything, so that pools and caches exist in the baseline.
        await self._open_all()
        await self._work(min(10.0, self.load.seconds / 10), progress, "warming")
        await self._close_all()
        baseline = await self._rest(progress)
        await self._open_all()
        self.samples.clear()
        await self._work(self.load.seconds, progress, "soaking")
        at_work = list(self.samples)
        await self._close_all()
        return judge(self, baseline, at_work, await self._rest(progress))

    # -- Load ------------------------------------------------------------------------------------------------------
    async def _open_all(self) -> None:
        users = self.people.users
        for first in range(0, self.load.sockets, 20):
            count = min(20, self.load.sockets - first)
            await asyncio.gather(*(self._open(users[(first + step) % len(users)]) for step in range(count)))

    async def _open(self, user: str) -> None:
        url = self.stage.base_url.replace("http", "ws", 1) + "/api/v1/chat/ws/?backlog=0"
        cookies = f"sessionid={self.people.sessions[user]}; csrftoken={CSRF_TOKEN}"
        headers = {"Cookie": cookies, "Origin": self.stage.base_url}
        try:
            socket = await websockets.connect(
                url,
                additional_headers=headers,
                subprotocols=["df-chat", f"csrf.{CSRF_TOKEN}"],
                compression=None,
                open_timeout=20,
                proxy=None,
            )
        except (OSError, websockets.WebSocketException, TimeoutError):
            self.failed += 1
            return
        self.sockets[socket] = user
        asyncio.create_task(self._listen(socket))  # noqa: RUF006 - it ends with its socket

    async def _listen(self, socket: ClientConnection) -> None:
        with contextlib.suppress(websockets.WebSocketException, OSError):
            async for text in socket:
                content = json.loads(text)
                for frame in content if isinstance(content, list) else [content]:
                    self.received += frame.get("type") == "changes"
                    self.answered += frame.get("response_status") == 201
        self.sockets.pop(socket, None)

    async def _close_all(self) -> None:
        await asyncio.gather(*(socket.close() for socket in list(self.sockets)))

    async def _work(self, seconds: float, progress: Progress, title: str) -> None:
        until = time.monotonic() + seconds
        jobs = [asyncio.create_task(self._send(until)), asyncio.create_task(self._churn(until))]
        while time.monotonic() < until:
            await asyncio.sleep(1)
            self.samples.append(await self._sample())
            progress.line(title, self._figures(self.samples[-1]))
        await asyncio.gather(*jobs)

    def _figures(self, sample: Sample) -> str:
        rss = "+".join(f"{mb:.0f}" for mb in sample.rss_mb)
        return (
            f"sockets {len(self.sockets)} sent {self.sent} answered {self.answered} received {self.received} | "
            f"rss {rss} MB fds {sample.fds} threads {sample.threads} tasks {sample.tasks} "
            f"db {sample.connections} redis {sample.redis_channels}+{sample.redis_keys}"
        )

    async def _send(self, until: float) -> None:
        rooms = {user: self.people.rooms_of(user) for user in self.people.users}
        began, due = time.monotonic(), 0
        while (now := time.monotonic()) < until:
            while due < (now - began) * self.load.sends_per_second and self.sockets:
                due += 1
                socket, user = self.rng.choice(list(self.sockets.items()))
                await self._send_one(socket, self.rng.choice(rooms[user]))
            await asyncio.sleep(0.01)

    async def _send_one(self, socket: ClientConnection, room: str) -> None:
        command = {
            "action": "send_message",
            "request_id": self.sent,
            "room_id": room,
            "client_id": str(uuid.UUID(int=self.rng.getrandbits(128), version=4)),
            "body": f"{self.sent} " + "x" * self.rng.randint(1, 400),
        }
        with contextlib.suppress(websockets.WebSocketException):
            await socket.send(json.dumps(command))
            self.sent += 1

    async def _churn(self, until: float) -> None:
        while time.monotonic() < until:
            await asyncio.sleep(self.rng.expovariate(self.load.churn_per_second))
            if self.sockets:
                socket = self.rng.choice(list(self.sockets))
                # Half say goodbye, half are gone.
                await socket.close() if self.rng.random() < 0.5 else socket.transport.abort()
            if len(self.sockets) < self.load.sockets:
                await self._open(self.rng.choice(self.people.users))

    # -- Samples ---------------------------------------------------------------------------------------------------
    async def _rest(self, progress: Progress) -> Sample:
        """The state a while after the last socket closed."""
        for _ in range(REST_SECONDS):
            await asyncio.sleep(1)
            progress.line("resting", "")
        return await self._sample()

    async def _sample(self) -> Sample:
        processes = [psutil.Process(worker.pid) for worker in self.stage.servers.workers]
        redis = self.stage.servers.redis
        return Sample(
            at=time.monotonic(),
            rss_mb=[process.memory_info().rss / 2**20 for process in processes],
            fds=sum(process.num_fds() for process in processes),
            threads=sum(process.num_threads() for process in processes),
            tasks=sum([await self._tasks(worker.port) for worker in self.stage.servers.workers]),
            connections=await asyncio.to_thread(_count_connections),
            redis_channels=await asyncio.to_thread(redis.count_channels) if redis else 0,
            redis_keys=await asyncio.to_thread(redis.count_keys) if redis else 0,
        )

    async def _tasks(self, port: int) -> int:
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"http://127.0.0.1:{port}/inside/", timeout=30)
        return int(answer.json()["tasks"])


def _count_connections() -> int:
    connection = connections["default"]
    if connection.vendor != "postgresql":
        return 0
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
            return int(cursor.fetchone()[0])
    finally:
        connection.close()


def slope_per_hour(points: list[tuple[float, float]]) -> float:
    """The least-squares slope of values over seconds, by the hour."""
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread * 3600 if spread else 0.0


def judge(soak: Soak, baseline: Sample, at_work: list[Sample], after: Sample) -> list[Check]:
    """What grew, against what may grow."""
    warm_up = min(MAX_WARM_UP_SECONDS, soak.load.seconds * WARM_UP_SHARE)
    measured = [sample for sample in at_work if sample.at - at_work[0].at >= warm_up]
    hours = (measured[-1].at - measured[0].at) / 3600
    checks = []
    for index in range(len(soak.stage.servers.workers)):
        slope = slope_per_hour([(sample.at, sample.rss_mb[index]) for sample in measured])
        gained, limit = slope * hours, SLACK_MB + MAX_MB_PER_HOUR * hours
        detail = f"{slope:+.1f} MB/h over {hours * 60:.0f} min, {measured[-1].rss_mb[index]:.0f} MB at the end"
        checks.append(
            Check(f"memory of worker{index}", f"{gained:+.2f} MB", f"<= {limit:.1f} MB", gained <= limit, detail)
        )
    before, now = asdict(baseline), asdict(after)
    for name in ("fds", "threads", "tasks", "connections", "redis_channels", "redis_keys"):
        slack = SLACK_THREADS if name == "threads" else SLACK_COUNT
        limit = max(before[name] * (1 + SLACK_SHARE), before[name] + slack)
        checks.append(Check(f"{name} after the last socket", now[name], f"<= {limit:.0f}", now[name] <= limit))
    expected = soak.load.seconds * soak.load.sends_per_second
    share = soak.answered / max(1, soak.sent)
    checks.append(Check("sends made", soak.sent, f">= {expected * 0.9:.0f}", soak.sent >= expected * 0.9))
    # A socket that is gone takes its last answers along.
    checks.append(Check("sends answered 201", f"{share:.1%}", ">= 97 %", share >= 0.97))
    checks.append(Check("sockets that did not open", soak.failed, "0", soak.failed == 0))
    return checks


async def run_soak(stage: Set, load: Load, progress: Progress) -> list[Check]:
    users = load.rooms * load.members // 2
    people = await asyncio.to_thread(make_people, users=users, rooms=load.rooms, members=load.members)
    return await Soak(stage, people, load, stage.rng).run(progress)
