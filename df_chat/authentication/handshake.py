"""The handshake of a WebSocket as a Django request, so that the host's own rules and authenticators apply to it."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from http.cookies import CookieError
from typing import Any

from django.http import HttpRequest, QueryDict, parse_cookie

SUBPROTOCOL = "df-chat"


class Handshake(HttpRequest):
    """A GET request with the headers of the handshake. Its cookies are kept apart: a page has to be trusted first.

    Attributes:
        offered: the subprotocols that the client named.
        sent_cookies: the cookies that came; ``COOKIES`` is empty until they may count.
    """

    def __init__(self, scope: Any) -> None:
        super().__init__()
        self.method = "GET"
        self.path = self.path_info = scope.get("path", "/")
        self._scheme = "https" if scope.get("scheme") in ("wss", "https") else "http"
        host, port = (scope.get("server") or ("", None))[:2]
        self.META.update(SERVER_NAME=host or "", SERVER_PORT=str(port or ""), REQUEST_METHOD="GET")
        if scope.get("client"):
            self.META["REMOTE_ADDR"] = scope["client"][0]
        for name, value in scope.get("headers", ()):
            self.META["HTTP_" + name.decode("latin1").upper().replace("-", "_")] = value.decode("latin1")
        self.GET = QueryDict(scope.get("query_string", b""))
        self.offered: list[str] = list(scope.get("subprotocols", ()))
        self.sent_cookies = _cookies(self.META.pop("HTTP_COOKIE", ""))

    def _get_scheme(self) -> str:
        return self._scheme

    @property
    def origin(self) -> str | None:
        """The page's origin; None where no browser speaks."""
        origin: str | None = self.META.get("HTTP_ORIGIN")
        return origin

    def amended(self, meta: Mapping[str, str], cookies: dict[str, str] | None = None) -> Handshake:
        """The same with other headers, and with these cookies, which count."""
        other = copy(self)
        other.META = {**self.META, **meta}
        # Django keeps what it once read of META.
        other.__dict__.pop("headers", None)
        other.COOKIES = self.COOKIES if cookies is None else cookies
        return other


def _cookies(header: str) -> dict[str, str]:
    try:
        return parse_cookie(header)
    except CookieError:
        return {}
