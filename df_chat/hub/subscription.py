"""The process's one channel on the layer: what arrives on it, which groups it is in, and whether it works."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Any

from df_chat.hub.layer import PROCESSES_GROUP

logger = logging.getLogger(__name__)

CALL_SECONDS = 0.5
# For all the groups of a socket that opens, or of a sweep.
JOIN_SECONDS = 1.0
RETRY_SECONDS = 1.0

Message = dict[str, Any]


class Subscription:
    """A channel that is kept open, and kept in its groups, as far as the layer allows.

    Args:
        layer: any channel layer with groups; None behaves as one that is down.
        take: called with each message.

    Attributes:
        is_down: the layer did not take, or did not bring, what was last sent through it.
    """

    def __init__(self, layer: Any, take: Callable[[Message], None]) -> None:
        self._layer = layer
        self._take = take
        self._channel: str | None = None
        self._is_open = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._probes_sent = self._probes_heard = 0
        self.is_down = layer is None

    def start(self) -> None:
        """Begin to receive; a layer that is down is tried again until it is there."""
        if self._layer is not None:
            self._task = asyncio.get_running_loop().create_task(self._receive_for_ever())

    async def stop(self, groups: Iterable[str]) -> None:
        """Leave the groups, and receive no more."""
        await self.leave([*groups, PROCESSES_GROUP])
        if self._task is not None:
            self._task.cancel()

    async def join(self, groups: Iterable[str]) -> set[str]:
        """Enter groups, within a second for all of them. Returns those entered."""
        joined: set[str] = set()
        if self.is_down:
            return joined
        try:
            async with asyncio.timeout(JOIN_SECONDS):
                await self._is_open.wait()
                for group in groups:
                    await self._layer.group_add(group, self._channel)
                    joined.add(group)
        except Exception as error:
            self._note_down(error)
        return joined

    async def leave(self, groups: Iterable[str]) -> None:
        """Leave groups, as far as the layer allows within a second."""
        if self._channel is None or self.is_down:
            return
        try:
            async with asyncio.timeout(JOIN_SECONDS):
                for group in groups:
                    await self._layer.group_discard(group, self._channel)
        except Exception as error:
            self._note_down(error)

    async def probe(self) -> None:
        """See whether the last probe arrived, and send the next. Sets ``is_down``."""
        if self._layer is None or self._channel is None:
            self.is_down = True
            return
        arrived = self._probes_heard == self._probes_sent
        try:
            async with asyncio.timeout(CALL_SECONDS):
                await self._layer.send(self._channel, {"type": "chat.probe", "number": self._probes_sent + 1})
        except Exception as error:
            self._note_down(error)
        else:
            self._probes_sent += 1
            self.is_down = not arrived

    async def _receive_for_ever(self) -> None:
        while True:
            try:
                if self._channel is None:
                    await self._open()
                message = await self._layer.receive(self._channel)
            except Exception as error:
                self._note_down(error)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if message["type"] == "chat.probe":
                self._probes_heard = message["number"]
                continue
            try:
                self._take(message)
            except Exception:
                # One bad message must not end the hearing of all others.
                logger.exception("A message of type %s could not be taken", message.get("type"))

    async def _open(self) -> None:
        async with asyncio.timeout(JOIN_SECONDS):
            channel = await self._layer.new_channel()
            await self._layer.group_add(PROCESSES_GROUP, channel)
        self._channel = channel
        self.is_down = False
        self._is_open.set()

    def _note_down(self, error: Exception) -> None:
        if not self.is_down:
            logger.warning("The channel layer does not work; the sweep goes on without it: %r", error)
        self.is_down = True
