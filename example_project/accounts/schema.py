"""What the OpenAPI document says of the ways in that drf-spectacular does not know."""

from __future__ import annotations

from drf_spectacular.authentication import SessionScheme
from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme


class LoginJWTScheme(SimpleJWTScheme):
    target_class = "accounts.authentication.LoginJWTAuthentication"


class OnlySessionScheme(SessionScheme):
    target_class = "accounts.authentication.SessionAuthentication"
