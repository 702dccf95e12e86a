"""The ways in, from the authentication classes that the project gave Django REST framework."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request
from rest_framework.settings import api_settings

_HTTP_SCHEMES = ("basic", "bearer")


def security_schemes() -> dict[str, dict[str, Any]]:
    """A scheme for each authenticator; those that name no scheme of theirs are left out."""
    request = Request(HttpRequest())
    classes: Any = api_settings.DEFAULT_AUTHENTICATION_CLASSES
    found: dict[str, dict[str, Any]] = {}
    for authenticator in [authenticator() for authenticator in classes]:
        if isinstance(authenticator, SessionAuthentication):
            found["session"] = _session()
            continue
        scheme = (authenticator.authenticate_header(request) or "").partition(" ")[0]
        if scheme:
            found[scheme.lower()] = _header(scheme)
    found["subprotocol"] = {
        "type": "httpApiKey",
        "in": "header",
        "name": "Sec-WebSocket-Protocol",
        "description": "`df-chat`, and `Bearer.<token>`, `Token.<key>`, `ticket.<ticket>` or `csrf.<CSRF token>`.",
    }
    return found


def _session() -> dict[str, Any]:
    return {
        "type": "httpApiKey",
        "in": "cookie",
        "name": settings.SESSION_COOKIE_NAME,
        "description": "From a page of an allowed origin, with the subprotocol `csrf.<CSRF token>`.",
    }


def _header(scheme: str) -> dict[str, Any]:
    if scheme.lower() in _HTTP_SCHEMES:
        return {"type": "http", "scheme": scheme.lower()}
    return {
        "type": "httpApiKey",
        "in": "header",
        "name": "Authorization",
        "description": f"`{scheme}`, a space, and the key.",
    }
