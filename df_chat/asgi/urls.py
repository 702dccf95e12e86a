"""Where the socket is, for hosts that route WebSockets themselves."""

from __future__ import annotations

import contextlib
import logging
from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from django.db import InterfaceError, OperationalError
from django.urls import path, re_path

from df_chat.asgi.origin import OriginMiddleware
from df_chat.settings import chat_settings

logger = logging.getLogger(__name__)

CLOSE_TRY_AGAIN = 1013

websocket_urlpatterns = [path(chat_settings.WEBSOCKET_PATH, chat_settings.CONSUMER.as_asgi(), name="ws")]


async def _refuse(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "websocket.close", "code": 4404})


class DatabaseGuard:
    """A database that is away ends a socket, and is no error of the server's: the client comes again."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await self.application(scope, receive, send)
        except (InterfaceError, OperationalError) as error:
            logger.warning("A socket was closed, as the database did not answer: %r", error)
            with contextlib.suppress(Exception):  # it may have ended already
                await send({"type": "websocket.close", "code": CLOSE_TRY_AGAIN})


def build_application() -> Any:
    """The routes behind the origin check and session sign-in."""
    routes: list[Any] = [*websocket_urlpatterns, re_path("", _refuse)]  # type: ignore[arg-type]  # an ASGI application
    return OriginMiddleware(DatabaseGuard(AuthMiddlewareStack(URLRouter(routes))))
