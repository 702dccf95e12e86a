"""Nothing a client sends makes an error of the server's, and nothing refused is written."""

from __future__ import annotations

import json
import uuid

import pytest

from df_chat import actions
from df_chat.models import Message, Room, RoomUser, Stream

pytestmark = pytest.mark.django_db

DEEP = "[" * 100_000
VALUES = [
    "null",
    "true",
    "5",
    "-1",
    "1e400",
    "9" * 5000,
    '"\\u0000"',
    '"\\ud800"',
    '"' + "x" * 50_000 + '"',
    "[]",
    "{}",
    '[["a"]]',
    '{"a": {"b": ["c"]}}',
    '"not a uuid"',
    f'"{uuid.UUID(int=1)}"',
    "NaN",
    DEEP,
]
BODIES = ["", "null", "[]", "5", '"x"', "{", DEEP, '{"a":' * 2000, "\xff\xfe", '{"unknown": 1}']
ENDPOINTS = [
    ("post", "rooms/", ["title", "topic", "description", "is_public", "max_users", "user_ids", "metadata"]),
    ("put", "rooms/{room}/", ["title", "topic", "is_archived", "max_users", "metadata"]),
    ("patch", "rooms/{room}/", ["title", "topic", "max_users", "metadata", "version", "creator_id"]),
    ("post", "rooms/{room}/users/", ["user_id", "role"]),
    ("patch", "rooms/{room}/users/{ben}/", ["role", "user_id", "seen_seq"]),
    (
        "post",
        "rooms/{room}/messages/",
        ["body", "parent_id", "client_id", "is_reaction", "metadata", "mention_ids", "seq", "user_id"],
    ),
    ("patch", "rooms/{room}/messages/{message}/", ["body", "metadata", "mention_ids", "room_id"]),
    ("put", "rooms/{room}/messages/{message}/", ["body", "metadata", "mention_ids", "seq"]),
    ("post", "rooms/{room}/messages/{message}/react/", ["emoji", "on"]),
    ("post", "rooms/{room}/messages/seen/", ["message_id", "message_ids", "up_to"]),
    ("post", "rooms/{room}/messages/received/", ["message_id", "message_ids", "up_to"]),
    ("post", "messages/", ["room_id", "body", "parent_id"]),
    ("post", "direct/{cleo}/messages/", ["body", "client_id", "parent_id", "mention_ids"]),
    ("post", "sync/", ["streams"]),
]
QUERIES = [
    "rooms/?cursor={v}",
    "rooms/?search={v}",
    "rooms/?limit={v}",
    "users/?search={v}",
    "users/?cursor={v}",
    "rooms/{room}/users/?cursor={v}",
    "rooms/{room}/users/?search={v}",
    "rooms/{room}/users/{v}/",
    "rooms/{room}/messages/?before={v}",
    "rooms/{room}/messages/?after={v}",
    "rooms/{room}/messages/?around={v}&limit={v}",
    "rooms/{room}/messages/?parent={v}",
    "rooms/{room}/messages/?search={v}&before=9",
    "messages/?room={room}&search={v}",
    "rooms/{room}/messages/{v}/",
    "rooms/{room}/changes/?since={v}&gen={v}",
    "rooms/{v}/",
    "rooms/{v}/messages/",
    "messages/?room={v}",
    "direct/{v}/",
    "direct/{v}/messages/",
]
QUERY_VALUES = [
    "",
    "-1",
    "%00",
    "%ED%A0%80",
    "%FF",
    "9" * 400,
    "cD0lMDA%3D",  # a cursor with p=%00
    "cD1nYXJiYWdl",  # a cursor with p=garbage
    "bz05OTk5OTk5OTk5OTk5OTk5OTk5",  # a cursor with a huge offset
    "%D9%A1",  # a digit, but not one of ours
    "a" * 3000,
    "------------------------------------",
    "'%20OR%201=1",
]


@pytest.fixture
def places(people, room):
    message = actions.send_message(actor=people.ada, room_id=room.pk, body="hi").message
    return {"room": room.pk, "message": message.pk, "ben": people.ben.pk, "cleo": people.cleo.pk}


def written():
    return (Room.objects.count(), RoomUser.objects.count(), Message.objects.count())


def assert_refused(answer):
    assert 400 <= answer.status_code < 500, answer.content
    if answer.status_code == 404 and not answer.headers.get("Content-Type", "").startswith("application/json"):
        return  # no such route at all
    body = answer.json()
    assert body["type"] in ("validation_error", "client_error")
    assert body["errors"]
    assert all(set(error) == {"code", "detail", "attr"} for error in body["errors"])


@pytest.mark.parametrize(("method", "url", "fields"), ENDPOINTS)
def test_bodies_of_any_kind_are_refused_in_the_one_shape(ada, places, method, url, fields):
    url, before = url.format(**places), written()
    for body in BODIES:
        if (url, body) == ("sync/", "") or (method == "patch" and body == ""):
            continue
        answer = getattr(ada, method)(url, data=body.encode("latin1"), content_type="application/json")
        if answer.status_code == 200 and body in ("", "null", "{}"):
            continue  # a PATCH of nothing
        assert_refused(answer)
    assert written() == before


@pytest.mark.parametrize(("method", "url", "fields"), ENDPOINTS)
def test_fields_of_any_kind_never_break_the_server(ada, places, method, url, fields):
    url, before = url.format(**places), Stream.objects.count()
    good = {"title": "t", "body": "b", "emoji": "👍", "room_id": str(places["room"]), "role": "member"}
    for field in fields:
        for value in VALUES:
            known = {key: good[key] for key in good if key in fields and key != field}
            body = json.dumps(known)[:-1] + (", " if known else "") + f'"{field}": {value}' + "}"
            answer = getattr(ada, method)(url, data=body, content_type="application/json")
            assert answer.status_code < 500, (field, value[:40], answer.content)
            if answer.status_code >= 400:
                assert_refused(answer)
    assert Stream.objects.count() >= before


@pytest.mark.parametrize("url", QUERIES)
def test_queries_and_paths_of_any_kind_never_break_the_server(ada, places, url):
    for value in QUERY_VALUES:
        answer = ada.get(url.replace("{v}", value).format(**places))
        assert answer.status_code < 500, (value[:40], answer.content[:200])
        if answer.status_code >= 400:
            assert_refused(answer)


def test_made_up_fields_fail_loudly(ada, places):
    answer = ada.post(f"rooms/{places['room']}/messages/", {"body": "x", "seq": 1, "user_id": "2"})
    assert {error["attr"]: error["code"] for error in answer.json()["errors"]} == {
        "seq": "unknown_field",
        "user_id": "unknown_field",
    }


def test_anonymous_is_told_to_sign_in(client_of, places):
    answer = client_of().get(f"rooms/{places['room']}/")
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["code"] == "not_authenticated"
    assert answer.headers["WWW-Authenticate"]


def test_unknown_and_forbidden_look_the_same(cleo, places):
    forbidden = cleo.get(f"rooms/{places['room']}/")
    unknown = cleo.get(f"rooms/{uuid.uuid4()}/")
    assert (forbidden.status_code, forbidden.json()) == (unknown.status_code, unknown.json())


def test_a_method_that_is_not_there_answers_in_the_one_shape(ada):
    answer = ada.delete("rooms/")
    assert answer.status_code == 405
    assert_refused(answer)


def test_a_busy_room_asks_to_come_back(ada, places, monkeypatch):
    from df_chat.exceptions import Busy

    def busy(**kwargs):
        raise Busy

    monkeypatch.setattr(actions, "send_message", busy)
    answer = ada.post(f"rooms/{places['room']}/messages/", {"body": "x"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


def test_a_throttle_answers_in_the_one_shape(ada, settings):
    settings.DF_CHAT = {"THROTTLE_CLASSES": ["tests.drf.test_hostile.NeverMore"]}
    answer = ada.get("rooms/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert answer.json()["errors"][0]["code"] == "throttled"


class NeverMore:
    def allow_request(self, request, view):
        return False

    def wait(self):
        return 7
