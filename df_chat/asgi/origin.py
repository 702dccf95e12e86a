"""The origin check: no other site's page may open the socket with a visitor's session cookie."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.utils.http import is_same_domain

from df_chat.settings import chat_settings

logger = logging.getLogger(__name__)

_DEFAULT_PORTS = {"http": 80, "https": 443}


class OriginMiddleware:
    """Lets handshakes through whose ``Origin`` is the site's own, of CSRF_TRUSTED_ORIGINS or of ALLOWED_ORIGINS.

    A missing or malformed Origin is refused: browsers always send one.
    """

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        # Not kept here in a variable: the socket may last for days.
        if self._admits(Handshake(scope)):
            await self.application(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 4403})

    def _admits(self, handshake: Handshake) -> bool:
        if is_allowed(handshake):
            return True
        logger.warning("A WebSocket from origin %.200r was refused", handshake.META.get("HTTP_ORIGIN"))
        return False


class Handshake(HttpRequest):
    """The handshake as a request, so that Django's own rules for hosts and proxies apply to it."""

    def __init__(self, scope: Any) -> None:
        super().__init__()
        self._scheme = "https" if scope.get("scheme") in ("wss", "https") else "http"
        host, port = (scope.get("server") or ("", None))[:2]
        self.META.update(SERVER_NAME=host or "", SERVER_PORT=str(port or ""))
        for name, value in scope.get("headers", ()):
            self.META["HTTP_" + name.decode("latin1").upper().replace("-", "_")] = value.decode("latin1")

    def _get_scheme(self) -> str:
        return self._scheme


def is_allowed(handshake: Handshake) -> bool:
    """Whether the handshake's origin may speak for the visitor."""
    origin = _parse(handshake.META.get("HTTP_ORIGIN", ""))
    if origin is None:
        return False
    if origin == _own(handshake):
        return True
    return any(
        _matches(origin, pattern) for pattern in (*settings.CSRF_TRUSTED_ORIGINS, *chat_settings.ALLOWED_ORIGINS)
    )


def _own(handshake: Handshake) -> tuple[str, str, int | None] | None:
    try:
        return _parse(f"{handshake.scheme}://{handshake.get_host()}")
    except DisallowedHost:
        return None


def _matches(origin: tuple[str, str, int | None], pattern: str) -> bool:
    """Whether an origin is one of ``https://example.com`` or ``https://*.example.com``."""
    allowed = _parse(pattern.replace("://*.", "://.", 1))
    if allowed is None or (origin[0], origin[2]) != (allowed[0], allowed[2]):
        return False
    return is_same_domain(origin[1], allowed[1])


def _parse(origin: str) -> tuple[str, str, int | None] | None:
    """Scheme, host and port of an origin; None if it is none."""
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or parts.path or parts.query or parts.fragment:
        return None
    return parts.scheme, parts.hostname.lower(), port or _DEFAULT_PORTS[parts.scheme]
