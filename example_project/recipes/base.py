"""What the recipes have in common: a message in a frame of its own, both ways."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth import get_user_model

from df_chat.asgi.consumers import RoomsConsumer
from df_chat.asgi.protocol import Command, FrameError, RequestId, parse_object
from df_chat.exceptions import ChatError
from df_chat.hub.executor import run_in_db
from df_chat.settings import chat_settings
from df_chat.streams import State
from df_chat.sync import read_positions
from recipes.reading import Behind, MessageReader, room_of

CLOSE_NOT_FOUND = 4404
CLOSE_TRY_AGAIN = 1013


class MessageConsumer(RoomsConsumer):
    """Every frame of the client's is a message to send; what it gets are messages, and ``{"error", "code"}``.

    No frame ends the socket, but too many of them. ``room_id`` is the one room that it is about, if it is about one.
    """

    tells_backlog = False

    def find_room(self) -> uuid.UUID | None:
        """The room that the socket is about; None for now, or for all. Raises ChatError: it does not open."""
        return None

    def follows(self, room_id: uuid.UUID) -> bool:
        """Whether the socket tells of this room."""
        return room_id == self.room_id

    def arguments(self, fields: State) -> State:
        """What ``send_message`` is to be called with for a client's frame."""
        raise NotImplementedError

    async def show_message(self, message: State, *, is_new: bool) -> None:
        """Show a message as it is now; a deleted one is a tombstone."""
        raise NotImplementedError

    async def end(self, room_id: uuid.UUID) -> None:
        """The user is in the room no more."""

    async def connect(self) -> None:
        self._usernames: dict[str, str] = {}
        try:
            self.room_id = await run_in_db(self.find_room)
            # Before it opens: whoever finds it open hears what is said from then on.
            positions = await run_in_db(read_positions, self.user)
        except ChatError:
            await self.close(code=CLOSE_NOT_FOUND)
        else:
            self._reader = MessageReader(self.user, self.follows, positions)
            await super().connect()

    def read_frame(self, text: str | None) -> Command:
        try:
            fields = parse_object(text, max_bytes=chat_settings.FRAME_MAX_BYTES)
        except FrameError:
            # What is no frame is a message without a text, and refused as such.
            fields = {}
        return Command("send_message", None, self.arguments(fields))

    async def reply(
        self,
        action: str | None,
        data: Any = None,
        errors: list[Any] | None = None,
        status: int = 200,
        request_id: RequestId = None,
    ) -> None:
        # One refusal for one frame; a message that was sent comes back by itself.
        for error in (errors or ())[:1]:
            await self.send_frame({"error": error["detail"], "code": error["code"]})

    async def show(self, frame: State) -> None:
        try:
            async for message, is_new in self._reader.read(frame):
                await self.show_message(message, is_new=is_new)
        except Behind:
            self.writer.close(CLOSE_TRY_AGAIN)
        if frame["type"] == "removed" and self.follows(room_of(frame["stream"])):
            await self.end(room_of(frame["stream"]))

    async def username(self, user_id: str) -> str:
        """The name that a user signs in with."""
        if user_id not in self._usernames:
            user = await run_in_db(get_user_model()._default_manager.filter(pk=user_id).first)
            self._usernames[user_id] = "" if user is None else user.get_username()
        return self._usernames[user_id]
