"""What holds one user up holds up no other."""

from __future__ import annotations

import asyncio
import time

import pytest
from asgiref.sync import sync_to_async as run
from channels.layers import channel_layers

from df_chat import actions
from df_chat.hub.hub import Hub
from df_chat.hub.sweep import Sweep
from tests.asgi.sockets import also_connected, connected

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("async_orm")]

# A dispatch that waits for another user's query takes 2.7 seconds where this takes milliseconds.
MOST_SECONDS = 1.0


async def slowest_delivery(sender, receiver, room, count=10):
    slowest = 0.0
    for number in range(count):
        began = time.monotonic()
        asking = asyncio.create_task(sender.ask("send_message", room_id=room.pk, body=str(number)))
        while "messages" not in (frame := await receiver.hear("changes")):
            pass
        slowest = max(slowest, time.monotonic() - began)
        assert frame["messages"][0]["body"] == str(number)
        assert (await asking)["response_status"] == 201
    return slowest


async def test_a_slow_query_of_one_user_delays_no_other(people, room, public, monkeypatch):
    edit = actions.edit_message

    def slow(**kwargs):
        time.sleep(3)
        return edit(**kwargs)

    message = (await run(actions.send_message)(actor=people.ben, room_id=public.pk, body="hi")).message
    monkeypatch.setattr(actions, "edit_message", slow)
    async with connected(people.ben) as stuck, also_connected(people.ada) as ada, also_connected(people.ben) as ben:
        for socket in (stuck, ada, ben):
            await socket.hear("ready")
        command = {"action": "edit_message", "room_id": public.pk, "message_id": message.pk, "body": "slowly"}
        await stuck.say({**command, "request_id": "slow"})
        await asyncio.sleep(0.1)
        assert await slowest_delivery(ada, ben, room) < MOST_SECONDS
        # Even the socket that waits hears what happens.
        assert (await stuck.hear("changes"))["stream"] == f"room:{room.pk}"
        while (answer := await stuck.hear()).get("request_id") != "slow":
            assert answer["stream"] in {f"room:{room.pk}", f"room:{public.pk}"}
        assert answer["data"]["body"] == "slowly"


async def test_a_layer_that_hangs_delays_no_answer_and_loses_nothing(people, room, monkeypatch):
    async with connected(people.ada) as ada, also_connected(people.ben) as ben:
        await ada.hear("ready")
        await ben.hear("ready")

        async def hang(*args):
            await asyncio.sleep(60)

        monkeypatch.setattr(channel_layers["default"], "group_send", hang)
        monkeypatch.setattr(channel_layers["default"], "send", hang)
        for number in range(5):
            began = time.monotonic()
            answer = await ada.ask("send_message", room_id=room.pk, body=str(number))
            assert answer["response_status"] == 201
            assert time.monotonic() - began < MOST_SECONDS
        sweep = Sweep(Hub.here())
        await sweep.see_layer()
        assert Hub.here().subscription.is_down
        await sweep.compare()
        assert (await ben.hear("changes"))["version"] == 8
        answer = (await ben.ask("sync", streams={f"room:{room.pk}": {"gen": "1.1", "version": 3}}))["data"]
        messages = answer["streams"][f"room:{room.pk}"]["messages"]
        assert [message["body"] for message in messages] == list("01234")
