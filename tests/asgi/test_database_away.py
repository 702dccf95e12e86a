"""A database that is away: refusals that say so, sockets that come again, and no error that nobody foresaw."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async
from channels.layers import channel_layers
from channels.testing import WebsocketCommunicator
from django.db import InterfaceError, OperationalError

from df_chat import actions
from df_chat.asgi.urls import build_application
from df_chat.authentication import signing_in
from df_chat.hub import hub
from tests.asgi.sockets import SECONDS, connected, page_of
from tests.asgi.test_live import cookie_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("async_orm")]

ERRORS = [OperationalError("terminating connection"), InterfaceError("connection already closed")]


def failing(error):
    def fail(*args, **kwargs):
        raise error

    return fail


@pytest.mark.parametrize("error", ERRORS, ids=["operational", "interface"])
async def test_an_action_is_answered_503_and_works_later(people, room, monkeypatch, caplog, error):
    async with connected(people.ben) as ben:
        await ben.hear("ready")
        with monkeypatch.context() as away:
            away.setattr(actions, "send_message", failing(error))
            answer = await ben.ask("send_message", room_id=room.pk, body="hi")
        assert (answer["response_status"], answer["errors"][0]["code"]) == (503, "unavailable")
        assert (await ben.ask("send_message", room_id=room.pk, body="hi"))["response_status"] == 201
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_a_request_is_answered_503(people, room, monkeypatch, client):
    client.force_login(people.ben)
    monkeypatch.setattr(actions, "send_message", failing(ERRORS[0]))
    answer = client.post(f"/api/v1/chat/rooms/{room.pk}/messages/", {"body": "hi"}, "application/json")
    assert (answer.status_code, answer["Retry-After"]) == (503, "1")
    assert answer.json()["errors"][0]["code"] == "unavailable"


async def test_a_socket_that_cannot_be_opened_is_closed_with_1013(people, room, monkeypatch, caplog):
    channel_layers.backends.clear()
    cookie = await sync_to_async(cookie_of)(people.ben)
    monkeypatch.setattr(hub, "read_positions", failing(ERRORS[0]))
    communicator = WebsocketCommunicator(build_application(), "/api/v1/chat/ws/", **page_of(cookie))
    assert (await communicator.connect(SECONDS))[0]
    assert await communicator.receive_output(SECONDS) == {"type": "websocket.close", "code": 1013}
    await communicator.wait()
    assert "Traceback" not in caplog.text


async def test_a_session_that_cannot_be_read_closes_with_1013(people, monkeypatch):
    monkeypatch.setattr(signing_in, "user_of_session", failing(ERRORS[0]))
    communicator = WebsocketCommunicator(build_application(), "/api/v1/chat/ws/", **page_of("sessionid=any"))
    assert await communicator.connect(SECONDS) == (False, 1013)
