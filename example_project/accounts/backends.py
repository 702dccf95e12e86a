"""Sign in with a username or an e-mail address."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts import rates
from accounts.models import User


class EmailOrUsernameBackend(ModelBackend):
    """What holds an ``@`` is an e-mail address: no username does, so it is never a question who is meant.

    Every door asks here, so here guessing is limited: too many wrong passwords from one address raise Throttled.
    """

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        if username is None or password is None:
            return None
        if request is not None:
            rates.spend("login", request)
        user = self._check(username, password)
        if user is not None and request is not None:
            # Only wrong passwords are attempts: Basic brings a right one with every request.
            rates.give_back("login", rates.address_of(request))
        return user

    def _check(self, username: str, password: str) -> User | None:
        user = _find(username)
        if user is None:
            # As slow as a wrong password: time does not tell who is known here.
            User().set_password(password)
            return None
        return user if user.check_password(password) and self.user_can_authenticate(user) else None

    async def aauthenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        return await sync_to_async(self.authenticate)(request, username, password, **kwargs)


def _find(name: str) -> User | None:
    # Basic credentials pass no serializer, and PostgreSQL takes no NUL.
    if not name.isprintable():
        return None
    return User.objects.filter(**{"email" if "@" in name else "username": name}).first()
