"""The origin check: no other site's page may open the socket for a visitor."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.utils.http import is_same_domain

from df_chat.authentication.handshake import Handshake
from df_chat.settings import chat_settings

_DEFAULT_PORTS = {"http": 80, "https": 443}


def is_allowed(handshake: Handshake) -> bool:
    """Whether the handshake's origin may speak for the visitor."""
    origin = _parse(handshake.origin or "")
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
