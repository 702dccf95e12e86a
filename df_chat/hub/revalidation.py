"""Whether open sockets may stay open: their users are asked for again, and their sessions."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from importlib import import_module
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from df_chat.settings import chat_settings

USERS_PER_QUERY = 500


class Credential(NamedTuple):
    """What a socket was opened with. ``session_key`` is None for another way of signing in."""

    user_pk: Any
    session_key: str | None


def read_revoked(credentials: Collection[Credential]) -> set[Credential]:
    """Those that would not open a socket now: the user is gone or inactive, or the session ended or is not theirs."""
    users = _read_users({credential.user_pk for credential in credentials})
    sessions = _read_sessions({credential.session_key for credential in credentials if credential.session_key})
    return {one for one in credentials if not _holds(one, users.get(one.user_pk), sessions)}


def _holds(credential: Credential, user: Any, sessions: dict[str, dict[str, Any]]) -> bool:
    if user is None or not user.is_active:
        return False
    if credential.session_key is None:
        return True
    session = sessions.get(credential.session_key, {})
    if session.get(SESSION_KEY) != user._meta.pk.value_to_string(user):
        return False
    if session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return False
    known = session.get(HASH_SESSION_KEY, "")
    # Never flush as Django's own check does on a mismatch: a socket only looks.
    return any(constant_time_compare(known, valid) for valid in _session_hashes(user))


def _session_hashes(user: Any) -> Iterable[str]:
    """The hashes that a session of this user may carry, those of rotated keys included."""
    if not hasattr(user, "get_session_auth_hash"):
        return [""]
    return [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]


def _read_users(pks: Collection[Any]) -> dict[Any, Any]:
    manager = get_user_model()._base_manager.using(chat_settings.DATABASE)
    wanted, users = list(pks), {}
    for start in range(0, len(wanted), USERS_PER_QUERY):
        users.update(manager.in_bulk(wanted[start : start + USERS_PER_QUERY]))
    return users


def _read_sessions(keys: Collection[str]) -> dict[str, dict[str, Any]]:
    """What sessions hold, by key; ended ones are left out or empty."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    if not issubclass(store, DatabaseStore):
        return {key: store(key).load() for key in keys}
    wanted, sessions = list(keys), {}
    for start in range(0, len(wanted), USERS_PER_QUERY):
        rows = store.get_model_class().objects.filter(
            session_key__in=wanted[start : start + USERS_PER_QUERY], expire_date__gt=timezone.now()
        )
        sessions.update({row.session_key: row.get_decoded() for row in rows})
    return sessions
