"""The doctor finds a sound installation sound, names each thing that is wrong with one, and leaves nothing behind."""

from __future__ import annotations

import http.server
import io
import json
import socket
import threading
import time
import uuid
from datetime import UTC, datetime, timedelta
from functools import partial
from types import SimpleNamespace

import pytest
from channels.layers import channel_layers
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command
from django.db import OperationalError, connection, connections
from django.urls import path
from django.views.static import serve

from df_chat import actions
from df_chat.asgi import websocket_application
from df_chat.asgi.urls import websocket_urlpatterns
from df_chat.doctor import configuration, database, diagnose, diagnosis, media
from df_chat.doctor.findings import passed
from df_chat.models import Message, RoomUser, Stream

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "the launch code is 0000"


@pytest.fixture(autouse=True)
def site(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.MEDIA_URL = "/media/"
    # A project in development: the layer of the tests may be in memory.
    settings.DEBUG = True


@pytest.fixture
def chat(people, room):
    """A room with a history."""
    message = actions.send_message(actor=people.ada, room_id=room.pk, body=SECRET).message
    reply = actions.send_message(actor=people.ben, room_id=room.pk, body="re", parent_id=message.pk).message
    actions.react(actor=people.ben, room_id=room.pk, message_id=message.pk, emoji="👍")
    actions.react(actor=people.ben, room_id=room.pk, message_id=message.pk, emoji="👍", on=False)
    actions.edit_message(actor=people.ada, room_id=room.pk, message_id=message.pk, body=SECRET + "!")
    actions.mark_seen(actor=people.ben, room_id=room.pk, up_to=99)
    actions.delete_message(actor=people.ben, room_id=room.pk, message_id=reply.pk)
    actions.add_member(actor=people.ada, room_id=room.pk, user_id=people.cleo.pk)
    actions.remove_member(actor=people.ada, room_id=room.pk, user_id=people.cleo.pk)
    actions.open_direct(actor=people.ada, user_id=people.sam.pk)
    actions.delete_room(actor=people.ada, room_id=actions.create_room(actor=people.ada, title="gone").pk)
    people.sam.delete()
    return SimpleNamespace(room=room, message=message)


def findings(probe=None):
    """What the doctor says, by probe."""
    found = {}
    for finding in diagnose().findings:
        found.setdefault(finding.probe, []).append(finding)
    return found[probe] if probe else found


def statuses(probe):
    return [finding.status for finding in findings(probe)]


def failures(probe):
    return [finding.detail for finding in findings(probe) if finding.status == "FAIL"]


def run(*args):
    out, status = io.StringIO(), 0
    try:
        call_command("chat_doctor", *args, stdout=out, no_color=True)
    except SystemExit as error:
        status = error.code
    return out.getvalue(), status


# -- The whole ------------------------------------------------------------------------------------------------
def test_a_sound_installation_passes_and_is_left_as_it_was(chat, tmp_path):
    before = (Stream.objects.count(), Message.objects.count())
    text, status = run()
    assert status == 0, text
    lines = text.splitlines()
    assert all(line.startswith("PASS  ") for line in lines[:-1]), text
    assert lines[-1] == f"{len(lines) - 1} passed, 0 warned, 0 failed"
    assert {line.split()[1].rstrip(":") for line in lines[:-1]} == {
        "configuration",
        "layer",
        "socket",
        "media",
        "database",
        "isolation",
        "clock",
        "migrations",
        "locks",
        "streams",
    }
    assert (Stream.objects.count(), Message.objects.count()) == before
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_json_says_the_same(chat, settings):
    text, status = run("--json")
    report = json.loads(text)
    assert (report["ok"], status) == (True, 0)
    assert {finding["status"] for finding in report["findings"]} == {"PASS"}
    settings.DF_CHAT = {"PAGE_SIZE": 0}
    text, status = run("--json")
    report = json.loads(text)
    assert (report["ok"], status) == (False, 1)
    assert [finding["probe"] for finding in report["findings"] if finding["status"] == "FAIL"] == ["configuration"]


def test_no_secret_is_told(chat, settings):
    settings.SECRET_KEY = "s3cr3t"
    settings.CHANNEL_LAYERS = layer("pubsub", "redis://user:s3cr3t@127.0.0.1:1/0")
    settings.DF_CHAT = {"ALLOWED_ORIGINS": ["http://user:s3cr3t@chat.example", "*"]}
    settings.DEBUG = False
    Message._base_manager.filter(pk=chat.message.pk).update(version=1)
    text, status = run()
    assert status == 1
    assert "FAIL  streams" in text
    assert SECRET not in text
    assert "s3cr3t" not in text


def test_a_probe_that_breaks_is_a_failure_and_no_traceback(monkeypatch, capsys):
    def broken():
        yield passed("so far")
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr(diagnosis, "probe_clock", broken)
    text, status = run()
    assert status == 1
    assert "FAIL  clock: ended with RuntimeError" in text
    assert "hunter2" not in text + capsys.readouterr().err
    run("--traceback")
    assert "in broken" in capsys.readouterr().err


def test_a_probe_that_hangs_is_left_behind(monkeypatch):
    released = threading.Event()
    monkeypatch.setattr(diagnosis, "probe_clock", lambda: [passed("late")] * released.wait(30))
    monkeypatch.setitem(diagnosis.DEADLINE_SECONDS, "clock", 0.2)
    try:
        assert failures("clock") == ["no answer within 0.2 s"]
    finally:
        released.set()


# -- Configuration ----------------------------------------------------------------------------------------------
def test_system_checks_are_run_with_those_for_production(settings):
    settings.DF_CHAT = {"PAGESIZE": 1, "PAGE_SIZE": 0}
    found = {finding.detail.split()[0]: finding.status for finding in configuration.probe_configuration()}
    assert found == {"df_chat.W001": "WARN", "df_chat.E003": "FAIL"}
    settings.DEBUG = False
    settings.DF_CHAT = {}
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    (finding,) = configuration.probe_configuration()
    assert (finding.status, finding.detail.split()[0]) == ("FAIL", "df_chat.E031")
    settings.SILENCED_SYSTEM_CHECKS = ["df_chat.E031"]
    (finding,) = configuration.probe_configuration()
    assert finding.status == "PASS"


# -- Channel layer ----------------------------------------------------------------------------------------------
def layer(kind, *hosts):
    backend = {
        "pubsub": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "core": "channels_redis.core.RedisChannelLayer",
    }
    return {"default": {"BACKEND": backend[kind], "CONFIG": {"hosts": list(hosts)}}}


@pytest.fixture
def forget_layers():
    channel_layers.backends.clear()
    yield
    channel_layers.backends.clear()


@pytest.fixture
def silent_server():
    """Takes connections, and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize("kind", ["pubsub", "core"])
def test_a_dead_redis_fails_within_two_seconds(settings, forget_layers, kind, capfd):
    pytest.importorskip("channels_redis")
    settings.CHANNEL_LAYERS = layer(kind, "redis://127.0.0.1:1/0")
    started = time.monotonic()
    (finding,) = diagnosis._run("layer", diagnosis.probe_layer, trace=False)
    assert time.monotonic() - started < 2
    assert finding.status == "FAIL"
    assert finding.hint
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("kind", ["pubsub", "core"])
def test_a_redis_that_hangs_fails_within_two_seconds(settings, forget_layers, silent_server, kind):
    pytest.importorskip("channels_redis")
    settings.CHANNEL_LAYERS = layer(kind, f"redis://127.0.0.1:{silent_server}/0")
    started = time.monotonic()
    (finding,) = diagnosis._run("layer", diagnosis.probe_layer, trace=False)
    assert time.monotonic() - started < 2
    assert (finding.status, finding.detail) == ("FAIL", "no answer within 1.5 s")


def test_no_layer_at_all_fails(settings, forget_layers):
    settings.CHANNEL_LAYERS = {}
    (finding,) = diagnosis._run("layer", diagnosis.probe_layer, trace=False)
    assert finding.status == "FAIL"


# -- Socket -------------------------------------------------------------------------------------------------------
unguarded = ProtocolTypeRouter({"websocket": URLRouter(websocket_urlpatterns)})
elsewhere = ProtocolTypeRouter({"websocket": URLRouter([path("other/", websocket_application)])})


async def open_to_all(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    await receive()


def test_a_socket_without_the_origin_check_is_named(settings, monkeypatch):
    monkeypatch.setattr("df_chat.doctor.socket.ANSWER_SECONDS", 0.1)
    settings.ASGI_APPLICATION = f"{__name__}.open_to_all"
    found = findings("socket")
    assert [finding.status for finding in found] == ["WARN", "FAIL"]
    assert "not signed in" in found[0].detail
    assert "other sites" in found[1].detail


def test_a_socket_that_is_elsewhere_is_named(settings):
    settings.ASGI_APPLICATION = f"{__name__}.elsewhere"
    assert failures("socket") == ["nothing answers at /api/v1/chat/ws/"]


def test_a_site_that_refuses_its_own_pages_is_named(settings, monkeypatch):
    monkeypatch.setattr("df_chat.asgi.authentication.is_allowed", lambda handshake: False)
    settings.ALLOWED_HOSTS = [".chat.example", "chat.example"]
    assert failures("socket") == ["pages of https://chat.example itself are refused"]


def test_a_project_without_asgi_is_warned(settings):
    settings.ASGI_APPLICATION = None
    assert statuses("socket") == ["WARN"]


def test_origins_without_encryption_are_named(settings):
    settings.DEBUG = False
    settings.CSRF_TRUSTED_ORIGINS = ["http://localhost", "https://chat.example"]
    assert statuses("socket") == ["PASS", "PASS"]
    settings.DF_CHAT = {"ALLOWED_ORIGINS": ["http://chat.example"]}
    assert statuses("socket") == ["WARN", "PASS", "PASS"]


# -- Media ----------------------------------------------------------------------------------------------------------
class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def web(tmp_path):
    """A web server that serves the project's folder, ``media/`` in it included."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def media_findings(url):
    return [(finding.status, finding.detail) for finding in media.probe_media(url)]


def test_images_that_strangers_can_read_are_named(settings, tmp_path, web):
    settings.MEDIA_ROOT = tmp_path / "media"
    (*_, last) = media.probe_media(web)
    assert (last.status, last.detail) == ("FAIL", "anybody who has the address of an image or a file can read it")
    assert last.hint == "Let the web server refuse /media/df_chat/messages/."
    settings.MEDIA_ROOT = tmp_path / "private"
    assert media_findings(web)[-1] == ("PASS", "strangers cannot read files by their address")
    assert media_findings("http://127.0.0.1:1")[-1][0] == "FAIL"


def test_a_location_of_nginx_that_strangers_reach_is_named(settings, tmp_path, web):
    settings.MEDIA_URL = ""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.DF_CHAT = {"ACCEL_PREFIX": "/media/"}
    (*_, last) = media.probe_media(web)
    assert (last.status, last.detail) == ("FAIL", "anybody can read images and files below /media/")
    assert last.hint == 'Write "internal;" into that location.'
    settings.DF_CHAT = {"ACCEL_PREFIX": "/private-media/"}
    assert media_findings(web)[-1] == ("PASS", "strangers get nothing below /private-media/")
    assert [status for status, _ in media_findings("http://127.0.0.1:1")] == ["PASS", "FAIL"]


def test_a_route_that_serves_everything_is_named(settings):
    settings.ROOT_URLCONF = type("Urls", (), {"urlpatterns": [path("media/<path:path>", serve)]})
    assert media_findings(None)[-1] == ("WARN", "this project shows every file to everybody")


def test_a_storage_that_forgets_is_named(monkeypatch):
    monkeypatch.setattr(FileSystemStorage, "_open", lambda *args: io.BytesIO(b"other"))
    assert [status for status, _ in media_findings(None)] == ["FAIL"]


def test_a_storage_that_refuses_is_a_failure(settings, tmp_path):
    (tmp_path / "file").touch()
    settings.MEDIA_ROOT = tmp_path / "file"
    assert statuses("media") == ["FAIL"]


# -- Database -------------------------------------------------------------------------------------------------------
def test_a_database_that_is_away_ends_the_probes_of_it(monkeypatch):
    def refuse(self):
        raise OperationalError("password authentication failed for hunter2")

    monkeypatch.setattr(type(connections["default"]), "ensure_connection", refuse)
    found = findings()
    monkeypatch.undo()
    assert [finding.status for finding in found["database"]] == ["FAIL"]
    assert not found.keys() & {"migrations", "locks", "streams"}


def test_migrations_that_are_missing_are_named(monkeypatch):
    real = database.MigrationExecutor.migration_plan

    def plan(self, targets):
        return real(self, targets) or [(self.loader.get_migration(*targets[0]), False)]

    monkeypatch.setattr(database.MigrationExecutor, "migration_plan", plan)
    found = findings()
    assert found["migrations"][0].status == "FAIL"
    assert "streams" not in found


def test_a_lock_that_does_not_hold_is_named(monkeypatch):
    class Nothing:
        def __init__(self, **kwargs):
            pass

        __enter__ = __exit__ = lambda self, *args: None

    monkeypatch.setattr(database, "stream_tx", Nothing)
    assert failures("locks") == ["a second writer did not wait for the first"]
    assert not Stream.objects.exists()


def test_writers_that_are_refused_are_counted(monkeypatch):
    real = database.stream_tx
    crossing = []

    def sometimes(*, rooms):
        if len(rooms) == 2:
            crossing.append(rooms)
            if len(crossing) in (3, 5):
                raise OperationalError
        return real(rooms=rooms)

    monkeypatch.setattr(database, "stream_tx", sometimes)
    assert failures("locks") == ["2 of 40 crossing writers were refused"]
    assert not Stream.objects.exists()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no levels and no clock of its own")
@pytest.mark.parametrize(("off", "status"), [(0, "PASS"), (5, "WARN"), (-5, "WARN"), (3600, "FAIL")])
def test_clocks_that_differ_are_named(monkeypatch, off, status):
    class Shifted(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(seconds=off)

    monkeypatch.setattr(database, "datetime", Shifted)
    assert [finding.status for finding in database.probe_clock()] == [status]
    assert datetime.now(UTC)


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no levels and no clock of its own")
def test_an_isolation_level_above_is_named(settings):
    level = {"postgresql": 3, "mysql": "repeatable read"}[connection.vendor]
    options = connection.settings_dict["OPTIONS"]
    before = dict(options)
    options["isolation_level"] = level
    connection.close()
    try:
        (finding,) = database.probe_isolation()
        assert (finding.status, "REPEATABLE READ" in finding.detail) == ("FAIL", True)
    finally:
        connection.close()
        options.clear()
        options.update(before)


@pytest.mark.skipif(connection.vendor != "mysql", reason="only MySQL and MariaDB have charsets of columns")
def test_a_column_without_emoji_is_named():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE df_chat_message MODIFY body longtext CHARACTER SET latin1 NOT NULL")
    try:
        assert failures("isolation") == ["messages are stored as latin1: no emoji"]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE df_chat_message MODIFY body longtext CHARACTER SET utf8mb4 NOT NULL")


# -- Streams --------------------------------------------------------------------------------------------------------
def newest(model, **filters):
    return model._base_manager.filter(**filters).order_by("-version").first()


def test_streams_that_agree_pass(chat):
    (finding,) = findings("streams")
    assert finding.status == "PASS"
    assert finding.detail == f"{Stream.objects.count()} streams were compared with their rows"


def test_a_version_without_a_row_is_named(chat):
    stream = Stream.objects.get(pk=chat.room.pk)
    Stream.objects.filter(pk=stream.pk).update(version=stream.version + 1)
    assert failures("streams") == [
        f"room:{chat.room.pk} stands at {stream.version + 1}, its newest row at {stream.version}"
    ]


def test_a_row_beyond_its_stream_is_named(chat):
    Message._base_manager.filter(pk=chat.message.pk).update(version=1000)
    (failure,) = failures("streams")
    assert failure.endswith("its newest row at 1000")


def test_a_version_given_twice_is_named(chat):
    member = newest(RoomUser, room=chat.room.pk)
    Message._base_manager.filter(pk=chat.message.pk).update(version=member.version)
    assert failures("streams") == [f"room:{chat.room.pk} gave one version to two rows"]


def test_a_users_stream_is_looked_at_too(chat, people):
    row = RoomUser._base_manager.filter(user=people.ben).order_by("-user_version").first()
    RoomUser._base_manager.filter(pk=row.pk).update(user_version=900)
    (failure,) = failures("streams")
    assert failure.startswith(f"user:{people.ben.pk} stands at")


def test_a_room_that_is_written_to_meanwhile_is_no_trouble(chat, people, monkeypatch):
    from df_chat.doctor import integrity

    real, calls = integrity._versions, []

    def while_writing(stream):
        if stream.pk == chat.room.pk and len(calls) < 2:
            calls.append(stream.version)
            actions.send_message(actor=people.ada, room_id=chat.room.pk, body=uuid.uuid4().hex)
        return real(stream)

    monkeypatch.setattr(integrity, "_versions", while_writing)
    assert statuses("streams") == ["PASS"]
    assert len(calls) == 2
