"""Every hook of the custom project does its part. Run by tests/projects/test_projects.py, in a process of its own."""

from __future__ import annotations

import pytest
from channels.testing import WebsocketCommunicator
from django.core.checks import run_checks
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from df_chat.asgi.urls import websocket_urlpatterns
from df_chat.asyncapi import build_document
from df_chat.settings import DEFAULTS, IMPORT_LISTS, IMPORT_STRINGS
from df_chat.testing import make_user
from tests.media.images import png, upload
from tests.projects.custom import hooks
from tests.projects.custom import settings as configuration

pytestmark = pytest.mark.django_db(transaction=True)
API = "/api/v1/chat/"


@pytest.fixture
def people():
    return [make_user(name) for name in ("ada", "ben", "LOUD")]


def client_of(user):
    client = APIClient()
    client.force_authenticate(user)
    return client


def test_every_hook_is_replaced_and_the_checks_are_content():
    assert set(configuration.DF_CHAT) == IMPORT_STRINGS | IMPORT_LISTS
    assert set(DEFAULTS) >= set(configuration.DF_CHAT)
    assert [message for message in run_checks() if message.id.startswith("df_chat")] == []


def test_rest_goes_through_every_hook(people, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    ada, ben, loud = people
    client = client_of(ada)
    ids = [str(ben.pk), str(loud.pk)]
    room = client.post(f"{API}rooms/", {"title": "quiet", "user_ids": ids}, format="json").json()
    assert room["shouted"] == "QUIET"
    assert room["creator_id"] == str(ada.pk)
    messages = f"{API}rooms/{room['id']}/messages/"
    sent = client.post(messages, {"body": "two words"}, format="json").json()
    assert (sent["words"], sent["length"], sent["sender"]["name"]) == (2, 9, "~ada")
    spelled = [str(ben.pk), str(ben.pk).upper(), ben.pk.hex]
    mentioning = client.post(messages, {"body": "@ben", "mention_ids": spelled}, format="json").json()
    assert mentioning["mentions"] == [{"user_id": str(ben.pk), "name": "~ben"}]
    assert client_of(ben).get(f"{API}rooms/{room['id']}/").json()["mention_count"] == 1
    for key in (str(room["id"]), "1", "ben"):
        answer = client.post(messages, {"body": "x", "mention_ids": [key]}, format="json")
        assert answer.json()["errors"][0]["code"] == "not_a_member"
    assert client.get(messages).json()["mine"] is True
    refused = client_of(loud).post(messages, {"body": "HEY"}, format="json")
    assert refused.json()["errors"][0]["detail"] == "Please do not shout."
    members = client.get(f"{API}rooms/{room['id']}/users/?size=1").json()
    assert [member["initial"] for member in members["results"]] == ["a"]
    assert members["next"]
    assert client.get(f"{API}rooms/{room['id']}/users/{ben.pk}/").json()["name"] == "~ben"
    found = client.get(f"{API}users/?search=be&size=1").json()["results"]
    assert [person["email"] for person in found] == ["ben@example.com"]
    assert len(client.get(f"{API}rooms/?size=1").json()["results"]) == 1
    assert client.post(f"{API}direct/{ben.pk}/").status_code == 201
    found = client.get(f"{API}rooms/{room['id']}/users/?search=be").json()["results"]
    assert [member["name"] for member in found] == ["~ben"]
    (direct,) = client.get(f"{API}rooms/?search=be").json()["results"]
    assert direct["peer"]["name"] == "~ben"
    assert client.post(f"{API}sync/", {}, format="json").status_code == 200
    image = client.post(f"{API}images/", {"image": upload(png())}, format="multipart").json()
    assert (image["ratio"], image["is_pending"]) == (1.5, False)
    file = client.post(f"{API}files/", {"file": upload(b"text", "a.txt")}, format="multipart").json()
    assert file["kilobytes"] == 0
    assert len(client.get(f"{API}files/?size=1").json()["results"]) == 1
    assert {"ROOM", "ROOM_USER", "MESSAGE", "USER", "SYNC", "DIRECT", "ATTACHMENT", "scan", "throttle"} <= set(
        hooks.asked
    )
    assert hooks.published


@pytest.mark.usefixtures("async_orm")
async def test_the_socket_is_the_hosts_consumer(people):
    (route,) = websocket_urlpatterns
    assert route.callback.consumer_class is hooks.Consumer
    communicator = WebsocketCommunicator(route.callback, "/")
    communicator.scope["user"] = people[0]
    assert (await communicator.connect())[0]
    assert (await communicator.receive_json_from(5))["user_id"] == str(people[0].pk)
    await communicator.send_json_to({"action": "sync", "request_id": 1})
    assert (await communicator.receive_json_from(5))["response_status"] == 200
    await communicator.disconnect()
    assert "sync" in hooks.asked


def test_the_documents_show_what_the_host_made_of_it():
    made = SchemaGenerator().get_schema(request=None, public=True)
    schemas = made["components"]["schemas"]
    assert "shouted" in schemas["ChatRoomView"]["required"]
    for name in ("ChatMessageView", "ChatDeletedMessageView", "ChatMessageDetail"):
        assert "words" in schemas[name]["properties"]
    assert "email" in schemas["ChatPersonView"]["properties"]
    assert "email" not in schemas["ChatPerson"]["properties"]
    sizes = [item["name"] for item in made["paths"][f"{API}rooms/"]["get"]["parameters"]]
    assert "size" in sizes
    assert set(build_document()["operations"]) >= set(hooks.Consumer.available_actions)
