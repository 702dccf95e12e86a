"""Where the socket is, for hosts that route WebSockets themselves."""

from __future__ import annotations

from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from django.urls import path, re_path

from df_chat.asgi.origin import OriginMiddleware
from df_chat.settings import chat_settings

websocket_urlpatterns = [path(chat_settings.WEBSOCKET_PATH, chat_settings.CONSUMER.as_asgi(), name="ws")]


async def _refuse(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "websocket.close", "code": 4404})


def build_application() -> Any:
    """The routes behind the origin check and session sign-in."""
    routes: list[Any] = [*websocket_urlpatterns, re_path("", _refuse)]  # type: ignore[arg-type]  # an ASGI application
    return OriginMiddleware(AuthMiddlewareStack(URLRouter(routes)))
