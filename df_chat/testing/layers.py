"""A channel layer that does on purpose, and repeatably, what channel layers do now and then."""

from __future__ import annotations

import asyncio
import copy
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from channels.layers import BaseChannelLayer
from django.utils.module_loading import import_string

Deliver = Callable[[], Awaitable[None]]


class LossyChannelLayer:
    """Wraps any channel layer, and drops, doubles, swaps and delays what is sent through it.

    ::

        CHANNEL_LAYERS = {
            "default": {
                "BACKEND": "df_chat.testing.LossyChannelLayer",
                "CONFIG": {"inner": {"BACKEND": "channels.layers.InMemoryChannelLayer"}, "seed": 1, "drop": 0.1},
            }
        }

    A fault meets a message once, before it spreads: all members of a group miss it together.

    Args:
        inner: the layer to wrap, as ``CHANNEL_LAYERS`` describes one.
        seed: the same seed and the same sends make the same faults.
        drop: probability, from 0 to 1, that a message is lost.
        duplicate: probability that it arrives twice.
        reorder: probability that it arrives after the next one (at the latest after ``max_delay``).
        delay: probability that it arrives late.
        max_delay: seconds that a message is late at most.

    Attributes:
        faults: how many messages were ``dropped``, ``duplicated``, ``reordered`` and ``delayed`` so far.
    """

    def __init__(
        self,
        inner: dict[str, Any],
        *,
        seed: int = 0,
        drop: float = 0.0,
        duplicate: float = 0.0,
        reorder: float = 0.0,
        delay: float = 0.0,
        max_delay: float = 0.2,
    ) -> None:
        self.inner: BaseChannelLayer = import_string(inner["BACKEND"])(**inner.get("CONFIG", {}))
        self.drop = drop
        self.duplicate = duplicate
        self.reorder = reorder
        self.delay = delay
        self.max_delay = max_delay
        self.faults: Counter[str] = Counter()
        self._random = random.Random(seed)  # noqa: S311 - faults must be repeatable
        self._held: list[Deliver] = []
        self._tasks: set[asyncio.Task[None]] = set()

    # Whoever treats one kind of layer specially has to treat this one so too.
    @property  # type: ignore[misc]
    def __class__(self) -> type[BaseChannelLayer]:  # type: ignore[override]
        return type(self.inner)

    def __getattr__(self, name: str) -> Any:
        if name == "inner":
            raise AttributeError(name)  # not made yet
        return getattr(self.inner, name)

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        """Send to one channel, perhaps."""
        message = copy.deepcopy(message)
        await self._deliver(lambda: self.inner.send(channel, message))

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        """Send to all channels of a group, perhaps."""
        message = copy.deepcopy(message)
        await self._deliver(lambda: self.inner.group_send(group, message))

    async def _deliver(self, deliver: Deliver) -> None:
        if self._meets("dropped", self.drop):
            return
        for _ in range(2 if self._meets("duplicated", self.duplicate) else 1):
            if self._meets("delayed", self.delay):
                self._later(deliver, self._random.uniform(0, self.max_delay))
            elif self._meets("reordered", self.reorder):
                self._held.append(deliver)
                self._later(lambda: self._release([deliver]), self.max_delay)
            else:
                await deliver()
                await self._release(list(self._held))

    def _meets(self, fault: str, probability: float) -> bool:
        meets = self._random.random() < probability
        self.faults[fault] += meets
        return meets

    async def _release(self, messages: list[Deliver]) -> None:
        for deliver in messages:
            if deliver in self._held:
                self._held.remove(deliver)
                await deliver()

    def _later(self, deliver: Deliver, seconds: float) -> None:
        async def wait() -> None:
            await asyncio.sleep(seconds)
            await deliver()

        # Kept, for the loop itself holds tasks weakly.
        task = asyncio.get_running_loop().create_task(wait())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
