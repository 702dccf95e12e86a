"""Sessions of ``django.contrib.sessions``, only looked at: a handshake cannot set the cookie of a changed one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model, load_backend
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.crypto import constant_time_compare

SESSIONS_PER_QUERY = 500


def open_session(key: str | None) -> SessionBase:
    """The session of a key; an empty one for none, or one that ended."""
    session: SessionBase = import_module(settings.SESSION_ENGINE).SessionStore(key)
    return session


def user_of_session(session: SessionBase) -> Any:
    """The user whom a session signs in; None if it signs in nobody."""
    if SESSION_KEY not in session:
        return None
    try:
        user_pk = get_user_model()._meta.pk.to_python(session[SESSION_KEY])
    except ValidationError:
        return None
    backend = session.get(BACKEND_SESSION_KEY, "")
    user = load_backend(backend).get_user(user_pk) if backend in settings.AUTHENTICATION_BACKENDS else None
    return user if user is not None and signs_in(session, user) else None


def signs_in(session: Mapping[str, Any] | SessionBase, user: Any) -> bool:
    """Whether the content of a session is this user's, by a password and a backend that still are."""
    if session.get(SESSION_KEY) != user._meta.pk.value_to_string(user):
        return False
    if session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return False
    known = session.get(HASH_SESSION_KEY, "")
    # Never flush as Django's own check does on a mismatch: a socket only looks.
    return any(constant_time_compare(known, valid) for valid in password_hashes(user))


def password_hashes(user: Any) -> Iterable[str]:
    """What stands for the user's password in a session, with this SECRET_KEY and those before it."""
    if not hasattr(user, "get_session_auth_hash"):
        return [""]
    return [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]


def read_sessions(keys: Collection[str]) -> dict[str, dict[str, Any]]:
    """What sessions hold, by key; ended ones are left out or empty."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    if not issubclass(store, DatabaseStore):
        return {key: store(key).load() for key in keys}
    wanted, sessions = list(keys), {}
    for start in range(0, len(wanted), SESSIONS_PER_QUERY):
        rows = store.get_model_class().objects.filter(
            session_key__in=wanted[start : start + SESSIONS_PER_QUERY], expire_date__gt=timezone.now()
        )
        sessions.update({row.session_key: row.get_decoded() for row in rows})
    return sessions
