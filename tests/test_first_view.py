"""What comes with a page before the script runs: the answers REST gives, and the newest messages, safe to be read."""

from __future__ import annotations

import asyncio
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

import pytest
from django.contrib.auth import get_user
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.template import RequestContext, Template
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import ResolverMatch, clear_script_prefix, include, path, reverse, set_script_prefix
from django.utils import translation
from rest_framework.authentication import TokenAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from df_chat import actions
from df_chat.drf.rooms import RoomViewSet
from df_chat.drf.serializers import RoomSerializer
from df_chat.first_view import first_answers, read_first_view
from df_chat.first_view.rows import MOST_MESSAGES
from df_chat.words import words_of_page
from tests.e2e.payloads import corpus
from tests.media.images import png, upload
from tests.test_pages import routes

pytestmark = pytest.mark.django_db
TEMPLATE = Path(__file__).resolve().parent.parent / "df_chat" / "templates" / "df_chat" / "first_view.html"


class Nobody(BasePermission):
    def has_permission(self, request: Any, view: Any) -> bool:
        return False


class Broken(BasePermission):
    def has_permission(self, request: Any, view: Any) -> bool:
        raise RuntimeError("out of order")


class Noting(BasePermission):
    seen: ClassVar[list[Any]] = []

    def has_permission(self, request: Any, view: Any) -> bool:
        self.seen.append((request.method, quote(request.path), request.resolver_match))
        return True


class Never(BaseThrottle):
    def allow_request(self, request: Any, view: Any) -> bool:
        return False


def answers_of(page: str) -> dict[str, Any]:
    """What the script of a page takes from it."""
    found = re.findall(r'<script type="application/json">(.*?)</script>', page)
    return json.loads(found[0]) if found else {}


def shown(page: str) -> str:
    """What can be read before there is a script."""
    (template,) = re.findall(r"<template shadowrootmode=\"open\">(.*?)</template>", page, re.DOTALL)
    return template


def rows_of(client: Any, user: Any, room: Any) -> list[dict[str, Any]]:
    """The rows of a first view, as somebody gets them."""
    view = view_of(client, user, room)
    return view["rows"] if view else []


def view_of(client: Any, user: Any, room: Any) -> dict[str, Any] | None:
    client.force_login(user)
    summary, snapshot = (client.get(f"/api/v1/chat/rooms/{room.pk}/{below}").json() for below in ("", "snapshot/"))
    return read_first_view(summary, snapshot, str(user.pk))


def say(user: Any, room: Any, *bodies: str, **fields: Any) -> Any:
    for body in bodies:
        sent = actions.send_message(actor=user, room_id=room.pk, body=body, **fields).message
    return sent


# -- The answers ----------------------------------------------------------------------------------------------
def test_a_page_brings_what_rest_says(client, people, room):
    say(people.ben, room, "</script><!--<script>&amp;", "two")
    client.force_login(people.ada)
    page = client.get(f"/chat/{room.pk}/").content.decode()
    answers = answers_of(page)
    assert set(answers) == {f"rooms/{room.pk}/", f"rooms/{room.pk}/snapshot/"}
    for below, answer in answers.items():
        assert answer == client.get(f"/api/v1/chat/{below}").json()


def test_the_page_of_all_rooms_brings_the_list(client, people, room):
    for number in range(3):
        actions.create_room(actor=people.ada, title=f"Room {number}")
    client.force_login(people.ada)
    page = client.get("/chat/?limit=1&search=x").content.decode()
    assert answers_of(page) == {"rooms/?limit=100": client.get("/api/v1/chat/rooms/?limit=100").json()}
    assert "first-view" not in page


def test_nothing_comes_of_rooms_that_may_not_be_seen(people, room):
    say(people.ada, room, "between us")
    request = RequestFactory().get("/")
    request.user = people.cleo
    assert first_answers(request, room.pk) == {}
    source = "{% load df_chat %}{% df_chat_room room %}"
    page = Template(source).render(RequestContext(request, {"room": room}))
    assert answers_of(page) == {}
    assert "between us" not in page
    assert room.title not in page


@pytest.mark.parametrize("setting", ["ROOM_PERMISSION_CLASSES", "THROTTLE_CLASSES"])
def test_what_rest_refuses_does_not_come_with_a_page(client, people, room, settings, setting):
    say(people.ben, room, "between us")
    client.force_login(people.ada)
    assert "between us" in client.get(f"/chat/{room.pk}/").content.decode()
    settings.DF_CHAT = {setting: [{"ROOM_PERMISSION_CLASSES": Nobody, "THROTTLE_CLASSES": Never}[setting]]}
    page = client.get(f"/chat/{room.pk}/").content.decode()
    assert "between us" not in page
    assert answers_of(page) == {}


class Lean(RoomSerializer):
    """A project's own: little of a room."""

    def to_representation(self, instance: Any) -> Any:
        return {"id": str(instance.pk), "title": instance.title}


def test_a_projects_own_serializer_decides_what_comes(client, people, room, settings):
    settings.DF_CHAT = {"ROOM_SERIALIZER": Lean}
    say(people.ben, room, "hello")
    client.force_login(people.ada)
    page = client.get(f"/chat/{room.pk}/").content.decode()
    assert answers_of(page)[f"rooms/{room.pk}/"] == {"id": str(room.pk), "title": room.title}
    assert "hello" in shown(page)


def test_a_refusal_leaves_the_transaction_of_the_page(people, room, monkeypatch):
    """As in a project with ATOMIC_REQUESTS."""
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    request = RequestFactory().get("/")
    request.user = people.cleo
    with transaction.atomic():
        people.cleo.first_name = "Saved"
        people.cleo.save()
        assert first_answers(request, room.pk) == {}
        assert not connection.get_rollback()
    people.cleo.refresh_from_db()
    assert people.cleo.first_name == "Saved"


def test_a_fault_of_rest_is_none_of_the_page(client, people, room, settings, caplog):
    settings.DF_CHAT = {"ROOM_PERMISSION_CLASSES": [Broken]}
    client.force_login(people.ada)
    page = client.get(f"/chat/{room.pk}/")
    assert page.status_code == 200
    assert answers_of(page.content.decode()) == {}
    assert "while a page was made" in caplog.text


def test_permissions_see_the_request_that_rest_would_get(people, room, settings):
    settings.DF_CHAT = {"ROOM_PERMISSION_CLASSES": [Noting]}
    request = RequestFactory().post("/orders/7/?a=1", {"b": "2"})
    request.user = people.ada
    request.resolver_match = ResolverMatch(lambda request: None, (), {}, url_name="order")
    Noting.seen = []
    assert len(first_answers(request, room.pk)) == 2
    for (method, address, match), name in zip(Noting.seen, ("room-snapshot", "room-detail"), strict=True):
        assert (method, match.view_name, match.kwargs) == ("GET", f"df_chat:{name}", {"pk": str(room.pk)})
        assert address == reverse(f"df_chat:{name}", args=[room.pk])


def test_addresses_may_be_of_any_letters(people, room, settings):
    settings.ROOT_URLCONF = routes(path("räume und mehr/", include("df_chat.urls")))
    request = RequestFactory().get("/")
    request.user = people.ada
    assert len(first_answers(request, room.pk)) == 2
    set_script_prefix("/mein büro/")
    try:
        assert len(first_answers(request, room.pk)) == 2
    finally:
        clear_script_prefix()


def test_pages_of_rest_framework_have_it_as_well(people, room):
    request = RequestFactory().get("/")
    request.user = people.ada
    assert len(first_answers(Request(request), room.pk)) == 2


def test_pages_with_messages_are_not_kept(client, people, room):
    client.force_login(people.ada)
    for address in ("/chat/", f"/chat/{room.pk}/"):
        assert "no-store" in client.get(address).headers["Cache-Control"]


def test_who_is_known_to_the_page_alone_gets_nothing(people, room, monkeypatch):
    """Where REST knows people by tokens, a session says nothing to it."""
    request = RequestFactory().get("/")
    request.user = people.ada
    assert first_answers(request, room.pk)
    monkeypatch.setattr(RoomViewSet, "authentication_classes", [TokenAuthentication])
    assert first_answers(request, room.pk) == {}


def test_the_request_of_the_page_stays_as_it_was(people, room):
    """Also where the page answers a form with a file in it, below a prefix."""
    upload = {"a": "1", "file": SimpleUploadedFile("a.txt", b"a")}
    request = RequestFactory().post("/orders/?b=2", upload, headers={"accept": "text/html"})
    request.user = people.ada
    assert request.POST["a"] == "1"
    before = (request.path, request.method, dict(request.GET), request.META["QUERY_STRING"], request.content_type)
    assert set(first_answers(request, room.pk)) == {f"rooms/{room.pk}/", f"rooms/{room.pk}/snapshot/"}
    after = (request.path, request.method, dict(request.GET), request.META["QUERY_STRING"], request.content_type)
    assert after == before
    assert request.headers["accept"] == "text/html"
    assert request.FILES["file"].read() == b"a"


def test_a_page_made_by_an_event_loop_does_without(people, room):
    async def make() -> str:
        request = RequestFactory().get("/")
        request.user = people.ada
        return Template("{% load df_chat %}{% df_chat room %}").render(RequestContext(request, {"room": str(room.pk)}))

    page = asyncio.run(make())
    assert f'room="{room.pk}"' in page
    assert answers_of(page) == {}


def test_how_much_is_asked_does_not_depend_on_how_much_there_is(client, people, room):
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/chat/{room.pk}/")
        return len(queries)

    client.force_login(people.ada)
    say(people.ben, room, "one", "two")
    get_user(client)
    count()
    few = count()
    parent = say(people.ben, room, *(f"Message {number}" for number in range(30)))
    say(people.ada, room, *(f"Answer {number}" for number in range(30)), parent_id=parent.pk)
    assert count() == few


# -- The messages ---------------------------------------------------------------------------------------------
class Inert(HTMLParser):
    """Fails of what runs, loads from elsewhere, or brings its own style."""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        allowed = {
            "div",
            "section",
            "header",
            "h1",
            "p",
            "ol",
            "ul",
            "li",
            "span",
            "bdi",
            "time",
            "button",
            "link",
            "img",
        }
        assert tag in allowed
        for name, value in attrs:
            assert not name.startswith("on")
            assert name != "style"
            if name in ("href", "src"):
                assert value.startswith("/")


def test_hostile_messages_are_text(client, people):
    client.force_login(people.ada)
    payloads = corpus()
    for begin in range(0, len(payloads), MOST_MESSAGES):
        bodies = payloads[begin : begin + MOST_MESSAGES]
        room = actions.create_room(actor=people.ada, title="<b>Hostile", user_ids=[people.ben.pk])
        say(people.ben, room, *bodies)
        page = client.get(f"/chat/{room.pk}/").content.decode()
        Inert().feed(shown(page))
        assert page.count("<script") == 2


def test_hostile_names_are_text(client, people, room):
    people.ben.first_name = "<img src=x onerror=alert(1)>"
    people.ben.save()
    say(people.ben, room, "hello")
    client.force_login(people.ada)
    page = shown(client.get(f"/chat/{room.pk}/").content.decode())
    Inert().feed(page)
    assert "hello" in page


def test_rows_stand_together_by_sender_and_by_time(client, people, room):
    for user, body in ((people.ben, "a"), (people.ben, "b"), (people.ada, "c"), (people.ben, "d")):
        say(user, room, body)
    say(people.ben, room, "e", parent_id=say(people.ben, room, "f").pk)
    actions.mark_seen(actor=people.ada, room_id=room.pk, up_to=100)
    rows = rows_of(client, people.ada, room)
    assert [row["type"] for row in rows] == ["day", *["message"] * 6]
    about = [(row["message"]["body"], row["is_first"], row["is_last"], row["is_mine"]) for row in rows[1:]]
    assert about == [
        ("a", True, False, False),
        ("b", False, True, False),
        ("c", True, True, True),
        ("d", True, False, False),
        ("f", False, True, False),
        ("e", True, True, False),
    ]
    assert rows[-1]["parent"]["body"] == "f"


def test_times_may_have_no_zone(client, people, room, settings):
    settings.USE_TZ = False
    say(people.ben, room, "one", "two")
    assert [row["type"] for row in rows_of(client, people.ada, room)] == ["day", "unread", "message", "message"]


def test_what_is_new_is_below_its_line(client, people, room):
    old = say(people.ben, room, "old")
    actions.mark_seen(actor=people.ada, room_id=room.pk, up_to=old.seq)
    say(people.ada, room, "mine")
    say(people.ben, room, "new", "newer")
    view = view_of(client, people.ada, room)
    assert view is not None
    assert view["has_news"]
    lines = [row["message"]["body"] if row["type"] == "message" else row["type"] for row in view["rows"]]
    assert lines == ["day", "old", "mine", "unread", "new", "newer"]
    actions.mark_seen(actor=people.ada, room_id=room.pk, up_to=say(people.ben, room, "last").seq)
    assert "unread" not in [row["type"] for row in rows_of(client, people.ada, room)]


def test_what_is_new_comes_from_its_line_on(client, people, room):
    """However much: what stands above it on a screen, and what fits below."""
    old = say(people.ben, room, *(f"Old {number}" for number in range(20)))
    actions.mark_seen(actor=people.ada, room_id=room.pk, up_to=old.seq)
    say(people.ben, room, *(f"New {number}" for number in range(28)))
    rows = rows_of(client, people.ada, room)
    bodies = [row["message"]["body"] if row["type"] == "message" else row["type"] for row in rows]
    assert bodies == ["day", *(f"Old {n}" for n in range(12, 20)), "unread", *(f"New {n}" for n in range(16))]
    # More than the snapshot holds: the chat begins at the end, and offers a way up.
    say(people.ben, room, *(f"New {number}" for number in range(28, 60)))
    rows = rows_of(client, people.ada, room)
    assert [row["message"]["body"] for row in rows[1:]] == [f"New {n}" for n in range(60 - MOST_MESSAGES, 60)]


def test_a_guest_has_read_nothing_and_is_offered_to_join(client, people, public):
    say(people.ada, public, "hello")
    client.force_login(people.cleo)
    assert "unread" not in [row["type"] for row in rows_of(client, people.cleo, public)]
    page = shown(client.get(f"/chat/{public.pk}/").content.decode())
    assert "Join to write" in page


def test_a_direct_chat_is_called_by_the_other(client, people):
    room, _ = actions.open_direct(actor=people.ada, user_id=people.ben.pk)
    say(people.ada, room, "hello")
    view = view_of(client, people.ada, room)
    assert view is not None
    assert (view["title"], view["about"]) == ("ben", "")
    page = shown(client.get(f"/chat/{room.pk}/").content.decode())
    assert "avatar" not in page


def test_an_empty_room_has_nothing_to_read(client, people, room):
    assert view_of(client, people.ada, room) is None
    assert "first-view" not in client.get(f"/chat/{room.pk}/").content.decode()


def test_no_more_messages_come_than_a_screen_shows(client, people, room):
    newest = say(people.ben, room, *(f"Message {number}" for number in range(MOST_MESSAGES + 5)))
    actions.mark_seen(actor=people.ada, room_id=room.pk, up_to=newest.seq)
    bodies = [row["message"]["body"] for row in rows_of(client, people.ada, room) if row["type"] == "message"]
    assert bodies == [f"Message {number}" for number in range(5, MOST_MESSAGES + 5)]


def test_deleted_messages_do_not_come(client, people, room):
    gone = say(people.ben, room, "gone")
    say(people.ben, room, "stays")
    actions.delete_message(actor=people.ben, room_id=room.pk, message_id=gone.pk)
    client.force_login(people.ada)
    page = client.get(f"/chat/{room.pk}/").content.decode()
    assert "stays" in page
    assert "gone" not in page


def test_images_have_their_place_before_they_are_there(client, people, room):
    def send(*sizes: tuple[int, int]) -> None:
        images = [actions.upload_image(actor=people.ben, file=upload(png(size))) for size in sizes]
        say(people.ben, room, "", image_ids=[image.pk for image in images])

    send((640, 400))
    send((40, 2000))
    send((64, 64), (64, 64), (64, 64), (64, 64), (64, 64))
    one, tall, many = (row["images"] for row in rows_of(client, people.ada, room) if row["type"] == "message")
    assert [(image["width"], image["height"]) for image in one] == [(352, 220)]
    assert [(image["width"], image["height"]) for image in tall] == [(96, 192)]
    assert len(many) == 4
    assert all("width" not in image for image in many)


@pytest.mark.parametrize(
    ("body", "is_big"),
    [("👍", True), ("🎉 🎉 🎉", True), ("🎉🎉🎉🎉", False), ("ok 👍", False), ("12", False), ("", False), ("❤️", True)],
)
def test_few_emoji_are_big(client, people, room, body, is_big):
    say(people.ben, room, body or "x")
    (row,) = (row for row in rows_of(client, people.ada, room) if row["type"] == "message")
    assert row["is_big"] is is_big


def test_every_word_of_the_first_view_is_one_of_the_client(client, people, public):
    words = set(re.findall(r'\{\{ "([^"]+)"\|word \}\}', TEMPLATE.read_text()))
    assert len(words) > 5
    with translation.override("de"):
        assert words <= set(words_of_page())
    say(people.ada, public, "hello")
    client.force_login(people.cleo)
    request = RequestFactory().get("/")
    request.user = people.cleo
    with translation.override("de"):
        page = Template("{% load df_chat %}{% df_chat room %}").render(RequestContext(request, {"room": public}))
    assert "Beitreten, um zu schreiben" in shown(page)
