"""Ways into the API: JSON Web Tokens, API tokens, Basic and the session.

Credentials that are given must be good: what is wrong with them is never overlooked because of a cookie beside them.
"""

from __future__ import annotations

from typing import Any

from rest_framework import authentication
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.tokens import AccessToken, Token

from accounts import tokens
from accounts.models import User


class LoginJWTAuthentication(JWTAuthentication):
    """``Bearer`` and an access token of a login that is open."""

    def get_raw_token(self, header: bytes) -> bytes | None:
        scheme, _, rest = header.partition(b" ")
        # The names of schemes know no case (RFC 9110): "bearer" must not pass for no token at all.
        return super().get_raw_token(b"Bearer " + rest) if scheme.lower() == b"bearer" else None

    def get_validated_token(self, raw_token: bytes) -> Token:
        token: Token = tokens.read(AccessToken, raw_token)
        return token

    def get_user(self, validated_token: Token) -> User:
        return tokens.find_login(validated_token).user


class SessionAuthentication(authentication.SessionAuthentication):
    """The session's cookie, with CSRF, where no other credentials were given."""

    def authenticate(self, request: Request) -> Any:
        if request.META.get("HTTP_AUTHORIZATION", "").strip():
            return None
        return super().authenticate(request)
