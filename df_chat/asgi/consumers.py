"""``RoomsConsumer``: one socket for all of a user's rooms."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
import time
import uuid
from functools import cache
from typing import Any

from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from django.contrib.auth import SESSION_KEY
from djangochannelsrestframework.consumers import AsyncAPIConsumer
from rest_framework.exceptions import MethodNotAllowed

from df_chat import actions
from df_chat.adapter import get_adapter
from df_chat.asgi import inputs
from df_chat.asgi.commands import command, validate
from df_chat.asgi.observers import Audience, RoomObserver, room_observer
from df_chat.asgi.protocol import FrameError, RequestId, parse_frame
from df_chat.drf.errors import describe
from df_chat.exceptions import NotFound
from df_chat.hub.executor import run_in_db
from df_chat.hub.feed import Feed
from df_chat.hub.follower import Follower
from df_chat.hub.hub import Hub
from df_chat.hub.writer import SocketWriter
from df_chat.models import Message, Room, RoomUser
from df_chat.settings import chat_settings
from df_chat.streams.events import LiveFrame, State, to_json
from df_chat.streams.outbox import get_publisher
from df_chat.sync import read_backlog, read_sync

logger = logging.getLogger(__name__)

MAX_VIOLATIONS = 5
TYPING_SECONDS = 3.0


class RoomsConsumer(AsyncAPIConsumer):  # type: ignore[misc]
    """A DCRF consumer that hears every room its user is in, and takes the actions that REST takes.

    Hosts subclass it, name the subclass in ``DF_CHAT["CONSUMER"]``, and add or override actions and observers as with
    any DCRF consumer. No frame closes the socket, but for a client that keeps sending what is no command.
    """

    groups: Any = ()
    # The hub hears for all sockets. A subclass that sends to groups of its own names its layer here.
    channel_layer_alias: str | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.permission_classes = chat_settings.CONSUMER_PERMISSION_CLASSES
        self.observers = _observers_of(type(self))  # type: ignore[arg-type]  # classes are hashable
        own = [observer for observer in self.observers if observer is not _PLAIN]
        self._audience = Audience(self, own) if own else None
        self.violations = 0
        self.hub: Hub | None = None
        self._typed_at: dict[uuid.UUID, float] = {}

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
        await self.accept()
        self.follower = Follower(
            self.user,
            self.writer,
            forwards=_PLAIN in self.observers,
            listen=self._audience.hear if self._audience else None,
            session_key=_session_key(self.scope),
        )
        self.hub = Hub.here()
        await self.hub.enter(self.follower)
        if b"backlog=0" not in self.scope.get("query_string", b"").split(b"&"):
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

    def _end(self) -> None:
        if self._task is not None:
            self._task.cancel()

    # -- Events ----------------------------------------------------------------------------------------------
    @room_observer(Message, RoomUser, Room, verbatim=True)
    async def room_activity(self, frame: str, **kwargs: Any) -> None:
        """Whatever changed in a stream goes to the client as it was published.

        The hub does just this for all sockets at once; the method is called only where a subclass calls it.
        """
        await self.send(text_data=frame)

    # -- Frames ----------------------------------------------------------------------------------------------
    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        """Run one command, and answer whatever becomes of it."""
        try:
            request = parse_frame(text_data, max_bytes=chat_settings.FRAME_MAX_BYTES)
        except FrameError as error:
            await self._answer_violation(error)
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
        answer = describe(exc)
        if answer is None:
            logger.exception("The action %s failed", action, exc_info=exc)
            errors = [{"code": "error", "detail": "A server error occurred.", "attr": None}]
            await self.reply(action=action, request_id=request_id, errors=errors, status=500)
            return
        await self.reply(action=action, request_id=request_id, errors=answer.errors, status=answer.status)

    async def reply(
        self,
        action: str | None,
        data: Any = None,
        errors: list[Any] | None = None,
        status: int = 200,
        request_id: RequestId = None,
    ) -> None:
        await self.send_frame(
            {
                "action": action,
                "request_id": request_id,
                "response_status": status,
                "errors": errors or [],
                "data": data,
            }
        )

    async def send_frame(self, frame: State) -> None:
        """Send one JSON object."""
        await self.send(text_data=to_json(frame))

    async def _answer_violation(self, error: FrameError) -> None:
        self.violations += 1
        errors = [{"code": error.code, "detail": "This frame is no command.", "attr": None}]
        await self.reply(action=None, request_id=error.request_id, errors=errors, status=400)
        if self.violations >= MAX_VIOLATIONS:
            await self.close(code=4400)

    # -- Actions ---------------------------------------------------------------------------------------------
    @command(inputs.SendMessage)
    async def send_message(self, request_id: RequestId, action: str, **fields: Any) -> tuple[State, int]:
        result = await run_in_db(actions.send_message, actor=self.user, **fields)
        # Whoever types after this types something new.
        self._typed_at.pop(fields["room_id"], None)
        if result.hidden:
            return {"id": str(result.message.pk), "hidden": True}, 200
        return result.message.state(), 201 if result.created else 200

    @command(inputs.EditMessage)
    async def edit_message(self, request_id: RequestId, action: str, **fields: Any) -> tuple[State, int]:
        return (await run_in_db(actions.edit_message, actor=self.user, **fields)).state(), 200

    @command(inputs.OneMessage)
    async def delete_message(self, request_id: RequestId, action: str, **fields: Any) -> tuple[State, int]:
        return (await run_in_db(actions.delete_message, actor=self.user, **fields)).state(), 200

    @command(inputs.React)
    async def react(self, request_id: RequestId, action: str, **fields: Any) -> tuple[State, int]:
        return (await run_in_db(actions.react, actor=self.user, **fields)).state(), 200

    @command(inputs.Mark)
    async def mark_seen(self, request_id: RequestId, action: str, **fields: Any) -> tuple[State, int]:
        return (await run_in_db(actions.mark_seen, actor=self.user, **fields)).membership_state(), 200

    @command(inputs.Mark)
    async def mark_received(self, request_id: RequestId, action: str, **fields: Any) -> tuple[State, int]:
        return (await run_in_db(actions.mark_received, actor=self.user, **fields)).membership_state(), 200

    @command(inputs.OneRoom)
    async def join(self, request_id: RequestId, action: str, **fields: Any) -> tuple[State, int]:
        return (await run_in_db(actions.join_room, actor=self.user, **fields)).membership_state(), 200

    @command(inputs.OneRoom)
    async def leave(self, request_id: RequestId, action: str, **fields: Any) -> tuple[None, int]:
        await run_in_db(actions.leave_room, actor=self.user, **fields)
        return None, 204

    @command(inputs.Sync)
    async def sync(self, request_id: RequestId, action: str, streams: dict[str, Any]) -> tuple[State, int]:
        return {"streams": await run_in_db(read_sync, self.user, streams)}, 200

    @command(inputs.OneRoom)
    async def subscribe(self, request_id: RequestId, action: str, room_id: uuid.UUID) -> tuple[State, int]:
        """Hear this room only, and those subscribed to before."""
        feed = self._feed(room_id)
        self.follower.narrow({*(self.follower.narrowed or ()), feed})
        return {"stream": feed.name, **feed.state(self.follower)}, 200

    @command(inputs.MaybeRoom)
    async def unsubscribe(
        self, request_id: RequestId, action: str, room_id: uuid.UUID | None = None
    ) -> tuple[None, int]:
        """Stop hearing one room; without ``room_id``, hear all again."""
        narrowed = None
        if room_id is not None:
            heard = self.follower.feeds if self.follower.narrowed is None else self.follower.narrowed
            narrowed = {feed for feed in heard if feed.stream_id != room_id}
        self.follower.narrow(narrowed)
        return None, 200

    @command(inputs.Typing)
    async def typing(self, request_id: RequestId, action: str, room_id: uuid.UUID, is_typing: bool) -> tuple[None, int]:
        """Tell the others in a room; repeated within 3 seconds, it is told once."""
        self._feed(room_id)
        now = time.monotonic()
        if not is_typing or now - self._typed_at.get(room_id, -TYPING_SECONDS) >= TYPING_SECONDS:
            self._typed_at[room_id] = now if is_typing else -TYPING_SECONDS
            frame = {
                "type": "typing",
                "room_id": str(room_id),
                "user_id": str(self.user.pk),
                "name": get_adapter().display_name(self.user),
                "is_typing": is_typing,
            }
            get_publisher().tell(LiveFrame((room_id,), frame, not_to=self.follower.user_id))
        return None, 202

    def _feed(self, room_id: uuid.UUID) -> Feed:
        """A room that this socket follows. Raises NotFound."""
        for feed in self.follower.feeds:
            if feed.stream_id == room_id and feed.is_room:
                return feed
        raise NotFound


@cache
def _observers_of(consumer: Any) -> list[RoomObserver]:
    found = (inspect.getattr_static(consumer, name) for name in dir(consumer))
    return [attribute for attribute in found if isinstance(attribute, RoomObserver)]


def _session_key(scope: Any) -> str | None:
    """The session that signed the socket's user in, if one did."""
    session = scope.get("session")
    key: str | None = session.session_key if session is not None and SESSION_KEY in session else None
    return key


_PLAIN: RoomObserver = inspect.getattr_static(RoomsConsumer, "room_activity")
