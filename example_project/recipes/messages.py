"""``/ws/messages/``: one socket for all rooms."""

from __future__ import annotations

import uuid

from df_chat.streams import State
from recipes.base import MessageConsumer


class MessagesConsumer(MessageConsumer):
    """What is said in all rooms that one is in, those joined while the socket is open too.

    Takes ``{"text": "Hello", "room": "<id>"}``.

    Gives each message as the REST API writes it, without an envelope, when it is sent and when it changes; a deleted
    one as ``{"id", "room_id", "version", "seq", "deleted": true}``. What may not be sent is answered with
    ``{"error": "...", "code": "..."}``.
    """

    def follows(self, room_id: uuid.UUID) -> bool:
        return True

    def arguments(self, fields: State) -> State:
        return {"room_id": fields.get("room"), "body": fields.get("text")}

    async def show_message(self, message: State, *, is_new: bool) -> None:
        await self.send_frame(message)
