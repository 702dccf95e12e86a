"""df_chat's own consumer, with a way to publish events that no database stores.

Storing a message costs the same however many hear it; what is measured is who hears it, and at what price.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from df_chat.asgi.consumers import RoomsConsumer
from df_chat.streams import StreamEvent
from df_chat.streams.outbox import get_publisher

_MARK = '{"message"'


class DrivenConsumer(RoomsConsumer):
    """Takes ``{"message": {...}}`` and hands it to the publisher as the next event of the message's room."""

    async def dispatch(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.receive" and (message.get("text") or "").startswith(_MARK):
            get_publisher().publish(_event_of(json.loads(message["text"])["message"]))
        else:
            await super().dispatch(message)


def _event_of(state: dict[str, Any]) -> StreamEvent:
    room_id, version = state["room_id"], state["version"]
    # Always the version that the room's row has: nothing moves it, and a sweep that finds another would poke everybody.
    return StreamEvent(
        stream_id=uuid.UUID(room_id),
        stream=f"room:{room_id}",
        epoch=1,
        prev=version - 1,
        version=version,
        acl=version,
        parts={"messages": [state]},
    )
