"""The asynchronous consumer that the tutorial of Channels ends with."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

from channels.generic.websocket import AsyncWebsocketConsumer


class ChatConsumer(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        room_name = self.scope["url_route"]["kwargs"]["room_name"]
        # The tutorial has one room for a socket; ?rooms=50 makes it 50, each joined as the tutorial does.
        rooms = int(parse_qs(self.scope["query_string"].decode()).get("rooms", ["1"])[0])
        self.room_group_names = [f"chat_{room_name}_{number}" for number in range(rooms)]
        for name in self.room_group_names:
            await self.channel_layer.group_add(name, self.channel_name)
        await self.accept()

    async def disconnect(self, close_code: int) -> None:
        for name in self.room_group_names:
            await self.channel_layer.group_discard(name, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        message = json.loads(text_data or "")["message"]
        await self.channel_layer.group_send(self.room_group_names[0], {"type": "chat.message", "message": message})

    async def chat_message(self, event: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps({"message": event["message"]}))
