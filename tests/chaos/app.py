"""What the workers serve: the tests' project, sabotaged if the run says so, and a look inside for the soak."""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.chaos.settings")

from tests.server import application as chat

if sabotage := os.environ.get("CHAOS_SABOTAGE"):
    from tests.chaos.sabotage import SERVER

    SERVER.get(sabotage, lambda: None)()


async def application(scope: Any, receive: Any, send: Any) -> None:
    """The chat, and at ``/inside/`` how many tasks the worker's loop has."""
    if scope["type"] != "http" or scope["path"] != "/inside/":
        await chat(scope, receive, send)
        return
    body = json.dumps({"tasks": len(asyncio.all_tasks())}).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": body})
