"""Where the socket is, for hosts that route WebSockets themselves."""

from __future__ import annotations

import contextlib
import logging
from typing import Any

from channels.routing import URLRouter
from django.db import InterfaceError, OperationalError
from django.urls import path

from df_chat.asgi.authentication import SocketAuthentication
from df_chat.settings import chat_settings

logger = logging.getLogger(__name__)

CLOSE_UNKNOWN_PATH = 4404
CLOSE_TRY_AGAIN = 1013

websocket_urlpatterns = [path(chat_settings.WEBSOCKET_PATH, chat_settings.CONSUMER.as_asgi(), name="ws")]


class KnownPaths:
    """Refuses the paths that no route is for, before anybody is asked who they are."""

    def __init__(self, routes: list[Any], application: Any) -> None:
        self.routes = routes
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if any(route.pattern.match(scope["path"].removeprefix("/")) for route in self.routes):
            await self.application(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": CLOSE_UNKNOWN_PATH})


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


def build_application(*more: Any) -> Any:
    """The chat's routes, and ``more`` of the host's own, behind sign-in and the origin check.

    Consumers find the user as ``scope["user"]``.
    """
    routes = [*more, *websocket_urlpatterns]
    return KnownPaths(routes, DatabaseGuard(SocketAuthentication(URLRouter(routes))))
