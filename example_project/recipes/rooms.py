"""``/ws/rooms/<room_id>/``: one room, as a socket of its own."""

from __future__ import annotations

import uuid

from df_chat.access import load_access
from df_chat.streams import State
from recipes.base import MessageConsumer

CLOSE_REMOVED = 4403


class RoomConsumer(MessageConsumer):
    """What is said in one room.

    Takes ``{"message": "Hello"}``; whatever else is in the frame is ignored, a ``userid`` too: the sender is whoever
    signed in.

    Gives the members ``{"message": "Hello", "username": "ada", "id": "...", "created": "..."}``.

    Opens for members only. A member who leaves or is removed hears nothing more, and the socket closes with 4403.
    """

    def find_room(self) -> uuid.UUID | None:
        access = load_access(self.user, self.scope["url_route"]["kwargs"]["room_id"])
        access.require_member()
        return access.room.pk

    def arguments(self, fields: State) -> State:
        return {"room_id": self.room_id, "body": fields.get("message")}

    async def show_message(self, message: State, *, is_new: bool) -> None:
        if is_new and message.get("user_id"):
            username = await self.username(message["user_id"])
            shown = {"message": message["body"], "username": username}
            await self.send_frame({**shown, "id": message["id"], "created": message["created"]})

    async def end(self, room_id: uuid.UUID) -> None:
        self.writer.close(CLOSE_REMOVED)
