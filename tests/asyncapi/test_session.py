"""A rich session with a real consumer: the document describes each frame, and each frame of the document comes."""

from __future__ import annotations

import json
import uuid

import pytest
from asgiref.sync import sync_to_async as run
from channels.testing import WebsocketCommunicator
from rest_framework.test import APIClient

from df_chat import actions
from df_chat.asgi.urls import build_application
from df_chat.hub import sweep
from df_chat.hub.hub import Hub
from tests.asgi.sockets import also_connected, connected
from tests.asyncapi.frames import check_frame, check_message, document

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("async_orm")]

# Those of a socket whose handshake names nobody: the test below hears them.
SIGN_IN = {"authenticate.frame", "authenticate.reply"}


class Record:
    """The names of all frames that one socket heard."""

    def __init__(self, socket):
        self.socket = socket
        self.names = set()

    async def ask(self, action, **data):
        self.socket.requests += 1
        number = self.socket.requests
        await self.socket.say({"action": action, "request_id": number, **data})
        while True:
            frame = await self.hear()
            if frame.get("request_id") == number:
                return frame

    async def hear(self):
        frame = await self.socket.hear()
        self.names.add(check_frame(frame))
        return frame

    async def meet(self, kind):
        """Go on until such a frame has come, if none has yet."""
        while f"{kind}.frame" not in self.names:
            await self.hear()


async def write(ada, public, mentioned):
    """Everything that is said in a room."""
    room_id, client_id = str(public.pk), str(uuid.uuid4())
    sent = (await ada.ask("send_message", room_id=room_id, body="hi", client_id=client_id))["data"]
    again = await ada.ask("send_message", room_id=room_id, body="hi", client_id=client_id)
    assert (again["response_status"], again["data"]["id"]) == (200, sent["id"])
    there = {"room_id": room_id, "message_id": sent["id"]}
    await ada.ask("send_message", room_id=room_id, body="reply", parent_id=sent["id"], metadata={"k": [1]})
    edited = (await ada.ask("edit_message", **there, body="hello", mention_ids=[mentioned.pk]))["data"]
    assert edited["mentions"] == [{"user_id": str(mentioned.pk), "name": "ben"}]
    refused = await ada.ask("send_message", room_id=room_id, body="hi", mention_ids=["nobody"])
    assert refused["errors"][0]["attr"] == "mention_ids"
    assert (await ada.ask("react", **there, emoji="👍"))["data"]["reactions"][0]["count"] == 1
    await ada.ask("delete_message", **there)
    return sent


async def read(cleo, sent, room):
    """What a member of the public room does who is not in the private one."""
    room_id = sent["room_id"]
    await cleo.ask("join", room_id=room_id)
    await cleo.meet("subscribed")
    await cleo.ask("typing", room_id=room_id)
    await cleo.ask("mark_received", room_id=room_id, up_to=sent["seq"] + 10)
    await cleo.ask("mark_seen", room_id=room_id, message_ids=[sent["id"]])
    await cleo.ask("subscribe", room_id=room_id)
    await cleo.ask("unsubscribe")
    known = {f"room:{room_id}": {"gen": "1.1", "version": 1}, f"room:{room.pk}": {"gen": "", "version": 0}}
    await cleo.ask("sync", streams=known)
    for refused in (
        await cleo.ask("send_message", room_id=str(room.pk), body="x"),
        await cleo.ask("send_message", room_id=room_id),
        await cleo.ask("dance"),
    ):
        assert refused["errors"]
    await cleo.socket.say("no command")
    await cleo.hear()
    await cleo.ask("leave", room_id=room_id)
    await cleo.meet("removed")


async def test_every_frame_of_a_session_is_described(people, room, public, monkeypatch):
    await run(actions.send_message)(actor=people.ada, room_id=room.pk, body="while Ben was away")
    async with connected(people.ada) as a, also_connected(people.cleo) as c, also_connected(people.ben, query="") as b:
        ada, cleo, ben = Record(a), Record(c), Record(b)
        await ben.meet("backlog")
        await ada.meet("ready")
        await cleo.meet("ready")
        sent = await write(ada, public, people.ben)
        await read(cleo, sent, room)
        await ben.ask("mark_seen", room_id=sent["room_id"], up_to=sent["seq"])
        await ada.meet("typing")
        await ada.meet("receipt")
        await run(actions.delete_room)(actor=people.ada, room_id=room.pk)
        await ben.meet("removed")
        monkeypatch.setattr(sweep, "HEARTBEAT_SECONDS", 0)
        hub = Hub.here()
        await sweep.Sweep(hub).tend_sockets()
        await ada.meet("heartbeat")
        hub._farewell.say()
        await ada.meet("going_away")
        await run(actions.set_offline)([people.ben.pk])
        await run(actions.set_online)([people.ben.pk])
        await ada.meet("presence")
    heard = ada.names | cleo.names | ben.names
    described = {name for name in document()["components"]["messages"] if "." in name or name == "refused"}
    assert heard == described - SIGN_IN


async def test_signing_in_by_the_first_frame_is_described(make_user):
    user, client = await run(make_user)("dora"), APIClient()
    await run(client.force_login)(user)
    ticket = (await run(client.post)("/api/v1/chat/ws-ticket/")).json()["ticket"]
    application = build_application()
    for shown, wanted in ((ticket, "authenticate.reply"), ("made up", "refused")):
        communicator = WebsocketCommunicator(application, "/api/v1/chat/ws/?backlog=0")
        assert (await communicator.connect(5))[0]
        heard = {check_frame(await communicator.receive_json_from(5))}
        command = {"action": "authenticate", "request_id": 1, "ticket": shown}
        check_message("authenticate", command)
        await communicator.send_to(text_data=json.dumps(command))
        answer = await communicator.receive_json_from(5)
        heard.add(check_frame(answer))
        assert heard == {"authenticate.frame", wanted}
        assert answer["data"] == (None if answer["errors"] else {"user_id": str(user.pk)})
        await communicator.disconnect()


def test_a_frame_that_is_not_described_fails():
    check_frame({"type": "heartbeat"})
    for unknown in (
        {"type": "words", "count": 1},
        {"type": "heartbeat", "at": 1},
        {"type": "removed"},
        {"action": "wave", "request_id": 1, "response_status": 200, "errors": [], "data": None},
        {"action": "leave", "request_id": 1, "response_status": 200, "errors": [], "data": None},
    ):
        with pytest.raises(AssertionError):
            check_frame(unknown)
