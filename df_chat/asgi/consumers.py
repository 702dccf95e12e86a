"""``RoomsConsumer``: one socket for all of a user's rooms."""

from __future__ import annotations

import time
import uuid
from typing import Any

from df_chat import actions
from df_chat.adapter import get_adapter
from df_chat.asgi import inputs
from df_chat.asgi.base import StreamsConsumer
from df_chat.asgi.commands import command
from df_chat.asgi.protocol import RequestId
from df_chat.exceptions import NotFound
from df_chat.hub.executor import run_in_db
from df_chat.hub.feed import Feed
from df_chat.streams.events import LiveFrame, State
from df_chat.streams.outbox import get_publisher
from df_chat.sync import read_sync

TYPING_SECONDS = 3.0


class RoomsConsumer(StreamsConsumer):
    """Takes the actions that REST takes.

    Hosts subclass it, name the subclass in ``DF_CHAT["CONSUMER"]``, and add or override actions and observers as with
    any DCRF consumer.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._typed_at: dict[uuid.UUID, float] = {}

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
