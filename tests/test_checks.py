"""Each check fires where it should, says what to do, and is silent in a sound project."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError

import pytest
from django.core.checks import run_checks
from django.urls import path
from django.views.static import serve

from df_chat import checks

SQLITE = {"ENGINE": "django.db.backends.sqlite3", "OPTIONS": {}}


def found(check=None):
    return {message.id: message for message in (check() if check else run_checks())}


@pytest.mark.django_db
def test_a_sound_project_hears_nothing():
    assert [message for message in run_checks() if message.id.startswith("df_chat.")] == []


@pytest.mark.parametrize(
    ("df_chat", "expected"),
    [
        ("x", "E001"),
        ({"PAGESIZE": 5}, "W001"),
        ({"CREATE_ROOMS": "nobody"}, "E002"),
        ({"NEW_MEMBER_HISTORY": "some"}, "E002"),
        ({"PAGE_SIZE": 0}, "E003"),
        ({"PAGE_SIZE": "50"}, "E003"),
        ({"EDIT_WINDOW_SECONDS": -1}, "E003"),
        ({"MAX_ACTIONS_PER_SECOND": 0}, "E003"),
        ({"MAX_SOCKETS_PER_USER": 0}, "E003"),
        ({"MAX_IMAGE_BYTES": 0}, "E003"),
        ({"ALLOWED_ORIGINS": ["*"]}, "E004"),
        ({"THROTTLE_CLASSES": "rest_framework.throttling.UserRateThrottle"}, "E005"),
        ({"ADAPTER": "nowhere.Adapter"}, "E006"),
        ({"THROTTLE_CLASSES": ["nowhere.Throttle"]}, "E006"),
        ({"POLICY": "df_chat.adapter.ChatAdapter"}, "E007"),
        ({"MEDIA_SENDER": "df_chat.adapter.ChatAdapter"}, "E007"),
        ({"MESSAGE_SERIALIZER": "df_chat.drf.serializers.RoomSerializer"}, "E007"),
        ({"SCANNER": "df_chat.settings.DEFAULTS"}, "E007"),
        ({"FILE_TYPES": "pdf"}, "E008"),
        ({"FILE_TYPES": [".pdf"]}, "E008"),
        ({"FILE_TYPES": ["PDF"]}, "E008"),
        ({"CONSUMER": "channels.generic.websocket.AsyncWebsocketConsumer"}, "E007"),
    ],
)
def test_settings_that_are_wrong_are_named(settings, df_chat, expected):
    settings.DF_CHAT = df_chat
    messages = found(checks.check_settings)
    assert list(messages) == [f"df_chat.{expected}"]
    assert messages[f"df_chat.{expected}"].hint


def test_a_mistyped_key_is_answered_with_the_right_one(settings):
    settings.DF_CHAT = {"MAX_USER_IN_ROOM": 5}
    (message,) = checks.check_settings()
    assert message.hint == "Did you mean 'MAX_USERS_IN_ROOM'?"


def test_every_default_passes_its_own_check(settings):
    from df_chat.settings import DEFAULTS

    settings.DF_CHAT = dict(DEFAULTS)
    assert checks.check_settings() == []


def test_sqlite_needs_immediate_transactions_and_wal():
    ids = [message.id for message in checks._check_sqlite("default", SQLITE)]
    assert ids == ["df_chat.E022", "df_chat.W023"]
    sound = {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode = WAL"}
    assert list(checks._check_sqlite("default", SQLITE | {"OPTIONS": sound})) == []
    assert list(checks._check_sqlite("default", {"ENGINE": "django.db.backends.mysql", "OPTIONS": {}})) == []


@pytest.mark.parametrize(
    ("vendor", "level", "fires"),
    [
        ("postgresql", None, False),
        ("postgresql", 2, False),
        ("postgresql", 3, True),
        ("mysql", "read committed", False),
        ("mysql", "repeatable read", True),
        ("sqlite", "serializable", False),
    ],
)
def test_isolation_stays_at_read_committed(monkeypatch, vendor, level, fires):
    monkeypatch.setattr(checks, "connections", {"default": type("Connection", (), {"vendor": vendor})})
    config = {"ENGINE": "", "OPTIONS": {"isolation_level": level}}
    assert [m.id for m in checks._check_isolation("default", config)] == (["df_chat.E024"] if fires else [])


def test_requests_and_connections_are_looked_at():
    config = {"ATOMIC_REQUESTS": True, "CONN_MAX_AGE": 60}
    assert [m.id for m in checks._check_requests("default", config)] == ["df_chat.W025", "df_chat.W026"]
    assert list(checks._check_requests("default", {})) == []


def test_all_tables_are_in_one_database(settings):
    class Elsewhere:
        def db_for_write(self, model, **hints):
            return "other" if model.__name__ == "Message" else None

    settings.DATABASE_ROUTERS = [Elsewhere()]
    assert [m.id for m in checks._check_routes("default")] == ["df_chat.E021"]


def test_the_database_has_to_be_there(settings):
    settings.DF_CHAT = {"DATABASE": "nowhere"}
    assert [m.id for m in checks.check_database()] == ["df_chat.E020"]


def test_the_storage_has_to_be_there(settings):
    assert checks.check_storage() == []
    settings.DF_CHAT = {"STORAGE": "nowhere"}
    assert [m.id for m in checks.check_storage()] == ["df_chat.E038"]


def test_a_channel_layer_has_to_be_there(settings):
    settings.CHANNEL_LAYERS = {}
    assert [m.id for m in checks.check_channel_layer()] == ["df_chat.E030"]


def test_the_in_memory_layer_is_not_for_production(settings):
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    assert [m.id for m in checks.check_channel_layer_for_production()] == ["df_chat.E031"]
    settings.DEBUG = True
    assert checks.check_channel_layer_for_production() == []
    settings.DEBUG = False
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer"}}
    assert checks.check_channel_layer_for_production() == []


@pytest.mark.parametrize(
    ("vendor", "charset", "fires"),
    [("mysql", None, False), ("mysql", "utf8mb4", False), ("mysql", "utf8", True), ("postgresql", "utf8", False)],
)
def test_mysql_needs_emoji(monkeypatch, vendor, charset, fires):
    monkeypatch.setattr(checks, "connections", {"default": type("Connection", (), {"vendor": vendor})})
    config = {"OPTIONS": {"charset": charset} if charset else {}}
    assert [m.id for m in checks._check_charset("default", config)] == (["df_chat.W027"] if fires else [])


CORE = "channels_redis.core.RedisChannelLayer"
PUBSUB = "channels_redis.pubsub.RedisPubSubChannelLayer"


@pytest.mark.parametrize(
    ("backend", "redis", "hosts", "fires"),
    [
        (CORE, "8.1.0", ["redis://localhost"], True),
        (CORE, "8.1.0", [("localhost", 6379)], True),
        (CORE, "8.1.0", None, True),
        (CORE, "8.1.0", [{"address": "redis://localhost"}], True),
        (CORE, "8.1.0", [{"address": "redis://localhost", "socket_timeout": None}], False),
        (CORE, "8.1.0", ["redis://localhost?socket_timeout=60"], False),
        (CORE, "7.4.1", ["redis://localhost"], False),
        (PUBSUB, "8.1.0", ["redis://localhost"], False),
    ],
)
def test_redis_8_ends_idle_sockets_of_the_core_layer(settings, monkeypatch, backend, redis, hosts, fires):
    monkeypatch.setattr(checks, "version", {"redis": redis}.__getitem__)
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": backend, "CONFIG": {"hosts": hosts}}}
    assert [m.id for m in checks.check_channel_layer()] == (["df_chat.W032"] if fires else [])


@pytest.mark.parametrize(("daphne", "fires"), [("4.1.2", True), ("4.2.1", True), ("4.2.2", False), (None, False)])
def test_an_old_daphne_is_named(monkeypatch, daphne, fires):
    def version(package):
        if daphne is None:
            raise PackageNotFoundError(package)
        return daphne

    monkeypatch.setattr(checks, "version", version)
    assert [m.id for m in checks.check_server()] == (["df_chat.W035"] if fires else [])


def test_throttles_need_a_cache_that_processes_share(settings):
    local = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    settings.CACHES = local
    settings.DF_CHAT = {}
    assert checks.check_cache_for_production() == []
    settings.DF_CHAT = {"THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"]}
    assert [m.id for m in checks.check_cache_for_production()] == ["df_chat.W033"]
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://"}}
    assert checks.check_cache_for_production() == []


def test_tokens_in_addresses_are_named(settings):
    settings.DF_CHAT = {}
    assert checks.check_socket_for_production() == []
    settings.DF_CHAT = {"SOCKET_QUERY_SCHEME": "Bearer"}
    assert [m.id for m in checks.check_socket_for_production()] == ["df_chat.W036"]


def guarded(request, path):
    raise AssertionError("only resolved")


def urlconf(route, view):
    return type("Urls", (), {"urlpatterns": [path(route, view)]})


def test_media_that_is_open_to_everybody_is_named(settings):
    settings.MEDIA_URL = "/media/"
    assert checks.check_media_for_production() == []
    for route, view in (("media/avatars/<path:path>", serve), ("media/<path:path>", guarded), ("<path:path>", guarded)):
        settings.ROOT_URLCONF = urlconf(route, view)
        assert checks.check_media_for_production() == []
    settings.ROOT_URLCONF = urlconf("media/<path:path>", serve)
    assert [m.id for m in checks.check_media_for_production()] == ["df_chat.W034"]
    # One folder is not the other.
    for folder in ("messages", "rooms"):
        settings.ROOT_URLCONF = urlconf(f"media/df_chat/{folder}/<path:path>", serve)
        (message,) = checks.check_media_for_production()
        assert message.hint == f"Serve the storage's files without df_chat/{folder}."
    settings.MEDIA_URL = "https://cdn.example/"
    assert checks.check_media_for_production() == []


def test_another_storage_of_the_chat_that_is_open_to_everybody_is_named(settings, tmp_path):
    options = {"location": tmp_path, "base_url": "/attachments/"}
    file_system = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = {**settings.STORAGES, "chat": {"BACKEND": file_system, "OPTIONS": options}}
    settings.ROOT_URLCONF = urlconf("attachments/<path:path>", serve)
    assert checks.check_media_for_production() == []
    settings.DF_CHAT = {"STORAGE": "chat"}
    assert [m.id for m in checks.check_media_for_production()] == ["df_chat.W034"]


SENDERS = "df_chat.media.senders"


@pytest.mark.parametrize(
    ("df_chat", "is_well"),
    [
        ({}, True),
        ({"MEDIA_SENDER": f"{SENDERS}.AccelSender", "ACCEL_PREFIX": "/private-media/"}, True),
        ({"MEDIA_SENDER": f"{SENDERS}.AccelSender"}, False),
        ({"MEDIA_SENDER": f"{SENDERS}.SendfileSender"}, True),
        ({"MEDIA_SENDER": f"{SENDERS}.RedirectSender"}, False),
    ],
)
def test_a_sender_that_cannot_send_is_named(settings, df_chat, is_well):
    settings.DF_CHAT = df_chat
    messages = found(checks.check_media_sender)
    assert list(messages) == ([] if is_well else ["df_chat.E037"])
    assert all(message.hint for message in messages.values())


@pytest.mark.parametrize("df_chat", [{"STORAGE": "none"}, {"MEDIA_SENDER": "nowhere.Sender"}])
def test_what_another_check_says_of_senders_is_not_said_twice(settings, df_chat):
    settings.DF_CHAT = df_chat
    assert checks.check_media_sender() == []
