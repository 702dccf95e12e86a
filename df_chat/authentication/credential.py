"""What a socket was opened with."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.contrib.auth import SESSION_KEY

from df_chat.authentication.handshake import Handshake


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Credential:
    """What is asked again while a socket is open. It has no repr, as it holds secrets.

    Attributes:
        session_key: of the session that signed the user in.
        handshake: what the host's authenticators are shown again; None where that would cost a password check.
        password_hash: what ``get_session_auth_hash()`` gave; another one means another password. A session keeps its
            own.
    """

    user_pk: Any
    session_key: str | None = None
    handshake: Handshake | None = None
    password_hash: str | None = None


class SignedIn(NamedTuple):
    """The user of a socket, and when what was shown for it ends by itself, as a Unix time."""

    user: Any
    credential: Credential
    expires_at: float = math.inf


def signed_in_of(scope: Any) -> SignedIn:
    """Who is signed in on a socket, by the chat's own sign-in, or by a host's that set ``user`` and ``session``."""
    if "signed_in" in scope:
        found: SignedIn = scope["signed_in"]
        return found
    user, session = scope["user"], scope.get("session")
    key = session.session_key if session is not None and SESSION_KEY in session else None
    return SignedIn(user, Credential(user.pk, session_key=key))


class Offer(NamedTuple):
    """What a client shows, in the handshake or in its first frame.

    Attributes:
        authorization: as the header of that name.
        ticket: of ``POST ws-ticket/``.
        csrf_token: without one, cookies do not count.
    """

    authorization: str | None = None
    ticket: str | None = None
    csrf_token: str | None = None
