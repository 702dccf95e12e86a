"""JSON Web Tokens that belong to a login, and end with it.

A login's refresh token is good for one use, which gives the next one. One that comes a second time was stolen, before
or after: the login ends, for the thief and for the user.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.models import update_last_login
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token, UntypedToken
from rest_framework_simplejwt.utils import datetime_from_epoch

from accounts.models import Login, User

LOGIN_CLAIM = "login"


def sign_in(user: User) -> dict[str, str]:
    """A new login's ``refresh`` and ``access`` tokens."""
    refresh = RefreshToken.for_user(user)
    _start_login(user, refresh, refresh_id=refresh["jti"])
    return {"refresh": str(refresh), "access": str(refresh.access_token)}


def sign_in_briefly(user: User) -> tuple[str, int]:
    """A new login's one access token, which nothing renews, and the seconds it lives."""
    access = AccessToken.for_user(user)
    _start_login(user, access, refresh_id="")
    return str(access), int(AccessToken.lifetime.total_seconds())


def refresh_login(raw: str) -> dict[str, str]:
    """The next ``refresh`` and ``access`` tokens. Raises AuthenticationFailed; ends the login of a used token."""
    refresh, login = _read_refresh(raw)
    used = refresh["jti"]
    refresh.set_jti()
    refresh.set_exp()
    refresh.set_iat()
    # One statement: of two that come at once with the same token, one finds it used.
    renewed = Login.objects.filter(pk=login.pk, refresh_id=used, ended_at=None).update(
        refresh_id=refresh["jti"], expires_at=_expiry(refresh)
    )
    if not renewed:
        login.end()
        raise refusal()
    return {"refresh": str(refresh), "access": str(refresh.access_token)}


def end_login(raw: str) -> None:
    """End the login of a refresh token. Raises AuthenticationFailed where the token is not, or no longer, good."""
    refresh, login = _read_refresh(raw)
    login.end()
    if login.refresh_id != refresh["jti"]:
        raise refusal()


def check(raw: str) -> None:
    """Raises AuthenticationFailed unless this is a token, of either kind, that could be used now."""
    token = read(UntypedToken, raw)
    login = find_login(token)
    if token["token_type"] == RefreshToken.token_type and login.refresh_id != token["jti"]:
        raise refusal()


def read(kind: type[Token], raw: str | bytes) -> Any:
    """The token of this text. Raises AuthenticationFailed."""
    try:
        return kind(raw)
    except TokenError:
        raise refusal() from None


def find_login(token: Token) -> Login:
    """The open login of a token. Raises AuthenticationFailed."""
    known = {"pk": token.get(LOGIN_CLAIM), "user": token.get(api_settings.USER_ID_CLAIM)}
    login = Login.objects.select_related("user").filter(**known).first()
    if login is None or not login.is_open:
        raise refusal()
    return login


def refusal() -> AuthenticationFailed:
    """One answer to every token that is not good."""
    return AuthenticationFailed("This token is not, or no longer, good.", code="token_not_valid")


def _start_login(user: User, token: Token, *, refresh_id: str) -> None:
    # Nothing else forgets logins: each sign-in clears away what its user's earlier ones left.
    Login.objects.filter(user=user, expires_at__lt=timezone.now()).delete()
    login = Login.objects.create(
        user=user, refresh_id=refresh_id, expires_at=_expiry(token), auth_hash=user.get_session_auth_hash()
    )
    token[LOGIN_CLAIM] = str(login.pk)
    update_last_login(None, user)


def _read_refresh(raw: str) -> tuple[RefreshToken, Login]:
    refresh: RefreshToken = read(RefreshToken, raw)
    return refresh, find_login(refresh)


def _expiry(token: Token) -> datetime:
    return datetime_from_epoch(token["exp"])
