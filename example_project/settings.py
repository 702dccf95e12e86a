"""A host with a chat. The quickstart's lines are marked "chat"; the rest is any Django project.

What differs between places comes from the environment, or from a file ``.env`` beside this one: see ``.env.example``.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

import environ

from df_chat import __version__

BASE_DIR = Path(__file__).resolve().parent
env = environ.Env()
env.read_env(BASE_DIR / ".env")

DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "data")))
DATA_DIR.mkdir(parents=True, exist_ok=True)


def _secret_key() -> str:
    """The SECRET_KEY of the environment, or one made once and kept out of the repository."""
    if key := env.str("SECRET_KEY", default=""):
        return key
    file = DATA_DIR / "secret_key"
    if not file.exists():
        file.write_text(secrets.token_urlsafe(50))
        file.chmod(0o600)
    return file.read_text()


DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = _secret_key()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

if env.bool("TRUST_X_FORWARDED_PROTO", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
HTTPS = env.bool("HTTPS", default=False)
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=3600) if HTTPS else 0
# Whether subdomains and browsers' preload lists join in concerns other sites than this one.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

INSTALLED_APPS = [
    "daphne",  # before staticfiles: it gives runserver its sockets
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "servestatic",
    "channels",  # chat
    "rest_framework",  # chat
    "rest_framework.authtoken",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "df_chat",  # chat
    "accounts",
    "contracts",
    "demo",
]
MIDDLEWARE = [
    "health.answer_health",
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",  # static files without a server of their own
    "accounts.middleware.content_security_policy",
    "accounts.middleware.TooManyAttempts",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "urls"
ASGI_APPLICATION = "asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "demo.context.demo",
            ]
        },
    }
]


def _database() -> dict[str, Any]:
    """DATABASE_URL, as ``postgres://user:password@host/name`` or ``mysql://...``; SQLite without one."""
    database: dict[str, Any] = env.db("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'db.sqlite3'}")
    if database["ENGINE"].endswith("sqlite3"):
        # Writers wait for one another instead of failing.
        database["OPTIONS"] = {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000",
        }
    if database["ENGINE"].endswith("postgresql") and (most := env.int("DATABASE_POOL", default=10)):
        # Under ASGI each request has a thread of its own, which finds no connection of the last one.
        database["OPTIONS"] = {"pool": {"min_size": 1, "max_size": most, "timeout": 5}, **database.get("OPTIONS", {})}
        database["CONN_HEALTH_CHECKS"] = True
    if database["ENGINE"].endswith("mysql"):
        database["OPTIONS"] = {"charset": "utf8mb4", **database.get("OPTIONS", {})}
    return database


def _channel_layer() -> dict[str, Any]:
    """Redis at REDIS_URL; the memory of this one process without one."""
    if url := env.str("REDIS_URL", default=""):
        return {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [url]}}
    return {"BACKEND": "channels.layers.InMemoryChannelLayer"}


def _cache() -> dict[str, Any]:
    """Redis at REDIS_URL, where all processes count attempts together; the memory of this one process without one."""
    if url := env.str("REDIS_URL", default=""):
        # A Redis that hangs holds nobody up.
        options = {"socket_timeout": 1, "socket_connect_timeout": 1}
        return {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url, "OPTIONS": options}
    return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}


DATABASES = {"default": _database()}
CACHES = {"default": {**_cache(), "KEY_PREFIX": env.str("CACHE_KEY_PREFIX", default="example")}}
CHANNEL_LAYERS = {"default": _channel_layer()}  # chat

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.EmailOrUsernameBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "df_chat_pages:index"
LOGOUT_REDIRECT_URL = "login"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.LoginJWTAuthentication",
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.BasicAuthentication",
        "accounts.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": [
        "df_chat.drf.strict.StrictJSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "EXCEPTION_HANDLER": "df_chat.drf.errors.handle",
    # Without proxies in front, X-Forwarded-For is whatever the client says.
    "NUM_PROXIES": env.int("NUM_PROXIES", default=0),
    "DEFAULT_SCHEMA_CLASS": "contracts.autoschema.ExampleSchema",
}
# Whether strangers may read what the interfaces are.
PUBLIC_DOCS = env.bool("PUBLIC_DOCS", default=True)
SPECTACULAR_SETTINGS = {
    "TITLE": "Example with a chat",
    "DESCRIPTION": "The chat's REST API, and the example's own. The socket is described in `/api/v1/asyncapi.json`.",
    "VERSION": __version__,
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "PREPROCESSING_HOOKS": ["contracts.autoschema.leave_out_aliases"],
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": [f"rest_framework.permissions.{'AllowAny' if PUBLIC_DOCS else 'IsAuthenticated'}"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=env.int("ACCESS_TOKEN_MINUTES", default=10)),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=env.int("REFRESH_TOKEN_DAYS", default=14)),
}
# Registrations and wrong passwords of one address in each second, minute, hour or day; as many as it likes where empty.
THROTTLE_RATES = {
    "register": env.str("REGISTER_RATE", default="20/hour"),
    "login": env.str("LOGIN_RATE", default="30/minute"),
}
# Whether the demo's people may sign in with their public id alone.
DEMO_SIGN_IN = env.bool("DEMO_SIGN_IN", default=False)
DF_CHAT = {  # chat
    "SYSTEM_MESSAGES": True,
    "CREATE_ROOMS": env.str("CREATE_ROOMS", default="anyone"),
    "MANAGE_ROOMS": env.str("MANAGE_ROOMS", default="anyone"),
    "MAX_USERS_IN_ROOM": env.int("MAX_USERS_IN_ROOM", default=1000),
    "MEDIA_SENDER": f"df_chat.media.senders.{env.str('MEDIA_SENDER', default='StreamSender')}",
    "ACCEL_PREFIX": env.str("ACCEL_PREFIX", default="") or None,
}

LANGUAGE_CODE = "en"
# Those that the chat speaks. Each is named in itself.
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("ar", "العربية")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(DATA_DIR / "static")))
# What the installed apps bring is served as it lies there: there is nothing to collect.
SERVESTATIC_USE_FINDERS = True
MEDIA_ROOT = DATA_DIR / "media"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
