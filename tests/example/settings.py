"""The example's own settings, but for the work that a password's hash is meant to cost."""

from __future__ import annotations

from settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
