"""Observers of streams: DCRF observers that hear what was committed, instead of every ``post_save``.

DCRF's own model observers serialise inside the transaction, broadcast rolled-back savepoints and miss bulk writes;
these are fed by the publisher, after the commit, with the state that the stream carries.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from django.db.models import Model
from djangochannelsrestframework.observer.base_observer import BaseObserver

from df_chat.hub.layer import LayerEvent, group_of
from df_chat.models import MEMBERSHIPS, MESSAGES, ROOM, USERS, Message, Room, RoomUser

logger = logging.getLogger(__name__)

MAX_WAITING_EVENTS = 1_000

_PARTS_OF: dict[type[Model], frozenset[str]] = {
    Message: frozenset({MESSAGES.name}),
    RoomUser: frozenset({USERS.name, MEMBERSHIPS.name}),
    Room: frozenset({ROOM.name}),
}

Handler = Callable[..., Awaitable[None]]


class RoomObserver(BaseObserver):  # type: ignore[misc]
    """A consumer's method that is called with each event carrying one of ``models``, of every stream it follows.

    Args:
        verbatim: the method takes the encoded frame, to pass it on as it is; otherwise it takes the decoded frame.
    """

    def __init__(self, func: Handler, models: tuple[type[Model], ...], *, verbatim: bool = False) -> None:
        super().__init__(func)
        self.models = models
        self.verbatim = verbatim
        self.parts = frozenset().union(*(_PARTS_OF[model] for model in models)) if models else None

    def wants(self, event: LayerEvent) -> bool:
        """Whether the event carries one of the models. A poke names what it would have carried."""
        return self.parts is None or not self.parts.isdisjoint(event.parts)

    async def deliver(self, consumer: Any, event: LayerEvent) -> None:
        """Call the method with one event."""
        body = event.text if self.verbatim else json.loads(event.text)
        await self.func(consumer, body, observer=self, action="changes", message_type="room.activity")

    def group_names(self, *args: Any, stream_id: Any = None, **kwargs: Any) -> Iterator[str]:
        """The group of a stream: every observer of a consumer shares it."""
        yield group_of(stream_id)

    def clean_group_name(self, name: str) -> str:
        # DCRF would hash it away from the publisher's.
        return name


class Audience:
    """The observers that a host added to a consumer: each event is shown to them in turn, apart from the hub."""

    def __init__(self, consumer: Any, observers: list[RoomObserver]) -> None:
        self._consumer = consumer
        self._observers = observers
        self._events: asyncio.Queue[LayerEvent] = asyncio.Queue(MAX_WAITING_EVENTS)
        self._task: asyncio.Task[None] | None = None

    def hear(self, event: LayerEvent) -> None:
        """Queue an event for the observers that want it."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._watch())
        try:
            self._events.put_nowait(event)
        except asyncio.QueueFull:
            logger.warning("An observer is too slow: an event was not shown to it")

    def leave(self) -> None:
        """Show them nothing more."""
        if self._task is not None:
            self._task.cancel()

    async def _watch(self) -> None:
        while True:
            event = await self._events.get()
            for observer in self._observers:
                if observer.wants(event):
                    try:
                        await observer.deliver(self._consumer, event)
                    except Exception:
                        logger.exception("An observer failed")


def room_observer(*models: type[Model], verbatim: bool = False) -> Callable[[Handler], RoomObserver]:
    """Make a consumer's method an observer of these models; of every event, if none is named.

    The method is called as ``method(self, frame, observer=..., action="changes", **kwargs)``.
    """

    def decorate(func: Handler) -> RoomObserver:
        return RoomObserver(func, models, verbatim=verbatim)

    return decorate
