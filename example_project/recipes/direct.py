"""``/ws/direct/<user_id>/``: the one chat with somebody, as a socket of its own."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from rest_framework import serializers

from df_chat import actions
from df_chat.asgi.commands import command
from df_chat.asgi.protocol import RequestId
from df_chat.drf.strict import StrictSerializer
from df_chat.hub.executor import run_in_db
from df_chat.people import find_contact
from df_chat.settings import chat_settings
from df_chat.streams import State, retrying
from recipes.base import MessageConsumer


class FirstMessage(StrictSerializer):
    """A message that names no room: there may be none yet."""

    body = serializers.CharField(trim_whitespace=False)


class DirectConsumer(MessageConsumer):
    """What two people write to each other.

    Takes ``{"message": "Hello"}``. The first one opens the chat.

    Gives both, on every open socket of the pair, ``{"type": "chat.message", "message": "Hello", "sender": "ada", "id":
    "...", "created": "..."}``.

    Does not open for oneself, for nobody, and for somebody whom the adapter's ``contacts`` leaves out.
    """

    @property
    def other_id(self) -> Any:
        return self.scope["url_route"]["kwargs"]["user_id"]

    def find_room(self) -> uuid.UUID | None:
        room = actions.find_direct(actor=self.user, user_id=self.other_id)
        if room is None:
            find_contact(self.user, self.other_id)
        return None if room is None else room.pk

    async def show(self, frame: State) -> None:
        if self.room_id is None and frame["type"] in ("ready", "subscribed"):
            # It may be the chat that one of the two has just opened.
            room = await run_in_db(actions.find_direct, actor=self.user, user_id=self.other_id)
            self.room_id = None if room is None else room.pk
        await super().show(frame)

    def arguments(self, fields: State) -> State:
        return {"body": fields.get("message")}

    @command(FirstMessage)
    async def send_message(self, request_id: RequestId, action: str, body: str) -> tuple[None, int]:
        await run_in_db(_send, self.user, self.other_id, body)
        return None, 201

    async def show_message(self, message: State, *, is_new: bool) -> None:
        if is_new and message.get("user_id"):
            sender = await self.username(message["user_id"])
            shown = {"message": message["body"], "sender": sender, "id": message["id"], "created": message["created"]}
            await self.send_frame({"type": "chat.message", **shown})


@retrying
def _send(user: Any, other_id: object, text: str) -> None:
    # Together: a message that is refused leaves no empty chat behind.
    with transaction.atomic(using=chat_settings.DATABASE):
        room, _created = actions.open_direct(actor=user, user_id=other_id)
        actions.send_message(actor=user, room_id=room.pk, body=text)
