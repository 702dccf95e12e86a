"""What the hub does when the channel layer does not do what it should."""

from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import sync_to_async as run
from channels.layers import channel_layers

from df_chat import actions, metrics
from df_chat.hub import hub as hub_module
from df_chat.hub import sweep
from df_chat.hub.hub import Hub
from df_chat.hub.pacer import Pacer
from df_chat.hub.sweep import Sweep
from df_chat.models import Stream
from df_chat.streams import transaction
from tests.asgi.sockets import also_connected, connected

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("async_orm")]


@pytest.fixture
def lost(monkeypatch):
    """Within it, events are lost on their way."""

    class Lost:
        def __enter__(self):
            self.context = pytest.MonkeyPatch()
            self.context.setattr(transaction, "announce", lambda *args, **kwargs: None)

        def __exit__(self, *error):
            self.context.undo()

    return Lost


async def sweep_twice():
    """As two sweeps would: what is missing at the first may be on its way."""
    await Sweep(Hub.here()).compare()
    await Sweep(Hub.here()).compare()


# -- Events that are lost --------------------------------------------------------------------------------------
async def test_the_sweep_pokes_for_a_lost_event(people, room, lost):
    async with connected(people.ben) as ben:
        await ben.hear("ready")
        with lost():
            await run(actions.send_message)(actor=people.ada, room_id=room.pk, body="lost")
        await Sweep(Hub.here()).compare()
        assert await ben.hear_nothing()
        await Sweep(Hub.here()).compare()
        poke = await ben.hear("changes")
        assert (poke["stream"], poke["version"]) == (f"room:{room.pk}", 4)
        assert "messages" not in poke
        await sweep_twice()
        assert await ben.hear_nothing()


async def test_a_socket_that_opens_hides_nothing_from_those_that_are_open(people, room, lost):
    async with connected(people.ben) as ben:
        await ben.hear("ready")
        with lost():
            await run(actions.send_message)(actor=people.ada, room_id=room.pk, body="lost")
        async with also_connected(people.ada) as ada:
            assert (await ada.hear("ready"))["streams"][f"room:{room.pk}"]["version"] == 4
            await sweep_twice()
            assert (await ben.hear("changes"))["version"] == 4


async def test_without_the_layer_the_first_sweep_pokes(people, room, lost):
    async with connected(people.ben) as ben:
        await ben.hear("ready")
        Hub.here().subscription.is_down = True
        with lost():
            await run(actions.send_message)(actor=people.ada, room_id=room.pk, body="lost")
        await Sweep(Hub.here()).compare()
        assert (await ben.hear("changes"))["version"] == 4


async def test_nothing_is_poked_that_was_heard(people, room):
    async with connected(people.ben) as ben:
        await ben.hear("ready")
        for number in range(3):
            await run(actions.send_message)(actor=people.ada, room_id=room.pk, body=str(number))
            assert (await ben.hear("changes"))["messages"][0]["body"] == str(number)
            await Sweep(Hub.here()).compare()
        await sweep_twice()
        assert await ben.hear_nothing()


async def test_a_join_whose_news_is_lost_is_followed(people, public, lost):
    async with connected(people.cleo) as cleo:
        await cleo.hear("ready")
        with lost():
            await run(actions.join_room)(actor=people.cleo, room_id=public.pk)
        await sweep_twice()
        assert (await cleo.hear("subscribed"))["stream"] == f"room:{public.pk}"
        await run(actions.send_message)(actor=people.ada, room_id=public.pk, body="hi")
        while True:
            frame = await cleo.hear("changes")
            if frame.get("messages"):
                break


async def test_a_removal_whose_news_is_lost_is_found(people, room, lost):
    async with connected(people.ben) as ben:
        await ben.hear("ready")
        with lost():
            await run(actions.remove_member)(actor=people.ada, room_id=room.pk, user_id=people.ben.pk)
        await Sweep(Hub.here()).compare()
        assert (await ben.hear("removed"))["stream"] == f"room:{room.pk}"


async def test_a_room_whose_deletion_is_lost_is_found(people, room, lost):
    async with connected(people.ben) as ben:
        await ben.hear("ready")
        with lost():
            await run(actions.delete_room)(actor=people.ada, room_id=room.pk)
        await Sweep(Hub.here()).compare()
        assert (await ben.hear("removed"))["stream"] == f"room:{room.pk}"


async def test_a_member_who_left_and_came_back_begins_anew(people, room, lost):
    async with connected(people.ben) as ben:
        await ben.hear("ready")
        with lost():
            await run(actions.remove_member)(actor=people.ada, room_id=room.pk, user_id=people.ben.pk)
            await run(actions.add_member)(actor=people.ada, room_id=room.pk, user_id=people.ben.pk)
        await Sweep(Hub.here()).compare()
        frame = await ben.hear("subscribed")
        assert (frame["stream"], frame["gen"]) == (f"room:{room.pk}", "1.2")


async def test_a_stream_of_a_restored_backup_begins_anew(people, room):
    async with connected(people.ben) as ben:
        await ben.hear("ready")
        await Stream.objects.filter(pk=room.pk).aupdate(epoch=2)
        await Sweep(Hub.here()).compare()
        assert (await ben.hear("subscribed"))["gen"] == "2.1"
        await run(actions.send_message)(actor=people.ada, room_id=room.pk, body="after")
        assert (await ben.hear("changes"))["epoch"] == 2


# -- The gate --------------------------------------------------------------------------------------------------
async def test_events_wait_while_the_membership_cannot_be_read(people, room, lost, monkeypatch):
    monkeypatch.setattr(hub_module, "RETRY_SECONDS", 0.05)
    read, is_broken = hub_module.read_members, True

    def sometimes(*args):
        if is_broken:
            raise OSError("no database")
        return read(*args)

    monkeypatch.setattr(hub_module, "read_members", sometimes)
    async with connected(people.ben) as ben, also_connected(people.ada) as ada:
        for socket in (ben, ada):
            await socket.hear("ready")
        with lost():
            await run(actions.remove_member)(actor=people.ada, room_id=room.pk, user_id=people.ben.pk)
        for number in range(3):
            await run(actions.send_message)(actor=people.ada, room_id=room.pk, body=str(number))
        assert await ben.hear_nothing()
        is_broken = False
        assert await ben.hear() == {"type": "removed", "stream": f"room:{room.pk}"}
        assert await ben.hear_nothing()
        bodies = []
        while len(bodies) < 3:
            bodies += [message["body"] for message in (await ada.hear("changes")).get("messages", ())]
        assert bodies == ["0", "1", "2"]


async def test_one_query_rechecks_all_sockets_of_a_room(people, room, monkeypatch):
    calls = []
    read = hub_module.read_members

    def counted(*args):
        calls.append(args)
        return read(*args)

    monkeypatch.setattr(hub_module, "read_members", counted)
    async with connected(people.ben) as one, also_connected(people.ben) as two, also_connected(people.ada) as ada:
        for socket in (one, two, ada):
            await socket.hear("ready")
        await run(actions.add_member)(actor=people.ada, room_id=room.pk, user_id=people.cleo.pk)
        for socket in (one, two, ada):
            await socket.hear("changes")
    assert len(calls) == 1


# -- Now and then ----------------------------------------------------------------------------------------------
async def test_open_sockets_are_shown_a_sign_of_life(people, room):
    async with connected(people.ben) as ben:
        await ben.hear("ready")
        now_and_then = Sweep(Hub.here())
        await now_and_then.tend_sockets()
        assert await ben.hear_nothing()
        now_and_then._heartbeat_at -= sweep.HEARTBEAT_SECONDS
        await now_and_then.tend_sockets()
        assert await ben.hear() == {"type": "heartbeat"}


async def test_groups_are_joined_again_before_a_layer_forgets_them(people, room, monkeypatch):
    async with connected(people.ben) as ben:
        await ben.hear("ready")
        calls = []
        monkeypatch.setattr(channel_layers["default"], "group_add", counted(calls, "group_add"))
        await Sweep(Hub.here()).see_layer()
        assert calls == []
        for feed in Hub.here().feeds.values():
            feed.joined_at -= sweep.REJOIN_SECONDS
        await asyncio.sleep(0.1)  # until the probe has arrived
        await Sweep(Hub.here()).see_layer()
        assert calls == ["group_add"] * 2


# -- The layer -------------------------------------------------------------------------------------------------
async def test_a_second_socket_costs_no_call_of_the_layer(people, room, public, monkeypatch):
    async with connected(people.ben) as ben:
        await ben.hear("ready")
        layer, calls = channel_layers["default"], []
        names = ("group_add", "group_discard", "new_channel")
        for name in names:
            monkeypatch.setattr(layer, name, counted(calls, name))
        async with also_connected(people.ben) as again, also_connected(people.ada) as ada:
            await again.hear("ready")
            await ada.hear("ready")
        # Ada's own stream is all that is new here.
        assert calls == ["group_add"]
        monkeypatch.undo()


def counted(calls, name):
    async def call(*args):
        calls.append(name)

    return call


async def test_streams_that_nobody_follows_any_more_are_left(people, room, public, monkeypatch):
    async with connected(people.cleo) as cleo:
        await cleo.hear("ready")
        async with also_connected(people.ben) as ben:
            await ben.hear("ready")
        assert len(Hub.here().feeds) == 4
        await Sweep(Hub.here()).discard_empty()
        assert len(Hub.here().feeds) == 4
        monkeypatch.setattr(sweep, "LINGER_SECONDS", 0.0)
        await Sweep(Hub.here()).discard_empty()
        assert set(Hub.here().feeds) == {f"df_chat.{feed.stream_id.hex}" for feed in Hub.here().feeds.values()}
        assert len(Hub.here().feeds) == 1
        layer = channel_layers["default"]
        assert sum(bool(channels) for channels in layer.groups.values()) == 2


async def test_a_layer_that_fails_does_not_keep_sockets_from_opening(people, room, monkeypatch):
    channel_layers.backends.clear()

    async def refuse(*args):
        raise ConnectionError("refused")

    monkeypatch.setattr(channel_layers["default"], "group_add", refuse)
    async with also_connected(people.ben) as ben:
        assert f"room:{room.pk}" in (await ben.hear("ready"))["streams"]
        assert Hub.here().subscription.is_down
        assert all(feed.is_deaf for feed in Hub.here().feeds.values())
        answer = await ben.ask("send_message", room_id=room.pk, body="hi")
        assert answer["response_status"] == 201
        await Sweep(Hub.here()).compare()
        assert (await ben.hear("changes"))["version"] == 4
        monkeypatch.undo()
        Hub.here().subscription.is_down = False
        await Sweep(Hub.here()).see_layer()
        await ben.ask("send_message", room_id=room.pk, body="heard again")


async def test_a_layer_that_hangs_is_noticed(people, room, monkeypatch):
    async with connected(people.ben) as ben:
        await ben.hear("ready")

        async def hang(*args):
            await asyncio.sleep(60)

        monkeypatch.setattr(channel_layers["default"], "send", hang)
        await Sweep(Hub.here()).see_layer()
        assert Hub.here().subscription.is_down
        monkeypatch.undo()
        await Sweep(Hub.here()).see_layer()
        assert not Hub.here().subscription.is_down
        assert not any(feed.is_deaf for feed in Hub.here().feeds.values())


async def test_a_layer_that_swallows_is_noticed(people, room, monkeypatch):
    async with connected(people.ben) as ben:
        await ben.hear("ready")

        async def swallow(*args):
            pass

        monkeypatch.setattr(channel_layers["default"], "send", swallow)
        await Sweep(Hub.here()).see_layer()
        await Sweep(Hub.here()).see_layer()
        assert Hub.here().subscription.is_down


async def test_nonsense_from_the_layer_ends_nothing(people, room, caplog):
    async with connected(people.ben) as ben:
        await ben.hear("ready")
        layer, channel = channel_layers["default"], Hub.here().subscription._channel
        for message in ({"type": "chat.events"}, {"type": "chat.events", "group": "x", "events": 5}, {"type": "other"}):
            await layer.send(channel, message)
        await run(actions.send_message)(actor=people.ada, room_id=room.pk, body="still here")
        assert (await ben.hear("changes"))["messages"][0]["body"] == "still here"
    assert "could not be taken" in caplog.text


async def test_a_pump_that_fails_begins_again(people, room, monkeypatch):
    from df_chat.hub import subscription

    monkeypatch.setattr(subscription, "RETRY_SECONDS", 0.01)
    channel_layers.backends.clear()
    layer = channel_layers["default"]
    receive, failures = layer.receive, [OSError("cut"), OSError("cut again")]

    async def cut(channel):
        if failures:
            raise failures.pop()
        return await receive(channel)

    monkeypatch.setattr(layer, "receive", cut)
    async with also_connected(people.ben) as ben:
        await ben.hear("ready")
        await asyncio.sleep(0.1)
        await Sweep(Hub.here()).see_layer()
        await run(actions.send_message)(actor=people.ada, room_id=room.pk, body="still here")
        assert (await ben.hear("changes"))["messages"][0]["body"] == "still here"


async def test_what_came_while_the_layer_was_down_is_poked_when_it_is_back(people, room, lost):
    async with connected(people.ben) as ben:
        await ben.hear("ready")
        Hub.here().subscription.is_down = True
        with lost():
            await run(actions.send_message)(actor=people.ada, room_id=room.pk, body="meanwhile")
        await Sweep(Hub.here()).see_layer()
        assert not Hub.here().subscription.is_down
        await Sweep(Hub.here()).compare()
        assert (await ben.hear("changes"))["version"] == 4


# -- Load ------------------------------------------------------------------------------------------------------
class RecordingFeed:
    name = "feed"

    def __init__(self):
        self.batches = []

    def deliver(self, events):
        self.batches.append(list(events))


class BrokenFeed:
    name = "broken"


async def test_one_event_goes_out_at_once_and_many_go_together():
    pacer, feed = Pacer(), RecordingFeed()
    pacer.add(feed, [1])
    assert feed.batches == [[1]]
    for number in range(2, 6):
        pacer.add(feed, [number])
    assert feed.batches == [[1]]
    await asyncio.sleep(0.05)
    assert feed.batches == [[1], [2, 3, 4, 5]]
    pacer.add(feed, [6])
    assert feed.batches[-1] == [6]


async def test_a_feed_that_fails_stops_no_other(caplog):
    pacer, feed = Pacer(), RecordingFeed()
    pacer.add(BrokenFeed(), [1])
    await asyncio.sleep(0.05)
    pacer.add(feed, [2])
    assert feed.batches == [[2]]
    assert "could not be delivered" in caplog.text


async def test_a_burst_arrives_whole_and_in_order(people, room):
    def burst():
        for number in range(200):
            actions.send_message(actor=people.ada, room_id=room.pk, body=str(number))

    async with connected(people.ben) as ben:
        await ben.hear("ready")
        await run(burst)()
        bodies = []
        while len(bodies) < 200:
            bodies += [message["body"] for message in (await ben.hear("changes"))["messages"]]
    assert bodies == list(map(str, range(200)))


async def test_the_number_of_sockets_is_a_metric(people, room):
    async with connected(people.ben) as ben, also_connected(people.ada) as ada:
        await ben.hear("ready")
        await ada.hear("ready")
        assert metrics.get_metrics().snapshot()["sockets"] == 2
    assert metrics.get_metrics().snapshot()["sockets"] == 0
