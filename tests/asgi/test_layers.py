"""The same chat on every channel layer that a host may configure, as far as its server is at hand."""

from __future__ import annotations

import asyncio
import json

import pytest
from asgiref.sync import sync_to_async as run
from channels.layers import channel_layers

from df_chat import actions
from df_chat.hub.hub import Hub
from df_chat.hub.sweep import Sweep
from tests.asgi.sockets import also_connected, connected
from tests.asgi.test_live import connect, cookie_of, hear
from tests.live import serving
from tests.settings import REDIS_URL, TEST_DB, layer_settings

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("async_orm")]

LAYERS = ["memory", "core", "pubsub"] if REDIS_URL else ["memory"]
# One that can be spoken to on one loop of a process only, so a server has to do it.
LIVE_LAYERS = [*LAYERS, "postgres"] if TEST_DB == "postgres" else LAYERS


@pytest.fixture(params=LAYERS)
def layer(request, settings):
    settings.CHANNEL_LAYERS = {"default": layer_settings(request.param)}
    channel_layers.backends.clear()
    yield request.param
    channel_layers.backends.clear()


async def test_a_conversation_with_all_that_belongs_to_it(layer, people, room, public):
    async with connected(people.ada) as ada, also_connected(people.ben) as ben, also_connected(people.cleo) as cleo:
        for socket in (ada, ben, cleo):
            await socket.hear("ready")
        assert not Hub.here().subscription.is_down
        message = (await ada.ask("send_message", room_id=room.pk, body="hi"))["data"]
        while not (frame := await ben.hear("changes")).get("messages"):
            pass
        assert frame["messages"] == [message]
        await ben.ask("typing", room_id=room.pk)
        assert (await ada.hear("typing"))["name"] == "ben"
        await ben.ask("mark_seen", room_id=room.pk, up_to=message["seq"])
        assert (await ada.hear("receipt"))["seen_seq"] == message["seq"]
        await cleo.ask("join", room_id=public.pk)
        assert (await cleo.hear("subscribed"))["stream"] == f"room:{public.pk}"
        await ada.ask("send_message", room_id=public.pk, body="welcome")
        while not (frame := await cleo.hear("changes")).get("messages"):
            pass
        assert frame["messages"][0]["body"] == "welcome"
        await run(actions.remove_member)(actor=people.ada, room_id=room.pk, user_id=people.ben.pk)
        await ada.ask("send_message", room_id=room.pk, body="secret")
        await ben.hear("removed")
        while not await ben.hear_nothing():
            assert "secret" not in str(await ben.hear())


async def test_a_burst_is_heard_whole_or_poked(layer, people, room):
    """A layer may drop under a burst; then a sweep tells."""

    def burst():
        for number in range(150):
            actions.send_message(actor=people.ada, room_id=room.pk, body=str(number))

    async with connected(people.ben) as ben:
        await ben.hear("ready")
        await run(burst)()
        heard = 0
        while heard < 153:
            if await ben.hear_nothing():
                await Sweep(Hub.here()).compare()
            else:
                heard = max(heard, (await ben.hear("changes"))["version"])


async def test_the_probe_tells_that_the_layer_works(layer, people, room):
    async with connected(people.ben) as ben:
        await ben.hear("ready")
        sweep = Sweep(Hub.here())
        for _ in range(3):
            await sweep.see_layer()
            await asyncio.sleep(0.3)
            assert not Hub.here().subscription.is_down
        await sweep.discard_empty()
        assert len(Hub.here().feeds) == 2


@pytest.mark.parametrize("layer", LIVE_LAYERS)
async def test_a_server_on_each_layer(layer, people, room):
    ada, ben = [await run(cookie_of)(user) for user in (people.ada, people.ben)]
    # Another process hears what is sent in the first, where the layer reaches it.
    with serving(layer=layer, workers=1 if layer == "memory" else 2) as base:
        async with connect(base, ben) as one, connect(base, ben) as two, connect(base, ada) as sender:
            for socket in (one, two, sender):
                await hear(socket, "ready")
            for number in range(20):
                command = {"action": "send_message", "request_id": number, "room_id": str(room.pk), "body": str(number)}
                await sender.send(json.dumps(command))
            for socket in (one, two, sender):
                version = 0
                while version < 23:
                    frame = await hear(socket, "changes")
                    version = frame["version"]
                    # A poke would be the sweep's: the layer lost nothing here.
                    assert frame["messages"]
