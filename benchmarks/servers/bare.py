"""The least that an ASGI server can do: no framework, one loop over the sockets for each event."""

from __future__ import annotations

import json
from typing import Any

sends: set[Any] = set()


async def application(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    sends.add(send)
    try:
        while (event := await receive())["type"] != "websocket.disconnect":
            await broadcast(json.loads(event["text"]))
    finally:
        sends.discard(send)


async def broadcast(content: dict[str, Any]) -> None:
    text = json.dumps({"message": content["message"]}, separators=(",", ":"))
    for send in list(sends):
        await send({"type": "websocket.send", "text": text})
