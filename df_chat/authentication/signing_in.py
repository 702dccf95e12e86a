"""Find the user of a handshake, by what the host accepts over HTTP."""

from __future__ import annotations

import logging
import math
from datetime import datetime
from typing import Any

from django.conf import settings
from rest_framework.authentication import BasicAuthentication, CSRFCheck
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.request import Request
from rest_framework.settings import api_settings

from df_chat.authentication.credential import Credential, Offer, SignedIn
from df_chat.authentication.handshake import Handshake
from df_chat.authentication.sessions import open_session, user_of_session
from df_chat.authentication.tickets import redeem_ticket

logger = logging.getLogger(__name__)


def sign_in(handshake: Handshake, offer: Offer) -> SignedIn | None:
    """The user of a handshake whose origin was checked; None if it names nobody.

    What is shown on purpose decides alone: a wrong token is refused, whoever the cookies belong to.

    Raises:
        AuthenticationFailed: what was shown is not, or no longer, valid.
    """
    if offer.ticket is not None:
        kept = redeem_ticket(offer.ticket, handshake)
        return _insist(_by_session(kept.session_key) if kept.session_key else ask_authenticators(kept.handshake))
    if offer.authorization is not None:
        if not offer.authorization.isascii():
            raise AuthenticationFailed
        handshake = handshake.amended({"HTTP_AUTHORIZATION": offer.authorization})
    # Without cookies: a browser sends those by itself.
    found = ask_authenticators(handshake)
    if found is not None or "HTTP_AUTHORIZATION" in handshake.META:
        return _insist(found)
    if handshake.origin is None or offer.csrf_token is None or not _is_own_page(handshake, offer.csrf_token):
        return None
    cookies = handshake.sent_cookies
    return _by_session(cookies.get(settings.SESSION_COOKIE_NAME)) or ask_authenticators(handshake.amended({}, cookies))


def ask_authenticators(handshake: Handshake) -> SignedIn | None:
    """The user whom ``DEFAULT_AUTHENTICATION_CLASSES`` find; None if they find nothing that concerns them.

    Raises:
        AuthenticationFailed: one of them refuses.
    """
    classes: Any = api_settings.DEFAULT_AUTHENTICATION_CLASSES
    request = Request(handshake, authenticators=[authenticator() for authenticator in classes])
    user: Any
    try:
        user, auth = request.user, request.auth
    except APIException as error:
        raise AuthenticationFailed from error
    if user is None or not user.is_authenticated:
        return None
    if not user.is_active:
        raise AuthenticationFailed
    # To check a password is meant to be slow: a new one is noticed by the hash of the old.
    is_slow = isinstance(request.successful_authenticator, BasicAuthentication)
    password_hash = user.get_session_auth_hash() if hasattr(user, "get_session_auth_hash") else None
    credential = Credential(user.pk, handshake=None if is_slow else handshake, password_hash=password_hash)
    return SignedIn(user, credential, _end_of(auth))


def _by_session(key: str | None) -> SignedIn | None:
    user = user_of_session(open_session(key)) if key else None
    if user is None or not user.is_active:
        return None
    return SignedIn(user, Credential(user.pk, session_key=key))


def _insist(found: SignedIn | None) -> SignedIn:
    if found is None:
        raise AuthenticationFailed
    return found


def _is_own_page(handshake: Handshake, csrf_token: str) -> bool:
    """Whether the page could read its cookie: Django's check of a form, of an origin that was checked already."""
    cookies = handshake.sent_cookies
    origin = f"{handshake.scheme}://{handshake.get_host()}"
    form = handshake.amended({"HTTP_ORIGIN": origin, settings.CSRF_HEADER_NAME: csrf_token}, cookies)
    form.method = "POST"
    form.session = open_session(cookies.get(settings.SESSION_COOKIE_NAME))
    check: Any = CSRFCheck(_no_answer)
    check.process_request(form)
    reason = check.process_view(form, None, (), {})
    if reason:
        logger.warning("The cookies of a WebSocket were ignored: %s", reason)
    return not reason


def _no_answer(request: Any) -> Any:
    raise NotImplementedError("a check answers by itself")


def _end_of(auth: Any) -> float:
    """When a token ends: the claim ``exp`` of a JWT, or what tokens in tables call ``expiry`` or ``expires``."""
    if callable(getattr(auth, "get", None)):
        end = auth.get("exp")
    else:
        end = getattr(auth, "expiry", None) or getattr(auth, "expires", None)
    if isinstance(end, datetime):
        return end.timestamp()
    return float(end) if isinstance(end, int | float) else math.inf
