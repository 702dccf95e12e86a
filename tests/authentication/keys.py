"""A host's own way of signing in: keys in a table of the test's, in the header ``Authorization: Key ...``."""

from __future__ import annotations

from typing import Any

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed

CLASSES = ["tests.authentication.keys.KeyAuthentication", "rest_framework.authentication.SessionAuthentication"]

# Each key with its user and what ``request.auth`` becomes; an exception is raised.
table: dict[str, tuple[Any, Any] | Exception] = {}


class KeyAuthentication(BaseAuthentication):
    def authenticate(self, request: Any) -> tuple[Any, Any] | None:
        scheme, _, key = get_authorization_header(request).decode("latin1").partition(" ")
        if scheme != "Key":
            return None
        found = table.get(key)
        if found is None:
            raise AuthenticationFailed
        if isinstance(found, Exception):
            raise found
        return found

    def authenticate_header(self, request: Any) -> str:
        return "Key"
