"""Each check fires where it should, says what to do, and is silent in a sound project."""

from __future__ import annotations

import pytest
from django.core.checks import run_checks

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
        ({"ALLOWED_ORIGINS": ["*"]}, "E004"),
        ({"THROTTLE_CLASSES": "rest_framework.throttling.UserRateThrottle"}, "E005"),
        ({"ADAPTER": "nowhere.Adapter"}, "E006"),
        ({"THROTTLE_CLASSES": ["nowhere.Throttle"]}, "E006"),
        ({"POLICY": "df_chat.adapter.ChatAdapter"}, "E007"),
        ({"MESSAGE_SERIALIZER": "df_chat.drf.serializers.RoomSerializer"}, "E007"),
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
