"""Who gets the bytes of an attachment: every viewer, at every address, in every state of it."""

from __future__ import annotations

import base64
import itertools
from types import SimpleNamespace

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import AsyncClient
from rest_framework.permissions import AllowAny
from rest_framework.test import APIClient
from rest_framework.throttling import BaseThrottle

from df_chat import actions
from df_chat.models import MessageImage
from tests.media.images import png, upload

VIEWERS = ("anonymous", "stranger", "ex", "newcomer", "member", "elsewhere", "staff", "root", "author")
ADDRESSES = ("original", "medium", "small", "content")
# Who gets 200, in a private and in a public room. Everybody else gets 404, who has not signed in as well.
READERS = {"private": {"member", "author"}, "public": {*VIEWERS} - {"anonymous", "newcomer"}}
STATES = {
    "sent": READERS,
    "loose": {"private": {"author"}, "public": {"author"}},
    **{state: {} for state in ("pending", "loose and pending", "removed", "message deleted", "room deleted")},
}


def scan_later(attachment):
    return None


@pytest.fixture
def world(make_user, settings):
    """A room with one message of the author's that has an image and a file, in some state."""

    def build(kind: str, state: str) -> SimpleNamespace:
        users = {name: make_user(name) for name in VIEWERS[1:]}
        users["root"].is_superuser = users["root"].is_staff = users["staff"].is_staff = True
        author = users["author"]
        settings.DF_CHAT = {"NEW_MEMBER_HISTORY": "none"} | ({"SCANNER": scan_later} if "pending" in state else {})
        room = actions.create_room(
            actor=author, title="R", is_public=kind == "public", user_ids=[users["ex"].pk, users["member"].pk]
        )
        actions.create_room(actor=users["elsewhere"], title="Elsewhere")
        image = actions.upload_image(actor=author, file=upload(png()))
        file = actions.upload_file(actor=author, file=upload(b"Hello", "hello.txt"))
        place = SimpleNamespace(users=users, room=room, image=image, file=file)
        if "loose" not in state:
            place.message = actions.send_message(
                actor=author, room_id=room.pk, body="", image_ids=[image.pk], file_ids=[file.pk]
            ).message
        actions.add_member(actor=author, room_id=room.pk, user_id=users["newcomer"].pk)
        actions.leave_room(actor=users["ex"], room_id=room.pk)
        bring(place, state)
        return place

    return build


def bring(place, state):
    author = place.users["author"]
    if state == "removed":
        for attachment in (place.image, place.file):
            actions.remove_attachment(actor=author, attachment=type(attachment).objects.get(pk=attachment.pk))
    elif state == "message deleted":
        actions.delete_message(actor=author, room_id=place.room.pk, message_id=place.message.pk)
    elif state == "room deleted":
        actions.delete_room(actor=author, room_id=place.room.pk)


def address(place, end):
    return (
        f"/api/v1/chat/files/{place.file.pk}/content/"
        if end == "content"
        else (f"/api/v1/chat/images/{place.image.pk}/{end}/")
    )


def client_of(user=None):
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    return client


@pytest.mark.django_db
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", ["private", "public"])
def test_bytes_are_for_those_who_may_read_the_message(world, kind, state):
    place = world(kind, state)
    found, expected = {}, {}
    for viewer, end, method in itertools.product(VIEWERS, ADDRESSES, ("get", "head")):
        answer = getattr(client_of(place.users.get(viewer)), method)(address(place, end))
        may = viewer in STATES[state].get(kind, ())
        found[viewer, end, method] = answer.status_code
        expected[viewer, end, method] = 200 if may else 404
        if not may and method == "get":
            assert set(answer.json()) == {"type", "errors"}
    assert found == expected


@pytest.mark.django_db
def test_what_the_scanner_passed_is_served(world):
    place = world("private", "pending")
    actions.finish_scan(place.image, is_clean=True)
    member = client_of(place.users["member"])
    assert member.get(address(place, "small")).status_code == 200
    assert member.get(address(place, "content")).status_code == 404


@pytest.mark.django_db
def test_who_wrote_it_and_left_is_like_any_other_who_left(world):
    place = world("private", "sent")
    actions.set_role(actor=None, room_id=place.room.pk, user_id=place.users["member"].pk, role="owner")
    actions.leave_room(actor=place.users["author"], room_id=place.room.pk)
    for end in ADDRESSES:
        assert client_of(place.users["author"]).get(address(place, end)).status_code == 404


@pytest.mark.django_db
def test_an_id_of_the_other_kind_and_one_of_nothing_are_not_found(world):
    place = world("private", "sent")
    author = client_of(place.users["author"])
    for path in (
        f"images/{place.file.pk}/original/",
        f"files/{place.image.pk}/content/",
        f"images/{place.room.pk}/small/",
        f"files/{place.message.pk}/content/",
    ):
        assert author.get(f"/api/v1/chat/{path}").status_code == 404


@pytest.mark.django_db
def test_nobody_who_is_let_in_gets_what_is_of_nobody(world, settings):
    """A host that lets visitors read public rooms shows them no uploads of users that are gone."""
    place = world("public", "sent")
    settings.DF_CHAT = {"ATTACHMENT_PERMISSION_CLASSES": [AllowAny]}
    visitor = client_of(AnonymousUser())
    assert visitor.get(address(place, "small")).status_code == 200
    image = actions.upload_image(actor=place.users["elsewhere"], file=upload(png()))
    place.users["elsewhere"].delete()
    assert MessageImage.objects.get(pk=image.pk).uploader is None
    assert visitor.get(f"/api/v1/chat/images/{image.pk}/small/").status_code == 404


# -- What is sent -----------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_an_image_is_shown_and_a_file_is_saved(world):
    place = world("private", "sent")
    member = client_of(place.users["member"])
    for end, kind, disposition in (
        ("original", "image/png", 'inline; filename="picture.png"'),
        ("medium", "image/webp", 'inline; filename="picture.webp"'),
        ("small", "image/webp", 'inline; filename="picture.webp"'),
        ("content", "text/plain", 'attachment; filename="hello.txt"'),
    ):
        answer = member.get(address(place, end), headers={"Accept": "image/svg+xml"})
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].partition(";")[0] == kind
        assert answer.headers["Content-Disposition"] == disposition
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert len(b"".join(answer.streaming_content)) == int(answer.headers["Content-Length"])


@pytest.mark.django_db
def test_a_picture_that_was_uploaded_as_a_file_is_saved(make_user, settings):
    settings.DF_CHAT = {"FILE_TYPES": ["png"]}
    ada = make_user("ada")
    file = actions.upload_file(actor=ada, file=upload(png(), "picture.png"))
    answer = client_of(ada).get(f"/api/v1/chat/files/{file.pk}/content/")
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="picture.png"'


@pytest.mark.django_db
def test_who_left_is_not_told_that_they_have_it(world):
    place = world("private", "sent")
    client = client_of(place.users["member"])
    tag = client.get(address(place, "small")).headers["ETag"]
    assert client.get(address(place, "small"), headers={"If-None-Match": tag}).status_code == 304
    actions.remove_member(actor=place.users["author"], room_id=place.room.pk, user_id=place.users["member"].pk)
    assert client.get(address(place, "small"), headers={"If-None-Match": tag}).status_code == 404
    assert client.get(address(place, "small"), headers={"Range": "bytes=0-0"}).status_code == 404


@pytest.mark.django_db
def test_other_content_has_another_tag(world):
    place = world("private", "sent")
    client = client_of(place.users["author"])
    tag = client.get(address(place, "small")).headers["ETag"]
    new = actions.replace_attachment(
        actor=place.users["author"], attachment=MessageImage.objects.get(pk=place.image.pk), file=upload(png((9, 9)))
    )
    answer = client.get(address(place, "small"), headers={"If-None-Match": tag, "Range": "bytes=0-", "If-Range": tag})
    assert answer.status_code == 200
    assert new.small.name not in str(answer.headers)


@pytest.mark.django_db
def test_a_range_behind_the_end_is_refused_in_the_one_shape(world):
    place = world("private", "sent")
    answer = client_of(place.users["member"]).get(address(place, "content"), headers={"Range": "bytes=5-"})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == "bytes */5"
    assert answer.json()["errors"][0]["code"] == "range_not_satisfiable"


@pytest.mark.django_db
def test_a_browser_gets_a_page_where_it_is_refused(world):
    place = world("private", "sent")
    answer = client_of(place.users["stranger"]).get(address(place, "small"), headers={"Accept": "text/html"})
    assert answer.status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_bytes_are_only_read_here(world, method):
    place = world("private", "sent")
    for end in ADDRESSES:
        assert getattr(client_of(place.users["author"]), method)(address(place, end)).status_code == 405


# -- Doors and costs --------------------------------------------------------------------------------------------
class Never(BaseThrottle):
    def allow_request(self, request, view):
        return False


@pytest.mark.django_db
def test_throttles_and_authentication_are_those_of_the_api(world, settings):
    place = world("private", "sent")
    member = place.users["member"]
    member.set_password("secret")
    member.save()
    client = APIClient()
    for credentials, status in ((b"member:secret", 200), (b"member:wrong", 401)):
        basic = {"Authorization": f"Basic {base64.b64encode(credentials).decode()}"}
        assert client.get(address(place, "small"), headers=basic).status_code == status
    client.force_login(member)
    assert client.get(address(place, "small")).status_code == 200
    settings.DF_CHAT = {"THROTTLE_CLASSES": [Never]}
    assert client.get(address(place, "small")).status_code == 429


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "state", "viewer", "count"),
    [("private", "sent", "member", 2), ("public", "sent", "stranger", 3), ("private", "loose", "author", 1)],
)
def test_bytes_cost_the_same_few_queries_always(world, django_assert_num_queries, kind, state, viewer, count):
    place = world(kind, state)
    client = client_of(place.users[viewer])
    for end in ADDRESSES:
        with django_assert_num_queries(count):
            assert client.get(address(place, end)).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_slow_reader_holds_no_connection_to_the_database(world):
    place = world("private", "sent")
    answer = client_of(place.users["member"]).get(address(place, "original"))
    assert answer.streaming
    assert connection.connection is None
    assert len(b"".join(answer.streaming_content)) == int(answer.headers["Content-Length"])


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("async_orm")
async def test_under_asgi_bytes_are_read_by_threads(world):
    place = await sync_to_async(world)("private", "sent")
    client = AsyncClient()
    await client.aforce_login(place.users["member"])
    answer = await client.get(address(place, "original"))
    assert answer.is_async
    size = sum([len(chunk) async for chunk in answer.streaming_content])
    assert size == int(answer.headers["Content-Length"])
