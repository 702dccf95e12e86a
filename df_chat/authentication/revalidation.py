"""Whether open sockets may stay open: their users are asked for again, their sessions and their tokens."""

from __future__ import annotations

import logging
import math
from collections.abc import Collection
from typing import Any

from django.contrib.auth import get_user_model
from django.db import InterfaceError, OperationalError
from django.utils.crypto import constant_time_compare
from rest_framework.exceptions import AuthenticationFailed

from df_chat.authentication.credential import Credential
from df_chat.authentication.handshake import Handshake
from df_chat.authentication.sessions import password_hashes, read_sessions, signs_in
from df_chat.authentication.signing_in import ask_authenticators
from df_chat.settings import chat_settings

logger = logging.getLogger(__name__)

USERS_PER_QUERY = 500
ENDED = 0.0


def read_ends(credentials: Collection[Credential]) -> dict[Credential, float]:
    """When each ends, as a Unix time: ``inf`` for never by itself, ENDED for one that would open no socket now.

    That is so when the user is gone, inactive or has another password, when the session ended or is another's, and when
    the host's authenticators no longer accept it. Users and sessions are read together, whatever their number.
    """
    users = _read_users({credential.user_pk for credential in credentials})
    sessions = read_sessions({credential.session_key for credential in credentials if credential.session_key})
    return {one: _end_of(one, users.get(one.user_pk), sessions) for one in credentials}


def _end_of(credential: Credential, user: Any, sessions: dict[str, dict[str, Any]]) -> float:
    if user is None or not user.is_active or not _has_password(credential, user):
        return ENDED
    if credential.session_key is not None:
        return math.inf if signs_in(sessions.get(credential.session_key, {}), user) else ENDED
    return math.inf if credential.handshake is None else _ask_again(credential.handshake, user)


def _has_password(credential: Credential, user: Any) -> bool:
    known = credential.password_hash
    return known is None or any(constant_time_compare(known, valid) for valid in password_hashes(user))


def _ask_again(handshake: Handshake, user: Any) -> float:
    """Show the host's authenticators once more what opened the socket."""
    try:
        found = ask_authenticators(handshake)
    except AuthenticationFailed:
        return ENDED
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        # What is out of order may be far away; it says nothing about the token.
        logger.warning("A token could not be asked for again: %r", error)
        return math.inf
    return found.expires_at if found is not None and found.user.pk == user.pk else ENDED


def _read_users(pks: Collection[Any]) -> dict[Any, Any]:
    manager = get_user_model()._base_manager.using(chat_settings.DATABASE)
    wanted, users = list(pks), {}
    for start in range(0, len(wanted), USERS_PER_QUERY):
        users.update(manager.in_bulk(wanted[start : start + USERS_PER_QUERY]))
    return users
