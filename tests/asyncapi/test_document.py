"""The AsyncAPI document: valid, whole, and made from the consumer."""

from __future__ import annotations

import gzip
import io
import json
import re
from pathlib import Path

import pytest
from django.core.management import call_command
from jsonschema import Draft7Validator

from df_chat.asgi.commands import command
from df_chat.asgi.consumers import RoomsConsumer
from df_chat.asgi.inputs import OneRoom
from df_chat.asyncapi import build_document
from df_chat.asyncapi.commands import ANSWERS, EXAMPLES
from df_chat.asyncapi.frames import CLOSE_CODES, FRAMES
from tests.asyncapi.frames import check_message, document

ROOT = Path(__file__).resolve().parents[2]
# The schema that the AsyncAPI Initiative publishes in @asyncapi/specs 6.11.1 (Apache-2.0), unchanged.
OFFICIAL = Path(__file__).with_name("asyncapi-3.0.0.json.gz")


def faults_of(made):
    official = json.loads(gzip.decompress(OFFICIAL.read_bytes()))
    return [f"{error.json_path}: {error.message[:200]}" for error in Draft7Validator(official).iter_errors(made)]


def targets_in(value):
    if isinstance(value, dict):
        yield from [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from targets_in(item)


def test_it_is_valid_by_the_official_schema():
    assert faults_of(document()) == []
    assert faults_of({**document(), "operations": {"x": {"action": "shout"}}}) != []


def test_every_reference_leads_somewhere():
    for target in set(targets_in(document())):
        here = document()
        for step in target.removeprefix("#/").split("/"):
            here = here[step]


def test_every_schema_is_used():
    used = {target.rpartition("/")[2] for target in targets_in(document()) if "/schemas/" in target}
    assert set(document()["components"]["schemas"]) == used


def test_every_action_has_its_answer():
    """A new action needs a line in df_chat/asyncapi/commands.py."""
    assert set(RoomsConsumer.available_actions) == set(ANSWERS) == set(EXAMPLES) - {"authenticate"}
    assert set(ANSWERS) < set(document()["operations"])


def test_a_commands_fields_are_those_it_takes():
    schemas = document()["components"]["schemas"]
    send = schemas["ChatSendMessage"]
    assert set(send["properties"]) == {
        "action", "request_id", "room_id", "body", "parent_id", "client_id", "metadata",
        "image_ids", "file_ids", "mention_ids",
    }  # fmt: skip
    assert send["required"] == ["action", "room_id"]
    assert send["additionalProperties"] is False
    assert schemas["ChatMarkSeen"]["properties"]["message_ids"]["maxItems"] == 200


@pytest.mark.parametrize("name", document()["components"]["messages"])
def test_examples_are_what_they_illustrate(name):
    message = document()["components"]["messages"][name]
    for example in message.get("examples", []):
        check_message(name, example["payload"])


def test_a_subclass_brings_its_own_actions():
    class Consumer(RoomsConsumer):
        @command(OneRoom)
        async def wave(self, request_id, action, room_id):
            """Wave to a room."""

    made = build_document(Consumer)
    assert faults_of(made) == []
    assert made["operations"]["wave"]["summary"] == "Wave to a room."
    assert made["components"]["schemas"]["ChatWave"]["required"] == ["action", "room_id"]
    assert "wave" not in document()["operations"]


def test_the_page_names_the_same_frames_and_codes():
    page = (ROOT / "docs" / "protocol.md").read_text()
    named = set(re.findall(r'^\| `{"type": "(\w+)"', page, re.MULTILINE))
    assert named == set(FRAMES)
    assert {int(code) for code in re.findall(r"^\| (\d{4}) \|", page, re.MULTILINE)} == set(CLOSE_CODES)


def test_the_command_prints_it():
    printed = io.StringIO()
    call_command("chat_asyncapi", "--host", "chat.example.com", stdout=printed)
    made = json.loads(printed.getvalue())
    assert made["servers"]["site"]["host"] == "chat.example.com"
    assert made["channels"]["chat"]["address"] == "/api/v1/chat/ws/"
    assert faults_of(made) == []


def test_the_view_serves_it(client):
    answer = client.get("/asyncapi.json")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["servers"]["site"] == {
        "host": "testserver",
        "protocol": "ws",
        "security": [{"$ref": f"#/components/securitySchemes/{name}"} for name in ("basic", "session", "subprotocol")],
    }


def test_ways_in_are_those_of_rest(settings):
    settings.REST_FRAMEWORK = {
        "DEFAULT_AUTHENTICATION_CLASSES": [
            "rest_framework_simplejwt.authentication.JWTAuthentication",
            "rest_framework.authentication.TokenAuthentication",
        ]
    }
    schemes = build_document()["components"]["securitySchemes"]
    assert schemes["bearer"] == {"type": "http", "scheme": "bearer"}
    assert (schemes["token"]["type"], schemes["token"]["name"]) == ("httpApiKey", "Authorization")
