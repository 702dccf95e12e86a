"""The example project, and in it the barest page that shows the same messages.

``/bare/<room>/`` is a page for who is signed in, whose script asks REST once and writes the texts down.
``/flood/<room>/<count>/<seconds>/`` sends messages from inside this process, evenly, so that no other process takes CPU
from the browser.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "example_project"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")

from asgi import application as example
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import path as route
from urls import urlpatterns

BARE = '<!doctype html><meta charset="utf-8"><title>Bare</title><ol></ol><script type="module" src="/bare.js"></script>'
SCRIPT = """
const room = location.pathname.split("/")[2];
const { results } = await (await fetch(`/api/v1/chat/rooms/${room}/messages/?limit=50`)).json();
for (const { body } of results.reverse()) {
  const item = document.createElement("li");
  item.className = "message";
  item.textContent = body;
  document.querySelector("ol").append(item);
}
"""


@login_required
def bare(request: HttpRequest, room_id: str) -> HttpResponse:
    return HttpResponse(BARE)


urlpatterns.append(route("bare/<str:room_id>/", bare))


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    path = scope.get("path", "")
    if path == "/bare.js":
        await _answer(send, "text/javascript", SCRIPT)
    elif path.startswith("/flood/"):
        _, _, room_id, count, seconds, _ = path.split("/")
        threading.Thread(target=_flood, args=(room_id, int(count), float(seconds)), daemon=True).start()
        await _answer(send, "text/plain", "")
    else:
        await example(scope, receive, send)


async def _answer(send: Any, content_type: str, text: str) -> None:
    headers = [(b"content-type", content_type.encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})
    await asyncio.sleep(0)


def _flood(room_id: str, count: int, seconds: float) -> None:
    from django.contrib.auth import get_user_model

    from df_chat import actions

    bob = get_user_model().objects.get(username="bob")
    begin = time.monotonic()
    for number in range(1, count + 1):
        time.sleep(max(0.0, begin + number * seconds / count - time.monotonic()))
        actions.send_message(actor=bob, room_id=room_id, body=f"Flood {number} of {count}, with **some** words in it")
