"""Who opens a socket, and whether they may stay: the host's own ways of signing in, applied to the handshake.

``handshake`` is the request that a socket begins with, ``origin`` which pages may send it. ``signing_in`` finds its
user, ``tickets`` lets an HTTP request sign a socket in, ``revalidation`` asks again while the socket is open.
"""

from __future__ import annotations

from typing import Any

from df_chat.streams.outbox import get_publisher

__all__ = ["revalidate_user"]


def revalidate_user(user: Any) -> None:
    """Have every process ask again whether this user's sockets may stay open, as after a logout of the host's own.

    Logging out of Django, a saved user and a deleted token of ``rest_framework.authtoken`` are heard without it.
    """
    get_publisher().revalidate(user.pk)
