"""The image of a room: who changes it, who gets it, and what is left of it."""

from __future__ import annotations

import io
import os
import uuid
from datetime import timedelta

import pytest
from django.db import OperationalError
from PIL import Image

from df_chat import actions
from df_chat.exceptions import Invalid
from df_chat.models import Room
from tests.drf.test_hostile import assert_refused
from tests.media.images import encoded, gif, jpeg, picture, png, upload

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


def put(client, room, **fields):
    return client.put(f"rooms/{room.pk}/image/", fields, format="multipart")


def stored(media):
    return sorted(f"df_chat/rooms/{path.name}" for path in media.rglob("*") if path.is_file())


def body(answer):
    return b"".join(answer.streaming_content)


def named(room):
    return sorted(Room.objects.get(pk=room.pk).stored_names)


# -- Over REST --------------------------------------------------------------------------------------------------
def test_the_room_shows_an_image_of_its_own(ada, ben, room, media):
    shown = put(ada, room, image=upload(jpeg((2000, 900)), "../photo.jpg")).json()
    assert shown["image"].startswith(f"/api/v1/chat/rooms/{room.pk}/image/?v=")
    assert ben.get(f"rooms/{room.pk}/").json()["image"] == shown["image"]
    for address, width in ((shown["image"], 1024), (shown["image_small"], 320)):
        answer = ben.get(address)
        assert answer.headers["Content-Type"] == "image/webp"
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Disposition"].startswith("inline")
        assert Image.open(io.BytesIO(body(answer))).width == width
        assert ben.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
        assert ben.get(address, headers={"Range": "bytes=0-3"}).status_code == 206
    assert len(stored(media)) == 2
    assert not any(name in str(shown) for name in stored(media))


def test_a_room_without_an_image_has_none(ada, room):
    shown = ada.get(f"rooms/{room.pk}/").json()
    assert (shown["image"], shown["image_small"]) == (None, None)
    for address in ("image/", "image/small/"):
        assert ada.get(f"rooms/{room.pk}/{address}").status_code == 404
    version = Room.objects.get(pk=room.pk).version
    assert ada.delete(f"rooms/{room.pk}/image/").status_code == 204
    assert Room.objects.get(pk=room.pk).version == version


@pytest.mark.django_db(transaction=True)
def test_another_image_has_another_address_and_the_old_bytes_go(ada, ben, room, media, events):
    first = put(ada, room, image=upload(png())).json()
    tag = ben.get(first["image"]).headers["ETag"]
    second = put(ada, room, image=upload(png((9, 9)))).json()
    assert first["image"] != second["image"]
    assert first["image_small"] != second["image_small"]
    assert ben.get(first["image"], headers={"If-None-Match": tag}).status_code == 200
    assert stored(media) == named(room)
    assert ada.delete(f"rooms/{room.pk}/image/").status_code == 204
    assert ben.get(second["image"]).status_code == 404
    assert stored(media) == []
    heard = [event.parts["room"]["image"] for event in events if "room" in event.parts]
    assert heard[-3:] == [first["image"], second["image"], None]


@pytest.mark.django_db(transaction=True)
def test_a_room_that_is_deleted_takes_its_image_along(ada, room, media):
    address = put(ada, room, image=upload(png())).json()["image"]
    assert ada.delete(f"rooms/{room.pk}/").status_code == 204
    assert ada.get(address).status_code == 404
    assert stored(media) == []


def test_who_was_removed_does_not_get_what_they_had(ada, ben, people, room):
    address = put(ada, room, image=upload(png())).json()["image"]
    tag = ben.get(address).headers["ETag"]
    actions.remove_member(actor=people.ada, room_id=room.pk, user_id=people.ben.pk)
    assert ben.get(address).status_code == 404
    assert ben.get(address, headers={"If-None-Match": tag}).status_code == 404


def test_nobody_learns_of_a_room_by_what_is_refused(ada, ben, cleo, room):
    for place in (room.pk, uuid.uuid4()):
        for fields in ({}, {"image": upload(b"x")}, {"image": upload(png())}):
            answer = cleo.put(f"rooms/{place}/image/", fields, format="multipart")
            assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "not_found")
        assert cleo.delete(f"rooms/{place}/image/").status_code == 404
    assert put(ben, room, image=upload(png())).status_code == 403
    assert ben.delete(f"rooms/{room.pk}/image/").status_code == 403


def test_staff_manage_it_where_they_manage_rooms(ada, client_of, people, room, settings):
    settings.DF_CHAT = {"MANAGE_ROOMS": "staff"}
    actions.add_member(actor=None, room_id=room.pk, user_id=people.sam.pk)
    assert put(client_of(people.sam), room, image=upload(png())).status_code == 200
    assert put(ada, room, image=upload(png())).status_code == 403


def test_a_direct_chat_has_none(ada, people):
    direct, _ = actions.open_direct(actor=people.ada, user_id=people.ben.pk)
    answer = put(ada, direct, image=upload(png()))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "direct_room")
    assert ada.delete(f"rooms/{direct.pk}/image/").status_code == 400


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "required"),
        ({"image": "text"}, "invalid"),
        ({"image": upload(b"x" * 100)}, "not_an_image"),
        ({"image": upload(b"")}, "empty"),
        ({"image": upload(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg")}, "not_an_image"),
        ({"image": upload(png()[:60])}, "not_an_image"),
        ({"image": upload(png((200, 200)))}, "too_many_pixels"),
        ({"image": upload(gif(frames=4))}, "too_many_frames"),
        ({"image": upload(encoded(Image.effect_noise((200, 200), 90), "PNG"))}, "file_too_large"),
        ({"image": upload(png()), "title": "x"}, "unknown_field"),
    ],
)
def test_what_is_no_image_changes_nothing(ada, room, media, settings, fields, code):
    settings.DF_CHAT = {"MAX_IMAGE_PIXELS": 10_000, "MAX_IMAGE_FRAMES": 3, "MAX_IMAGE_BYTES": 20_000}
    before = put(ada, room, image=upload(png())).json()["image"]
    answer = put(ada, room, **fields)
    assert_refused(answer)
    assert answer.json()["errors"][0]["code"] == code
    assert ada.get(f"rooms/{room.pk}/").json()["image"] == before
    assert stored(media) == named(room)


def test_what_moves_is_shown_still(ada, room):
    answer = ada.get(put(ada, room, image=upload(gif(frames=3))).json()["image"])
    assert getattr(Image.open(io.BytesIO(body(answer))), "n_frames", 1) == 1


def test_it_comes_in_forms_only(ada, room):
    for answer in (
        ada.put(f"rooms/{room.pk}/image/", {"image": "x"}),
        ada.put(f"rooms/{room.pk}/image/", png(), content_type="image/png"),
    ):
        assert answer.status_code == 415
    for method in ("post", "patch"):
        assert getattr(ada, method)(f"rooms/{room.pk}/image/").status_code == 405


def test_the_image_costs_one_query(ada, room, django_assert_num_queries):
    put(ada, room, image=upload(png()))
    for address in ("image/", "image/small/"):
        with django_assert_num_queries(1):
            body(ada.get(f"rooms/{room.pk}/{address}"))


# -- Through the ORM --------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_what_is_assigned_is_made_anew(people, media):
    room = Room.objects.create(title="R", creator=people.ada, image=upload(encoded(picture((2000, 50)), "PNG")))
    assert stored(media) == named(room)
    with Room.objects.get(pk=room.pk).image.open() as file:
        assert (Image.open(file).format, Image.open(file).width) == ("WEBP", 1024)
    old = named(room)
    room.image = upload(png())
    room.save()
    assert stored(media) == named(room) != old
    room.image = ""
    room.save(update_fields=["image"])
    assert (stored(media), named(room)) == ([], ["", ""])


@pytest.mark.django_db(transaction=True)
def test_a_stale_room_undoes_nothing(people, room, media):
    without = Room.objects.get(pk=room.pk)
    actions.set_room_image(actor=people.ada, room_id=room.pk, image=upload(png()))
    old = Room.objects.get(pk=room.pk)
    actions.set_room_image(actor=people.ada, room_id=room.pk, image=upload(png((9, 9))))
    for stale in (without, old):
        stale.topic = "Topic"
        stale.save()
        assert (named(room), Room.objects.get(pk=room.pk).topic) == (stored(media), "Topic")
        assert sorted(stale.stored_names) == stored(media)


@pytest.mark.django_db(transaction=True)
def test_what_is_refused_or_fails_leaves_nothing(people, room, media, monkeypatch):
    with pytest.raises(Invalid, match="not_an_image"):
        Room.objects.create(title="R", creator=people.ada, image=upload(b"x"))

    def fail(*args):
        raise RuntimeError

    monkeypatch.setattr(Room, "stamp", fail)
    with pytest.raises(RuntimeError):
        actions.set_room_image(actor=people.ada, room_id=room.pk, image=upload(png()))
    room.image = upload(png())
    with pytest.raises(RuntimeError):
        room.save()
    assert (stored(media), named(room)) == ([], ["", ""])


@pytest.mark.django_db(transaction=True)
def test_a_write_that_is_tried_again_keeps_the_image(room, media, monkeypatch):
    stamp, tries = Room.stamp, []

    def conflict_at_first(self, tx):
        tries.append(tx)
        if len(tries) == 1:
            raise OperationalError from Exception("40001")
        stamp(self, tx)

    monkeypatch.setattr(Room, "stamp", conflict_at_first)
    room.image = upload(png())
    room.save()
    assert len(tries) == 2
    assert stored(media) == named(room) != ["", ""]


@pytest.mark.django_db(transaction=True)
def test_a_deleted_room_takes_no_image(people, room, media):
    stale = Room.objects.get(pk=room.pk)
    actions.delete_room(actor=people.ada, room_id=room.pk)
    stale.image = upload(png())
    stale.save()
    assert (stored(media), named(room)) == ([], ["", ""])


def test_sweeping_leaves_what_a_room_names(people, room, media):
    actions.set_room_image(actor=people.ada, room_id=room.pk, image=upload(png()))
    stray = media / "df_chat/rooms" / uuid.uuid4().hex
    stray.write_bytes(b"x")
    for path in media.rglob("*"):
        os.utime(path, (0, 0))
    assert actions.sweep_uploads(older_than=timedelta(hours=1)).strays == 1
    assert stored(media) == named(room)
