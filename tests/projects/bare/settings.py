"""The least a host can have: no DF_CHAT, no admin, no pages, nothing optional."""

from __future__ import annotations

from tests.settings import CHANNEL_LAYERS, DATABASES, SECRET_KEY, USE_TZ

__all__ = ["CHANNEL_LAYERS", "DATABASES", "SECRET_KEY", "USE_TZ"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "channels",
    "rest_framework",
    "df_chat",
]
ROOT_URLCONF = "tests.projects.bare.urls"
MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware"]
