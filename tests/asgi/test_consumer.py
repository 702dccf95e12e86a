"""The socket: what it tells, what it takes, and that nothing kills it."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from asgiref.sync import sync_to_async
from channels.layers import channel_layers
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import AnonymousUser

from df_chat import actions
from df_chat.asgi.consumers import RoomsConsumer, command
from df_chat.asgi.observers import room_observer
from df_chat.drf.strict import StrictSerializer
from df_chat.models import Message, RoomUser, UserChat
from tests.asgi.sockets import SECONDS, also_connected, connected

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("async_orm")]

run = sync_to_async


async def test_nobody_connects_without_signing_in():
    for user in (AnonymousUser(), None):
        communicator = WebsocketCommunicator(RoomsConsumer.as_asgi(), "/")
        communicator.scope["user"] = user
        assert (await communicator.connect())[0] is False


async def test_ready_tells_where_my_streams_stand(people, room, public):
    async with connected(people.ben) as ben:
        ready = await ben.hear("ready")
    assert ready["user_id"] == str(people.ben.pk)
    assert set(ready["streams"]) == {f"room:{room.pk}", f"room:{public.pk}", f"user:{people.ben.pk}"}
    assert ready["streams"][f"room:{room.pk}"] == {"gen": "1.1", "version": 3}


async def test_what_one_sends_all_hear_once(people, room):
    async with connected(people.ada) as ada, also_connected(people.ben) as ben, also_connected(people.cleo) as cleo:
        for socket in (ada, ben, cleo):
            await socket.hear("ready")
        answer = await ada.ask("send_message", room_id=room.pk, body="hi", client_id=uuid.uuid4())
        assert answer["response_status"] == 201
        for socket in (ada, ben):
            frame = await socket.hear("changes")
            assert (frame["prev"], frame["version"]) == (3, 4)
            assert frame["messages"] == [answer["data"]]
        assert await cleo.hear_nothing()


async def test_a_retry_is_answered_and_not_heard_again(people, room):
    key = uuid.uuid4()
    async with connected(people.ada) as ada:
        await ada.hear("ready")
        first = await ada.ask("send_message", room_id=room.pk, body="hi", client_id=key)
        await ada.hear("changes")
        again = await ada.ask("send_message", room_id=room.pk, body="hi", client_id=key)
        assert (first["response_status"], again["response_status"]) == (201, 200)
        assert first["data"] == again["data"]
        assert await ada.hear_nothing()


async def test_every_action_has_its_answer(people, room, public):
    async with connected(people.ben) as ben:
        await ben.hear("ready")
        message = (await ben.ask("send_message", room_id=room.pk, body="hi"))["data"]
        where = {"room_id": room.pk, "message_id": message["id"]}
        assert (await ben.ask("edit_message", **where, body="ho"))["data"]["body"] == "ho"
        assert (await ben.ask("react", **where, emoji="👍"))["data"]["reactions"][0]["count"] == 1
        assert (await ben.ask("mark_seen", room_id=room.pk, up_to=99))["data"]["seen_seq"] == 4
        assert (await ben.ask("mark_received", room_id=room.pk, message_ids=[message["id"]]))["response_status"] == 200
        assert (await ben.ask("delete_message", **where))["data"]["deleted"] is True
        assert (await ben.ask("leave", room_id=public.pk))["response_status"] == 204
        assert (await ben.ask("join", room_id=public.pk))["data"]["is_active"] is True
        assert (await ben.ask("typing", room_id=room.pk))["response_status"] == 202
        assert f"room:{room.pk}" in (await ben.ask("sync"))["data"]["streams"]
        assert (await ben.ask("subscribe", room_id=room.pk))["data"]["stream"] == f"room:{room.pk}"
        assert (await ben.ask("unsubscribe"))["response_status"] == 200


async def test_joins_and_leaves_are_followed_on_every_socket_of_a_user(people, public):
    async with connected(people.cleo) as one, also_connected(people.cleo) as two:
        for socket in (one, two):
            await socket.hear("ready")
        await one.ask("join", room_id=public.pk)
        for socket in (one, two):
            assert (await socket.hear("subscribed"))["stream"] == f"room:{public.pk}"
        await run(actions.send_message)(actor=people.ada, room_id=public.pk, body="welcome")
        for socket in (one, two):
            frame = await socket.hear("changes")
            while "messages" not in frame:
                frame = await socket.hear("changes")
            assert frame["messages"][0]["body"] == "welcome"
        await two.ask("leave", room_id=public.pk)
        assert (await one.hear("removed"))["stream"] == f"room:{public.pk}"


async def test_a_removed_member_hears_nothing_newer(people, room):
    async with connected(people.ben) as ben:
        await ben.hear("ready")
        await run(actions.remove_member)(actor=people.ada, room_id=room.pk, user_id=people.ben.pk)
        await run(actions.send_message)(actor=people.ada, room_id=room.pk, body="secret")
        frames = [await ben.hear(), await ben.hear()]
        assert {"type": "removed", "stream": f"room:{room.pk}"} in frames
        assert any("memberships" in frame for frame in frames)
        assert await ben.hear_nothing()


async def test_a_removed_member_hears_nothing_even_if_the_news_is_lost(people, room, monkeypatch):
    from df_chat.streams import transaction

    async with connected(people.ben) as ben:
        await ben.hear("ready")
        with monkeypatch.context() as lossy:
            lossy.setattr(transaction, "announce", lambda *args, **kwargs: None)
            await run(actions.remove_member)(actor=people.ada, room_id=room.pk, user_id=people.ben.pk)
        await run(actions.send_message)(actor=people.ada, room_id=room.pk, body="secret")
        assert (await ben.hear())["type"] == "removed"
        assert await ben.hear_nothing()


async def test_without_the_gate_a_lost_removal_would_leak(people, room, monkeypatch):
    """Sabotage: the test above can fail."""
    from df_chat.hub.hub import Hub
    from df_chat.streams import transaction
    from df_chat.sync import Head

    async def no_gate(self, feed):
        feed.settle(Head(99, 99, 1))
        return True

    async with connected(people.ben) as ben:
        await ben.hear("ready")
        with monkeypatch.context() as lossy:
            lossy.setattr(transaction, "announce", lambda *args, **kwargs: None)
            await run(actions.remove_member)(actor=people.ada, room_id=room.pk, user_id=people.ben.pk)
        monkeypatch.setattr(Hub, "_reread_members", no_gate)
        await run(actions.send_message)(actor=people.ada, room_id=room.pk, body="secret")
        assert (await ben.hear("changes"))["messages"][0]["body"] == "secret"


async def test_a_later_member_hears_no_edit_of_what_was_before(people, room, settings):
    settings.DF_CHAT = {"NEW_MEMBER_HISTORY": "none"}
    old = (await run(actions.send_message)(actor=people.ada, room_id=room.pk, body="before")).message
    await run(actions.add_member)(actor=people.ada, room_id=room.pk, user_id=people.cleo.pk)
    async with connected(people.cleo) as cleo:
        await cleo.hear("ready")
        await run(actions.edit_message)(actor=people.ada, room_id=room.pk, message_id=old.pk, body="edited")
        frame = await cleo.hear("changes")
        assert frame["messages"] == []
        assert frame["version"] == 6


async def test_a_socket_may_listen_to_one_room(people, room, public):
    async with connected(people.ben) as ben:
        await ben.hear("ready")
        await ben.ask("subscribe", room_id=public.pk)
        await run(actions.send_message)(actor=people.ada, room_id=room.pk, body="not for this socket")
        await run(actions.send_message)(actor=people.ada, room_id=public.pk, body="for it")
        assert (await ben.hear("changes"))["messages"][0]["body"] == "for it"
        await ben.ask("unsubscribe")
        await run(actions.send_message)(actor=people.ada, room_id=room.pk, body="all again")
        assert (await ben.hear("changes"))["messages"][0]["body"] == "all again"


async def test_typing_goes_to_the_others(people, room):
    async with connected(people.ada) as ada, also_connected(people.ben) as ben:
        await ada.hear("ready")
        await ben.hear("ready")
        for _ in range(3):
            await ada.ask("typing", room_id=room.pk)
        assert (await ben.hear("typing"))["name"] == "ada"
        assert await ben.hear_nothing()
        await ada.ask("send_message", room_id=room.pk, body="done")
        await ada.hear("changes")
        await ada.ask("typing", room_id=room.pk)
        assert (await ben.hear("typing"))["is_typing"] is True
        assert await ada.hear_nothing()


@pytest.mark.parametrize(
    "frame",
    [
        {"action": "nope"},
        {"action": "__init__"},
        {"action": "send_message"},
        {"action": "send_message", "room_id": "x", "body": 5},
        {"action": "send_message", "self": 1, "scope": 2, "action_": 3},
        {"action": "send_message", "room_id": str(uuid.UUID(int=1)), "body": "x"},
        {"action": "send_message", "room_id": "ROOM", "body": "\x00"},
        {"action": "send_message", "room_id": "ROOM", "body": "x", "seq": 1},
        {"action": "send_message", "room_id": "ROOM", "body": "x", "metadata": {"a": "\ud800"}},
        {"action": "edit_message", "room_id": "ROOM", "message_id": str(uuid.UUID(int=1)), "body": "x"},
        {"action": "react", "room_id": "ROOM", "message_id": str(uuid.UUID(int=1)), "emoji": "\ud800"},
        {"action": "mark_seen", "room_id": "ROOM"},
        {"action": "mark_seen", "room_id": "ROOM", "up_to": 2**70},
        {"action": "mark_seen", "room_id": "ROOM", "message_ids": {"a": 1}},
        {"action": "subscribe", "room_id": str(uuid.UUID(int=1))},
        {"action": "typing", "room_id": "ROOM", "is_typing": []},
        {"action": "sync", "streams": []},
        {"action": "sync", "streams": {"x": {"gen": 1, "version": "y"}}},
        {"action": "sync", "streams": {str(n): {"gen": "", "version": 0} for n in range(501)}},
        {"action": "join", "room_id": [[]]},
    ],
    ids=lambda frame: frame["action"],
)
async def test_hostile_commands_are_answered_and_write_nothing(people, room, frame):
    frame = {key: str(room.pk) if value == "ROOM" else value for key, value in frame.items()}
    async with connected(people.ben) as ben:
        await ben.hear("ready")
        await ben.say({**frame, "request_id": "h"})
        answer = await ben.hear()
        assert (answer["request_id"], answer["data"]) == ("h", None)
        assert 400 <= answer["response_status"] < 500
        assert all(set(error) == {"code", "detail", "attr"} for error in answer["errors"])
        assert (await ben.ask("sync"))["response_status"] == 200
    assert not await Message.objects.aexists()


async def test_frames_that_are_no_commands_are_answered_and_the_fifth_closes(people, room):
    async with connected(people.ben) as ben:
        await ben.hear("ready")
        for frame in ("not json", "[]", '{"action": ["x"]}', "5"):
            await ben.say(frame)
            assert (await ben.hear())["response_status"] == 400
        await ben.communicator.send_to(bytes_data=b"\x00")
        assert (await ben.hear())["errors"][0]["code"] == "binary_frame"
        assert await ben.communicator.receive_output(SECONDS) == {"type": "websocket.close", "code": 4400}


async def test_an_action_nobody_foresaw_to_fail_is_answered(people, room, monkeypatch, caplog):
    def broken(**kwargs):
        raise RuntimeError("a bug")

    monkeypatch.setattr(actions, "send_message", broken)
    async with connected(people.ben) as ben:
        await ben.hear("ready")
        answer = await ben.ask("send_message", room_id=room.pk, body="x")
        assert answer["response_status"] == 500
        assert "a bug" not in str(answer)
    assert "a bug" in caplog.text


async def test_presence_follows_the_last_socket(people, room):
    async def is_online():
        return await UserChat.objects.online().filter(user=people.ben).aexists()

    async with connected(people.ben) as one:
        await one.hear("ready")
        while not await is_online():
            await asyncio.sleep(0.05)
        async with also_connected(people.ben) as two:
            await two.hear("ready")
            await two.ask("sync")
        assert await is_online()
    assert not await is_online()


async def test_groups_are_left_however_the_socket_ends(people, room):
    async with connected(people.ben) as ben:
        await ben.hear("ready")
        layer = channel_layers["default"]
        assert len(layer.groups) == 3
    assert not any(layer.groups.values())


class Shout(StrictSerializer):
    pass


class HostConsumer(RoomsConsumer):
    """A host's subclass: an observer more, one replaced, an action more."""

    @room_observer(RoomUser)
    async def member_activity(self, frame, **kwargs):
        await self.send_frame({"type": "members", "count": len(frame.get("users", []))})

    @room_observer(Message)
    async def room_activity(self, frame, **kwargs):
        await self.send_frame({"type": "shout", "body": frame["messages"][0]["body"].upper()})

    @command(Shout)
    async def echo(self, request_id, action):
        return {"echo": action}, 200


async def test_a_host_adds_and_overrides_observers_and_actions(people, room):
    async with connected(people.ben, HostConsumer) as ben:
        await ben.hear("ready")
        assert (await ben.ask("echo"))["data"] == {"echo": "echo"}
        await run(actions.send_message)(actor=people.ada, room_id=room.pk, body="hi")
        assert await ben.hear() == {"type": "shout", "body": "HI"}
        await run(actions.add_member)(actor=people.ada, room_id=room.pk, user_id=people.cleo.pk)
        assert (await ben.hear("members"))["count"] == 1


class GroupConsumer(RoomsConsumer):
    """A host's subclass with a group of its own."""

    channel_layer_alias = "default"

    async def connect(self):
        await self.add_group("news")
        await super().connect()

    async def host_news(self, message):
        await self.send_frame({"type": "news", "text": message["text"]})


async def test_a_host_may_have_groups_of_its_own(people, room):
    async with connected(people.ben, GroupConsumer) as ben:
        await ben.hear("ready")
        layer = channel_layers["default"]
        await layer.group_send("news", {"type": "host.news", "text": "hello"})
        assert await ben.hear("news") == {"type": "news", "text": "hello"}
        await run(actions.send_message)(actor=people.ada, room_id=room.pk, body="hi")
        assert (await ben.hear("changes"))["messages"][0]["body"] == "hi"
    assert not any(layer.groups.values())
