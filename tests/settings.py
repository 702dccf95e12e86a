"""Settings of the tests: a host with Django's own user model and a DF_CHAT left at its defaults.

TEST_DB chooses sqlite (the default), postgres or mysql; TEST_REDIS_URL puts the channel layer on Redis.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

TEST_DB = os.environ.get("TEST_DB", "sqlite")
REDIS_URL = os.environ.get("TEST_REDIS_URL")

SECRET_KEY = "tests"
DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
USE_TZ = True
ROOT_URLCONF = "tests.urls"
ASGI_APPLICATION = "tests.server.application"
STATIC_URL = "static/"
MEDIA_ROOT = Path(tempfile.gettempdir()) / "df_chat_tests_media"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LANGUAGE_CODE = "en-us"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "df_chat",
]
if TEST_DB == "postgres":
    # A channel layer on the database itself is one of those that the tests of layers run on.
    INSTALLED_APPS += ["channels_postgres"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.BasicAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
# 3.1 speaks JSON Schema, which the tests check answers with.
SPECTACULAR_SETTINGS = {"OAS_VERSION": "3.1.0", "SERVE_INCLUDE_SCHEMA": False}


def _database() -> dict[str, Any]:
    if TEST_DB == "postgres":
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": os.environ.get("PGDATABASE", "df_chat"),
            "USER": os.environ.get("PGUSER", "postgres"),
            "PASSWORD": os.environ.get("PGPASSWORD", ""),
            "HOST": os.environ.get("PGHOST", "127.0.0.1"),
            "PORT": os.environ.get("PGPORT", "5432"),
        }
    if TEST_DB == "mysql":
        return {
            "ENGINE": "django.db.backends.mysql",
            "NAME": os.environ.get("MYSQL_DATABASE", "df_chat"),
            "USER": os.environ.get("MYSQL_USER", "root"),
            "PASSWORD": os.environ.get("MYSQL_PASSWORD", ""),
            "HOST": os.environ.get("MYSQL_HOST", "127.0.0.1"),
            "PORT": os.environ.get("MYSQL_PORT", "3306"),
            "OPTIONS": {"charset": "utf8mb4"},
            "TEST": {"CHARSET": "utf8mb4"},
        }
    # A file, not memory: threads and sockets need connections of their own.
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": Path(tempfile.gettempdir()) / f"df_chat_{os.getpid()}.sqlite3",
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000",
        },
        "TEST": {"NAME": Path(tempfile.gettempdir()) / f"df_chat_test_{os.getpid()}.sqlite3"},
    }


DATABASES = {"default": _database()}
# A server that a test starts works on the database of that test.
if live := os.environ.get("LIVE_DATABASE"):
    DATABASES["default"]["NAME"] = live


def layer_settings(kind: str) -> dict[str, Any]:
    """A channel layer: memory, core or pubsub (both on Redis), or postgres."""
    if kind == "memory":
        return {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    if kind == "postgres":
        database = DATABASES["default"]
        # It wants all that Django knows of a database, not only what is set here.
        config = {"TIME_ZONE": None, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False, "OPTIONS": {}, **database}
        return {"BACKEND": "channels_postgres.core.PostgresChannelLayer", "CONFIG": config}
    name = {"core": "core.RedisChannelLayer", "pubsub": "pubsub.RedisPubSubChannelLayer"}[kind]
    return {"BACKEND": f"channels_redis.{name}", "CONFIG": {"hosts": [REDIS_URL]}}


TEST_LAYER = os.environ.get("TEST_LAYER") or ("pubsub" if REDIS_URL else "memory")
CHANNEL_LAYERS = {"default": layer_settings(TEST_LAYER)}
if TEST_LAYER == "postgres":
    DATABASES["channels_postgres"] = DATABASES["default"]
