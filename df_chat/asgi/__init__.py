"""The chat over WebSocket.

``websocket_application`` is what a host's ``asgi.py`` mounts. It builds itself at the first connection, so that
importing it needs no configured Django, in whatever order the host imports.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import Any


async def websocket_application(scope: Any, receive: Any, send: Any) -> None:
    """The chat's socket behind session sign-in and the origin check; other paths are refused."""
    await _application()(scope, receive, send)


@lru_cache(maxsize=1)
def _application() -> Any:
    return import_module("df_chat.asgi.urls").build_application()
