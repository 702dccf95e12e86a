"""Tickets: an HTTP request signs one socket in, where a client can show nothing else on the handshake.

A ticket is a secret of 128 bits, valid once and for 30 seconds. What its user had shown is kept with it, sealed by the
ticket itself, so that the socket ends with the session or token behind it; whoever reads the table can use neither.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import timedelta
from typing import Any, NamedTuple, cast

from django.utils import timezone
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from df_chat.authentication.handshake import Handshake
from df_chat.models import SocketTicket
from df_chat.settings import chat_settings

TICKET_SECONDS = 30
# Of one user, waiting to be used.
MAX_TICKETS = 20
PURGED_AT_ONCE = 100
MAX_ORIGIN_CHARS = 255


class Kept(NamedTuple):
    """What was shown for a ticket: a session, or what ``handshake`` has now."""

    session_key: str | None
    handshake: Handshake


def issue_ticket(request: Request) -> str:
    """A ticket for the user of a request.

    Raises:
        Throttled: too many of the user's are waiting to be used.
    """
    now, user = timezone.now(), cast(Any, request.user)
    tickets = SocketTicket.objects.using(chat_settings.DATABASE)
    expired = list(tickets.filter(expires_at__lte=now).values_list("pk", flat=True)[:PURGED_AT_ONCE])
    if expired:
        tickets.filter(pk__in=expired).delete()
    if tickets.filter(user=user.pk, expires_at__gt=now).count() >= MAX_TICKETS:
        raise Throttled(wait=TICKET_SECONDS)
    ticket = secrets.token_urlsafe(16)
    tickets.create(
        digest=_digest(ticket),
        user_id=user.pk,
        origin=request.META.get("HTTP_ORIGIN", "")[:MAX_ORIGIN_CHARS],
        sealed=_seal(ticket, json.dumps(_shown(request)).encode()),
        expires_at=now + timedelta(seconds=TICKET_SECONDS),
    )
    return ticket


def redeem_ticket(ticket: str, handshake: Handshake) -> Kept:
    """What a ticket was issued for; it is used up.

    Raises:
        AuthenticationFailed: there is none, it is over, or another page's.
    """
    tickets = SocketTicket.objects.using(chat_settings.DATABASE)
    row = tickets.filter(pk=_digest(ticket), expires_at__gt=timezone.now()).first()
    # Of two that come at once, one deletes it.
    if row is None or tickets.filter(pk=row.pk).delete()[0] == 0:
        raise AuthenticationFailed
    if row.origin and row.origin != handshake.origin:
        raise AuthenticationFailed
    shown = json.loads(_seal(ticket, bytes(row.sealed)))
    return Kept(shown["session"], handshake.amended(shown["headers"], shown["cookies"]))


def _shown(request: Request) -> dict[str, object]:
    """What made the request its user's."""
    if isinstance(request.successful_authenticator, SessionAuthentication):
        return {"session": request.session.session_key, "headers": {}, "cookies": {}}
    meta = request.META.items()
    headers = {name: value for name, value in meta if name.startswith("HTTP_") and name != "HTTP_COOKIE"}
    return {"session": None, "headers": headers, "cookies": request.COOKIES}


def _digest(ticket: str) -> str:
    return hashlib.sha256(ticket.encode("utf-8", "surrogatepass")).hexdigest()


def _seal(ticket: str, text: bytes) -> bytes:
    """Seal a text, or open it again: a one-time pad that the ticket, used once and kept nowhere, unfolds to."""
    pad = hashlib.shake_256(b"df_chat ticket " + ticket.encode()).digest(len(text))
    return bytes(one ^ other for one, other in zip(text, pad, strict=True))
