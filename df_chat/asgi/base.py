"""A socket that follows its user's streams: how it opens and ends, what it shows, how it answers frames."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
from functools import cache
from typing import Any

from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from djangochannelsrestframework.consumers import AsyncAPIConsumer
from rest_framework.exceptions import MethodNotAllowed, Throttled

from df_chat.asgi.commands import Allowance, validate
from df_chat.asgi.observers import Audience, RoomObserver, room_observer
from df_chat.asgi.protocol import Command, FrameError, RequestId, answer, parse_frame
from df_chat.asgi.shown import shown_by
from df_chat.authentication.credential import signed_in_of
from df_chat.authentication.handshake import SUBPROTOCOL
from df_chat.drf.errors import describe
from df_chat.hub.executor import run_in_db
from df_chat.hub.follower import Follower
from df_chat.hub.hub import Hub
from df_chat.hub.writer import SocketWriter
from df_chat.models import Message, Room, RoomUser
from df_chat.settings import chat_settings
from df_chat.streams.events import State, to_json
from df_chat.sync import read_backlog

logger = logging.getLogger(__name__)

MAX_VIOLATIONS = 5
# Actions beyond the allowance that are answered; whoever goes on asking does not listen.
MAX_THROTTLED = 200
CLOSE_TOO_MANY = 4429


class StreamsConsumer(AsyncAPIConsumer):  # type: ignore[misc]
    """A DCRF consumer that hears every room its user is in. It has no actions of its own.

    No frame closes the socket, but for a client that keeps sending what is no command, or too many.
    """

    groups: Any = ()
    # The hub hears for all sockets. A subclass that sends to groups of its own names its layer here.
    channel_layer_alias: str | None = None
    # Whether the socket is told what its user missed, unless its address says ``backlog=0``.
    tells_backlog = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.permission_classes = chat_settings.CONSUMER_PERMISSION_CLASSES
        self.observers = _observers_of(type(self))  # type: ignore[arg-type]  # classes are hashable
        own = [observer for observer in self.observers if observer is not _PLAIN]
        self._audience = Audience(self, own) if own else None
        self.violations = 0
        self._allowance = Allowance(chat_settings.MAX_ACTIONS_PER_SECOND)
        self._throttled = 0
        self.hub: Hub | None = None

    @property
    def user(self) -> Any:
        return self.scope["user"]

    # -- Opening and closing ---------------------------------------------------------------------------------
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self._task = asyncio.current_task()
        self.writer = SocketWriter(send, self._end)
        try:
            await self._serve(scope, receive)
        except asyncio.CancelledError:
            if not self.writer.is_ended or self._task is None:
                raise
            # The writer ended it: that is no error of the server's.
            self._task.uncancel()
        finally:
            # However the socket ends: servers do not always tell.
            self._task = None
            await asyncio.shield(self._clean_up())

    async def _serve(self, scope: Any, receive: Any) -> None:
        if self.channel_layer_alias is not None:
            await super().__call__(scope, receive, self.writer.send)
            return
        self.scope, self.base_send, self.channel_layer = scope, self.writer.send, None
        with contextlib.suppress(StopConsumer):
            while True:
                await self.dispatch(await receive())

    async def dispatch(self, message: dict[str, Any]) -> None:
        # Channels asks a thread to close database connections before every event; run_in_db returns its own.
        handler = getattr(self, get_handler_name(message), None)
        if handler is None:
            raise ValueError(f"No handler for message type {message['type']}")
        await handler(message)

    async def connect(self) -> None:
        """Accept, follow the user's streams, tell where they stand, and what came while nobody was there."""
        await self.accept(subprotocol=SUBPROTOCOL if SUBPROTOCOL in self.scope.get("subprotocols", ()) else None)
        signed_in = signed_in_of(self.scope)
        shows_as_it_is = type(self).show is StreamsConsumer.show
        self.follower = Follower(
            self.user,
            self.writer if shows_as_it_is else shown_by(self.show, self.writer),
            forwards=_PLAIN in self.observers,
            listen=self._audience.hear if self._audience else None,
            credential=signed_in.credential,
            expires_at=signed_in.expires_at,
        )
        hub = Hub.here()
        if hub.sockets_of(self.follower.user_id) >= chat_settings.MAX_SOCKETS_PER_USER:
            await self.close(code=CLOSE_TOO_MANY)
            return
        self.hub = hub
        await self.hub.enter(self.follower)
        if self.tells_backlog and b"backlog=0" not in self.scope.get("query_string", b"").split(b"&"):
            backlogs = await run_in_db(read_backlog, self.user)
            followed = {feed.name for feed in self.follower.feeds}
            for backlog in backlogs:
                if backlog["stream"] in followed:
                    self.follower.tell({"type": "backlog", **backlog})

    async def _clean_up(self) -> None:
        if self._audience is not None:
            self._audience.leave()
        for name in list(self.groups):
            await self.remove_group(name)
        if self.hub is not None:
            await self.hub.leave(self.follower)
            self.follower.writer.end()

    def _end(self) -> None:
        if self._task is not None:
            self._task.cancel()

    # -- Events ----------------------------------------------------------------------------------------------
    async def show(self, frame: State) -> None:
        """Show the client one frame of the hub's: ``ready``, ``changes``, ``presence``, whatever it is.

        A subclass that overrides this decides what its client hears of it. Otherwise the hub does the same for all
        sockets at once, and nobody calls the method.
        """
        await self.send_frame(frame)

    @room_observer(Message, RoomUser, Room, verbatim=True)
    async def room_activity(self, frame: str, **kwargs: Any) -> None:
        """Whatever changed in a stream goes to the client as it was published.

        The hub does just this for all sockets at once; the method is called only where a subclass calls it.
        """
        await self.send(text_data=frame)

    # -- Frames ----------------------------------------------------------------------------------------------
    def read_frame(self, text: str | None) -> Command:
        """The command that a frame holds; ``text`` is None for a binary one.

        A subclass whose clients send frames of another shape says here what they mean.

        Raises:
            FrameError: the frame is no command. A client that keeps sending such is closed.
        """
        return parse_frame(text, max_bytes=chat_settings.FRAME_MAX_BYTES)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        """Run one command, and answer whatever becomes of it."""
        try:
            request = self.read_frame(text_data)
        except FrameError as error:
            await self._answer_violation(error)
            return
        try:
            self._allowance.take()
        except Throttled as error:
            await self._answer_too_many(error, request)
            return
        await self.handle_action(request.action, request_id=request.request_id, **{"data": request.data})

    async def handle_action(self, action: str, request_id: RequestId, **kwargs: Any) -> None:
        """Check, validate and run one action; every exception becomes an answer."""
        try:
            if action not in self.available_actions:
                raise MethodNotAllowed(action)
            method = getattr(self, self.available_actions[action])
            arguments = validate(method, kwargs.pop("data", {}))
            await self.check_permissions(action, **arguments)
            response = await method(request_id=request_id, action=action, **arguments)
            if isinstance(response, tuple):
                data, status = response
                await self.reply(action=action, request_id=request_id, data=data, status=status)
        except Exception as error:
            await self.handle_exception(error, action=action, request_id=request_id)

    async def handle_exception(self, exc: Exception, action: str | None, request_id: RequestId) -> None:
        """Answer with the errors that REST would answer with; what nobody foresaw is logged and answers 500."""
        refusal = describe(exc)
        if refusal is None:
            logger.exception("The action %s failed", action, exc_info=exc)
            errors = [{"code": "error", "detail": "A server error occurred.", "attr": None}]
            await self.reply(action=action, request_id=request_id, errors=errors, status=500)
            return
        await self.reply(action=action, request_id=request_id, errors=refusal.errors, status=refusal.status)

    async def reply(
        self,
        action: str | None,
        data: Any = None,
        errors: list[Any] | None = None,
        status: int = 200,
        request_id: RequestId = None,
    ) -> None:
        await self.send_frame(answer(action, request_id, data=data, errors=errors, status=status))

    async def send_frame(self, frame: State) -> None:
        """Send one JSON object."""
        await self.send(text_data=to_json(frame))

    async def _answer_violation(self, error: FrameError) -> None:
        self.violations += 1
        errors = [{"code": error.code, "detail": "This frame is no command.", "attr": None}]
        await self.reply(action=None, request_id=error.request_id, errors=errors, status=400)
        if self.violations >= MAX_VIOLATIONS:
            await self.close(code=4400)

    async def _answer_too_many(self, error: Throttled, request: Command) -> None:
        self._throttled += 1
        await self.handle_exception(error, action=request.action, request_id=request.request_id)
        if self._throttled >= MAX_THROTTLED:
            await self.close(code=CLOSE_TOO_MANY)


@cache
def _observers_of(consumer: Any) -> list[RoomObserver]:
    found = (inspect.getattr_static(consumer, name) for name in dir(consumer))
    return [attribute for attribute in found if isinstance(attribute, RoomObserver)]


_PLAIN: RoomObserver = inspect.getattr_static(StreamsConsumer, "room_activity")
