"""The OpenAPI document: whole, valid in both dialects, and true of every operation."""

from __future__ import annotations

import io
import uuid

import pytest
from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import spectacular_settings
from rest_framework.test import APIClient

from df_chat import actions
from df_chat.contrib.spectacular.bodies import EXAMPLES
from df_chat.contrib.spectacular.dialect import translate
from df_chat.schema import COMPONENTS
from df_chat.schema.build import FLAG, TEXT, UUID, array, const, maybe, one_of, record, ref
from tests.contracts.openapi import check_answer, check_body, document
from tests.media.images import png, upload
from tests.schemas import Checker

CHAT = "/api/v1/chat/"


def operations():
    return [
        pytest.param(method, path, operation, id=f"{method} {path.removeprefix(CHAT)}")
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
        if path.startswith(CHAT)
    ]


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize("split", [True, False], ids=["split", "shared"])
def test_it_is_valid_and_nothing_is_guessed(monkeypatch, version, split):
    monkeypatch.setattr(spectacular_settings, "OAS_VERSION", version)
    monkeypatch.setattr(spectacular_settings, "COMPONENT_SPLIT_REQUEST", split)
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=io.StringIO())


@pytest.mark.parametrize(("method", "path", "operation"), operations())
def test_an_operation_is_told_whole(method, path, operation):
    assert operation["summary"].endswith(".")
    assert operation["tags"] == ["chat"]
    assert operation["security"] == [{"basicAuth": []}, {"cookieAuth": []}]
    assert {"401", "403", "429", "503"} < set(operation["responses"])
    in_path = {item["name"]: item["schema"] for item in operation.get("parameters", []) if item["in"] == "path"}
    assert set(in_path) == {step.strip("{}") for step in path.split("/") if step.startswith("{")}
    for name, schema in in_path.items():
        assert schema == ({"type": "string"} if name == "user_id" else {"type": "string", "format": "uuid"})
    for status, described in operation["responses"].items():
        assert described["description"]
        if int(status) >= 400:
            schema = described["content"]["application/json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/ChatRefusal"}


def test_every_list_is_paged_and_asked_in_pages():
    lists = [param.values for param in operations() if param.values[2]["operationId"].endswith("_list")]
    assert len(lists) == 8
    for _, path, operation in lists:
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        page = document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        assert page["required"] == ["next", "previous", "results"]
        asked = {item["name"] for item in operation.get("parameters", []) if item["in"] == "query"}
        assert "limit" in asked
        assert "messages" not in path or asked >= {"before", "after", "around", "parent", "search"}


def test_examples_are_what_they_illustrate():
    schemas = document()["components"]["schemas"]
    checker = Checker(schemas)
    examples = [(name, example) for name, schema in schemas.items() for example in schema.get("examples", [])]
    for name, example in examples:
        checker.check(ref(name), example)
    assert set(EXAMPLES) < {name for name, _ in examples}
    with_body = [param.values[2] for param in operations() if "requestBody" in param.values[2]]
    for operation in with_body:
        content = operation["requestBody"]["content"]
        if "application/json" not in content:
            continue  # what files are uploaded by
        body = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
        assert body in EXAMPLES, f"{body} has no example in df_chat/contrib/spectacular/bodies.py"


class Recorder(APIClient):
    """A client whose answers are checked against the document, and whose bodies are too."""

    seen: set[tuple[str, int]]

    def generic(self, method, path, *args, **kwargs):
        answer = super().generic(method, path if path.startswith("/") else CHAT + path, *args, **kwargs)
        if (found := check_answer(answer)) is not None:
            self.seen.add(found)
        return answer


def client_of(user, seen):
    client = Recorder()
    client.force_authenticate(user)
    client.seen = seen
    return client


def drive_rooms(ada, ben, cleo, people):
    made = ada.post("rooms/", {**EXAMPLES["ChatNewRoom"], "user_ids": [str(people.ben.pk)], "max_users": 9}).json()
    room = f"rooms/{made['id']}/"
    for query in ("", "?public=true&search=Hik", "?kind=group&limit=1"):
        ada.get(f"rooms/{query}")
    ada.put(room, {"title": "Whole", "is_public": True})
    ada.patch(room, EXAMPLES["PatchedChatRoomFields"])
    cleo.get(room)
    for client in (cleo, ben):
        for verb in ("join/", "mute/", "unmute/", "leave/"):
            (client.put if client is ben and verb in ("join/", "leave/") else client.post)(room + verb)
    member = f"{room}users/{people.cleo.pk}/"
    ada.post(room + "users/", {"user_id": people.cleo.pk})
    ada.get(room + "users/")
    ada.get(room + "users/?search=cl")
    ada.get(room + "users/?search=c")
    ada.get(room + "users/names/")
    ada.get(member)
    ada.put(member, {"role": "admin"})
    ada.patch(member, {"role": "member"})
    ada.patch(member, {})
    ada.delete(member)
    return made


def drive_messages(ada, ben, room_id):
    messages = f"rooms/{room_id}/messages/"
    me = str(ada.handler._force_user.pk)
    body = {"body": "hi", "client_id": str(uuid.uuid4()), "metadata": {"k": [1]}, "mention_ids": [me]}
    sent = ada.post(messages, body).json()
    one = f"{messages}{sent['id']}/"
    ada.post(messages, body)
    ada.post(messages, {**body, "body": "other"})
    ben.post(messages, {"body": "reply", "parent_id": sent["id"]})
    ben.post(messages, {"body": "👍", "parent_id": sent["id"], "is_reaction": True})
    ben.post(one + "react/", {"emoji": "🎉"})
    ben.post(messages + "received/", {"message_id": sent["id"]})
    ben.post(messages + "seen/", {"up_to": sent["seq"]})
    for query in ("", f"?around={sent['seq']}&limit=2", f"?parent={sent['id']}", "?search=hi", "?search=h"):
        ben.get(messages + query)
    assert ada.get(one).json()["seen_by"]
    ada.put(one, {"body": "edited", "mention_ids": []})
    ada.patch(one, {"metadata": {}})
    ada.delete(one)
    ada.get(f"messages/?room={room_id}&limit=1")
    ada.post(messages, body)
    flat = {"room_id": room_id, "body": "flat", "client_id": str(uuid.uuid4())}
    ada.post("messages/", flat)
    ada.post("messages/", flat)
    assert ben.get(messages).json()["results"][-1]["deleted"]


def drive_attachments(ada, room_id):
    for kind, content in (("image", png()), ("file", b"text")):
        url, name = f"{kind}s/", "a.png" if kind == "image" else "a.txt"

        def post(url=url, kind=kind, content=content, name=name, **fields):
            return ada.post(url, {kind: upload(content, name), **fields}, format="multipart")

        loose = post().json()
        sent = {"room_id": room_id, "client_id": str(uuid.uuid4())}
        first = post(**sent).json()
        assert post(**sent).json()["id"] == first["id"]
        post(message_id=first["message_id"])
        ada.get(url)
        ada.get(f"{url}?room={room_id}&limit=1")
        ada.get(f"{url}{loose['id']}/")
        ada.put(f"{url}{loose['id']}/", {kind: upload(content, name)}, format="multipart")
        ada.delete(f"{url}{loose['id']}/")


def drive_streams(ada, ben, room_id, people):
    gen = ada.get(f"rooms/{room_id}/").json()["gen"]
    for query in ("", f"?gen={gen}&since=0"):
        ada.get(f"rooms/{room_id}/changes/{query}")
    ada.get(f"rooms/{room_id}/snapshot/")
    ada.post("ws-ticket/")
    own = ada.get("memberships/").json()
    other = f"room:{uuid.uuid4()}"
    known = {f"room:{room_id}": {"gen": gen, "version": 1}, own["stream"]: {"gen": own["gen"], "version": 0}}
    assert len(ada.post("sync/", {"streams": {**known, other: {"gen": "", "version": 0}}}).json()["streams"]) == 3
    ada.get("users/?search=be")
    direct = f"direct/{people.ben.pk}/"
    ada.get(direct)
    ada.get(direct + "messages/")
    ada.post(direct)
    ada.post(direct)
    ada.get(direct)
    body = {"body": "hi", "client_id": str(uuid.uuid4())}
    ben.post(f"direct/{people.ada.pk}/messages/", body)
    ben.post(f"direct/{people.ada.pk}/messages/", body)
    assert ada.get("rooms/?kind=direct").json()["results"][0]["peer"]["name"] == "ben"


def drive_media(ada, people, room_id):
    image = actions.upload_image(actor=people.ada, file=upload(png()))
    file = actions.upload_file(actor=people.ada, file=upload(b"Hello", "hello.txt"))
    actions.send_message(actor=people.ada, room_id=room_id, body="", image_ids=[image.pk], file_ids=[file.pk])
    sizes = [f"images/{image.pk}/{size}/" for size in ("original", "medium", "small")]
    ada.put(f"rooms/{room_id}/image/", {"image": upload(png())}, format="multipart")
    sizes += [f"rooms/{room_id}/image/", f"rooms/{room_id}/image/small/"]
    for address in (*sizes, f"files/{file.pk}/content/"):
        tag = ada.get(address).headers["ETag"]
        assert ada.get(address, headers={"Range": "bytes=1-2"}).status_code == 206
        assert ada.get(address, headers={"Range": "bytes=99999-"}).status_code == 416
        assert ada.get(address, headers={"If-None-Match": tag}).status_code == 304
    ada.delete(f"rooms/{room_id}/image/")


@pytest.mark.django_db
def test_every_operation_answers_as_described(people, settings, tmp_path):
    """The whole API is used once; what each operation answers when it is done was among it."""
    settings.MEDIA_ROOT = tmp_path
    seen: set[tuple[str, int]] = set()
    ada, ben, cleo = (client_of(user, seen) for user in (people.ada, people.ben, people.cleo))
    made = drive_rooms(ada, ben, cleo, people)
    actions.join_room(actor=people.ben, room_id=made["id"])
    drive_messages(ada, ben, made["id"])
    drive_streams(ada, ben, made["id"], people)
    drive_media(ada, people, made["id"])
    drive_attachments(ada, made["id"])
    ada.delete(f"rooms/{made['id']}/")
    promised = {
        (f"{method} {path}", int(status))
        for method, path, operation in (param.values for param in operations())
        for status in operation["responses"]
        if int(status) < 300
    }
    assert promised - seen == set()


@pytest.mark.django_db
def test_an_answer_that_is_not_described_fails(people, monkeypatch):
    client = client_of(people.ada, set())
    client.get("users/")
    monkeypatch.setattr("df_chat.drf.serializers.person_state", lambda user: {"id": "1", "name": "x"})
    with pytest.raises(AssertionError, match="'image' is a required property"):
        client.get("users/")


def test_bodies_refuse_what_the_serializers_refuse():
    send = document()["paths"][f"{CHAT}rooms/{{room_pk}}/messages/"]["post"]
    check_body(send, {"body": "hi"})
    for wrong in ({}, {"body": "hi", "seq": 1}, {"body": None}, {"body": "hi", "parent_id": 5}):
        with pytest.raises(AssertionError):
            check_body(send, wrong)


def test_3_0_says_the_same_in_its_own_words(monkeypatch):
    monkeypatch.setattr(spectacular_settings, "OAS_VERSION", "3.0.3")
    schema = record(
        {
            "id": maybe(UUID),
            "one": maybe(ref("ChatRoom")),
            "two": maybe(one_of("ChatRoom", "ChatDeletedRoom")),
            "deleted": const(True),
            "const": array(FLAG),
            "examples": {**TEXT, "examples": ["x"]},
        }
    )
    room = {"$ref": "#/components/schemas/ChatRoom"}
    assert translate(schema)["properties"] == {
        "id": {"type": "string", "format": "uuid", "nullable": True},
        "one": {"allOf": [room], "nullable": True},
        "two": {"allOf": [one_of("ChatRoom", "ChatDeletedRoom")], "nullable": True},
        "deleted": {"type": "boolean"},
        "const": {"type": "array", "items": {"type": "boolean"}},
        "examples": {"type": "string", "example": "x"},
    }
    made = SchemaGenerator().get_schema(request=None, public=True)
    assert set(COMPONENTS) - set(made["components"]["schemas"]) == set()
