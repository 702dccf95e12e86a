"""Images and files over REST."""

from __future__ import annotations

import json
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from df_chat import actions
from df_chat.models import Message, MessageFile, MessageImage
from tests.drf.test_hostile import assert_refused
from tests.media.images import png, upload

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def post(client, url, **fields):
    return client.post(url, fields, format="multipart")


def text(content=b"text", name="a.txt"):
    return upload(content, name)


def ids(answer):
    return [one["id"] for one in answer.json()["results"]]


def test_an_upload_waits_for_its_message(ada, ben, room):
    loose = post(ben, "images/", image=upload(png(), "../lake.png"))
    assert loose.status_code == 201
    image = loose.json()
    assert (image["name"], image["width"], image["message_id"], image["is_mine"]) == ("lake.png", 24, None, True)
    assert ada.get(f"images/{image['id']}/").status_code == 404
    assert (ids(ada.get("images/")), ids(ben.get("images/"))) == ([], [image["id"]])
    sent = ben.post(f"rooms/{room.pk}/messages/", {"image_ids": [image["id"]]}).json()
    assert sent["images"] == [{key: image[key] for key in sent["images"][0]}]
    shown = ada.get(f"images/{image['id']}/").json()
    assert (shown["message_id"], shown["room_id"], shown["is_mine"]) == (sent["id"], str(room.pk), False)
    assert ids(ada.get(f"images/?room={room.pk}")) == [image["id"]]
    again = ben.post(f"rooms/{room.pk}/messages/", {"image_ids": [image["id"]]})
    assert again.json()["errors"][0] == {"code": "not_found", "detail": "Not found.", "attr": "image_ids"}


def test_an_upload_into_a_room_is_a_message(ada, ben, cleo, room, public):
    key = str(uuid.uuid4())
    answers = [post(ben, "files/", file=text(), room_id=str(room.pk), body="look", client_id=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    (message,) = ada.get(f"rooms/{room.pk}/messages/").json()["results"]
    assert (message["body"], len(message["files"])) == ("look", 1)
    assert MessageFile.objects.count() == 1
    assert post(ben, "files/", file=text(b"x"), room_id=str(room.pk), client_id=key).status_code == 409
    assert post(cleo, "files/", file=text(), room_id=str(room.pk)).status_code == 404
    assert post(cleo, "files/", file=text(), room_id=str(public.pk)).status_code == 403
    assert MessageFile.objects.count() == 1


def test_an_upload_into_a_message_is_the_authors(ada, ben, room, people):
    message = actions.send_message(actor=people.ben, room_id=room.pk, body="x").message
    assert post(ben, "files/", file=text(), message_id=str(message.pk)).json()["message_id"] == str(message.pk)
    assert post(ada, "files/", file=text(), message_id=str(message.pk)).status_code == 403
    assert post(ada, "files/", file=text(), message_id=str(uuid.uuid4())).status_code == 404
    both = post(ben, "files/", file=text(), message_id=str(message.pk), room_id=str(room.pk))
    assert both.status_code == 400
    lost = post(ben, "files/", file=text(), body="into nowhere")
    assert lost.json()["errors"][0]["attr"] == "room_id"


@pytest.mark.parametrize("url", ["rooms/{room}/messages/", "messages/", "direct/{cleo}/messages/"])
def test_a_form_sends_a_message_with_all_that_is_in_it(ben, people, room, url, events, media):
    loose = post(ben, "files/", file=text(b"loose")).json()["id"]
    fields = {"room_id": str(room.pk)} if url == "messages/" else {}
    sent = post(
        ben,
        url.format(room=room.pk, cleo=people.cleo.pk),
        body="all",
        images=[upload(png()), upload(png((8, 8)))],
        files=[text(), text(b"b", "b.txt")],
        file_ids=[loose],
        metadata=json.dumps({"a": 1}),
        **fields,
    )
    assert sent.status_code == 201, sent.content
    assert [one["width"] for one in sent.json()["images"]] == [24, 8]
    assert [one["size"] for one in sent.json()["files"]] == [5, 4, 1]
    assert sent.json()["metadata"] == {"a": 1}


@pytest.mark.django_db(transaction=True)
def test_a_form_that_is_refused_leaves_nothing(ben, room, media, settings):
    url = f"rooms/{room.pk}/messages/"
    key = str(uuid.uuid4())
    assert post(ben, url, body="x", client_id=key).status_code == 201
    for fields in (
        {"files": [text(), text(b"\0", "b.txt")]},
        {"files": [text()] * 11},
        {"files": [text()], "parent_id": str(uuid.uuid4())},
        {"files": [text()], "client_id": key},
        {"files": [text()], "is_reaction": True, "body": "👍"},
        {"files": [text()], "image_ids": [str(uuid.uuid4())]},
    ):
        answer = post(ben, url, **fields)
        assert answer.status_code in (400, 409)
        assert_refused(answer)
    assert MessageFile.objects.count() == 0
    assert [path for path in media.rglob("*") if path.is_file()] == []


def test_replacing_and_removing(ada, ben, room):
    sent = post(ben, f"rooms/{room.pk}/messages/", files=[text()], body="x").json()
    url = f"files/{sent['files'][0]['id']}/"
    changed = ben.put(url, {"file": text(b"newer", "b.txt")}, format="multipart")
    assert (changed.status_code, changed.json()["name"]) == (200, "b.txt")
    assert ada.put(url, {"file": text()}, format="multipart").status_code == 403
    assert ada.delete(url).status_code == 204
    assert ben.get(url).status_code == 404
    assert ben.get(f"rooms/{room.pk}/messages/{sent['id']}/").json()["files"] == []


def test_limits_are_in_the_answer(ben, settings):
    settings.DF_CHAT = {"MAX_FILE_BYTES": 2**20, "MAX_IMAGE_BYTES": 2**20}
    for content in (b"x" * (2**20 + 1), b"x" * 3 * 2**20):
        (error,) = post(ben, "files/", file=text(content)).json()["errors"]
        assert error == {"code": "file_too_large", "detail": "1 MB at most.", "attr": "file"}
    (error,) = post(ben, "files/", file=text(b"MZ", "a.exe")).json()["errors"]
    assert (error["code"], error["attr"]) == ("file_type", "file")
    assert "pdf" in error["detail"]


def test_a_list_costs_the_same_for_one_and_for_twenty(ada, ben, room):
    def cost(url):
        with CaptureQueriesContext(connection) as queries:
            assert ada.get(url).status_code == 200
        return len(queries)

    urls = ("files/", f"files/?room={room.pk}", f"rooms/{room.pk}/messages/")
    post(ben, f"rooms/{room.pk}/messages/", files=[text()])
    few = [cost(url) for url in urls]
    for _ in range(4):
        post(ben, f"rooms/{room.pk}/messages/", files=[text()] * 5)
    assert [cost(url) for url in urls] == few


def test_who_came_later_sees_nothing_of_before(ben, client_of, people, room, settings):
    settings.DF_CHAT = {"NEW_MEMBER_HISTORY": "none"}
    old = post(ben, f"rooms/{room.pk}/messages/", files=[text()]).json()["files"][0]["id"]
    actions.add_member(actor=people.ada, room_id=room.pk, user_id=people.cleo.pk)
    new = post(ben, f"rooms/{room.pk}/messages/", files=[text()]).json()["files"][0]["id"]
    cleo = client_of(people.cleo)
    assert ids(cleo.get("files/")) == ids(cleo.get(f"files/?room={room.pk}")) == [new]
    assert (cleo.get(f"files/{old}/").status_code, cleo.get(f"files/{new}/").status_code) == (404, 200)
    actions.remove_member(actor=people.ada, room_id=room.pk, user_id=people.cleo.pk)
    assert ids(cleo.get("files/")) == []
    assert cleo.get(f"files/{new}/").status_code == 404


NAMES = [
    "../../etc/passwd.txt",
    "a\x00.txt",
    "\u202egpj.txt",
    "x" * 300 + ".txt",
    "CON.txt",
    "👩‍💻.txt",
    "a\r\nb.txt",
    ".txt",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_of_any_kind_are_made_harmless(ben, media, name):
    answer = post(ben, "files/", file=SimpleUploadedFile("x.txt", b"text"))
    content = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="'
        + name.encode()
        + b'"\r\nContent-Type: text/html\r\n\r\ntext\r\n--b--\r\n'
    )
    answer = ben.generic("POST", "files/", content, content_type="multipart/form-data; boundary=b")
    assert answer.status_code in (201, 400), answer.content
    if answer.status_code == 201:
        shown = answer.json()["name"]
        assert len(shown) <= 150
        assert shown.isprintable() or "\u200d" in shown
        assert not set(shown) & set('/\\\r\n\x00\u202e"')
    for path in media.rglob("*"):
        assert path.is_dir() or len(path.name) == 32


BODIES = [
    b"",
    b"--b",
    b"--b\r\n\r\n\r\n--b--",
    b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n--b--\r\n',
    b'--b\r\nContent-Disposition: form-data; name="file"; filename=""\r\n\r\n\r\n--b--\r\n',
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n\r\n--b--\r\n',
    b'--b\r\nContent-Disposition: form-data; name="seq"; filename="a.txt"\r\n\r\nx\r\n--b--\r\n',
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\nContent-Transfer-Encoding: base64\r\n\r\n%',
    b"".join(b'--b\r\nContent-Disposition: form-data; name="x%d"\r\n\r\n1\r\n' % n for n in range(1100)) + b"--b--\r\n",
    b"".join(b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n1\r\n' for _ in range(150))
    + b"--b--\r\n",
]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
@pytest.mark.parametrize("url", ["files/", "rooms/{room}/messages/"])
def test_forms_of_any_kind_are_refused_in_the_one_shape(ben, room, url, body):
    for kind in ("multipart/form-data; boundary=b", "multipart/form-data", "application/json", "text/plain"):
        answer = ben.generic("POST", url.format(room=room.pk), body, content_type=kind)
        assert_refused(answer)
    assert (Message.objects.count(), MessageFile.objects.count(), MessageImage.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize("value", ["", "x", "\x00", "null", "[]", "9" * 400, str(uuid.UUID(int=1))])
def test_ids_of_any_kind_are_refused(ben, room, value):
    for field in ("room_id", "message_id"):
        answer = post(ben, "files/", file=text(), **{field: value})
        # An empty field of a form is none.
        assert answer.status_code == 201 if value == "" else 400 <= answer.status_code < 500
    for field in ("image_ids", "file_ids"):
        for ids_given in (value, [value], [[value]], {"a": value}, None, 5):
            answer = ben.post(f"rooms/{room.pk}/messages/", {field: ids_given})
            assert_refused(answer)
