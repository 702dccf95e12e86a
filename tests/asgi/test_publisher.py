"""Events leave through a thread: together under load, never in the way of a request, and never into a dead layer."""

from __future__ import annotations

import asyncio
import os
import threading
import time
import uuid
from types import SimpleNamespace

import pytest

from df_chat import metrics
from df_chat.hub import publisher as publisher_module
from df_chat.hub.layer import LayerEvent, group_of
from df_chat.hub.publisher import MAX_TOGETHER, Item, LayerPublisher, together
from df_chat.hub.throttle import LatestOfASecond
from df_chat.streams import LiveFrame, StreamEvent

ROOM = uuid.uuid4()


class Layer:
    """A layer of another machine: it takes what it is sent, unless it is broken or hangs."""

    def __init__(self):
        self.messages = []
        self.error = None
        self.pause = 0.0

    # Of the kind that any loop may speak to.
    __module__ = "channels_redis.tests"

    async def group_send(self, group, message):
        await asyncio.sleep(self.pause)
        if self.error:
            raise self.error
        self.messages.append((group, message))

    @property
    def events(self):
        return [event for _, message in self.messages for event in message.get("events", ())]


@pytest.fixture
def layer(monkeypatch):
    layer = Layer()
    monkeypatch.setattr(publisher_module, "get_channel_layer", lambda alias: layer)
    return layer


def event(version, stream_id=ROOM):
    messages = [{"id": "1", "seq": version, "version": version}]
    return StreamEvent(stream_id, f"room:{stream_id}", 1, version - 1, version, 0, {"messages": messages})


def counted(name):
    return metrics.get_metrics().snapshot().get(name, 0)


def test_events_arrive_in_order_and_together(layer):
    layer.pause = 0.05
    publisher = LayerPublisher()
    for version in range(1, 51):
        publisher.publish(event(version))
    publisher.flush()
    assert [LayerEvent(*one).version for one in layer.events] == list(range(1, 51))
    assert len(layer.messages) <= 3
    assert {group for group, _ in layer.messages} == {group_of(ROOM)}
    first = LayerEvent(*layer.events[0])
    assert (first.min_seq, first.parts, first.epoch) == (1, ["messages"], 1)


def test_a_frame_that_is_too_large_travels_as_a_poke(layer, settings):
    settings.DF_CHAT = {"EVENT_MAX_BYTES": 150}
    publisher = LayerPublisher()
    publisher.publish(event(1))
    publisher.flush()
    assert "messages" not in LayerEvent(*layer.events[0]).text
    assert LayerEvent(*layer.events[0]).parts == ["messages"]


def test_a_layer_that_hangs_delays_nobody_and_is_left_alone(layer, monkeypatch):
    monkeypatch.setattr(publisher_module, "SEND_DEADLINE_SECONDS", 0.05)
    monkeypatch.setattr(publisher_module, "BREAKER_SECONDS", 0.3)
    failures, dropped = counted("publish_failures"), counted("publish_dropped")
    layer.pause = 60
    publisher = LayerPublisher()
    began = time.monotonic()
    for version in range(10):
        publisher.publish(event(version, uuid.uuid4()))
    assert time.monotonic() - began < 0.05
    publisher.flush()
    assert time.monotonic() - began < 0.5
    assert counted("publish_failures") - failures == 3
    assert counted("publish_dropped") - dropped == 7
    layer.pause = 0
    time.sleep(0.4)
    publisher.publish(event(11))
    publisher.flush()
    assert len(layer.events) == 1


def test_a_layer_that_refuses_is_an_error_to_nobody(layer, caplog):
    layer.error = ConnectionError("refused")
    publisher = LayerPublisher()
    publisher.publish(event(1))
    publisher.flush()
    assert "took no event" in caplog.text
    layer.error = None
    publisher.publish(event(2))
    publisher.flush()
    assert len(layer.events) == 1


def test_a_full_queue_drops_and_does_not_wait(layer, monkeypatch):
    monkeypatch.setattr(publisher_module, "QUEUE_EVENTS", 5)
    layer.pause = 0.2
    dropped = counted("publish_dropped")
    publisher = LayerPublisher()
    for version in range(30):
        publisher.publish(event(version))
    assert counted("publish_dropped") - dropped >= 20


def test_frames_with_one_key_are_told_once_a_second(layer):
    publisher = LayerPublisher()
    for number in range(10):
        publisher.tell(LiveFrame((ROOM,), {"n": number}, key="k"))
    publisher.tell(LiveFrame((ROOM, uuid.uuid4()), {"n": "both"}))
    publisher.flush()
    time.sleep(1.2)
    # Another test's receipts may leave by now as well.
    told = [(group, m["text"]) for group, m in layer.messages if m.get("text", "").startswith('{"n"')]
    assert [text for _, text in told] == ['{"n":0}', '{"n":"both"}', '{"n":9}']
    assert told[1][0] == "df_chat.processes"


def test_a_forked_child_has_a_thread_of_its_own(layer):
    publisher = LayerPublisher()
    publisher._pid = -1
    publisher.publish(event(1))
    publisher.flush()
    assert publisher._pid == os.getpid()
    assert len(layer.events) == 1


def test_many_threads_publish_at_once(layer):
    publisher = LayerPublisher()
    streams = [uuid.uuid4() for _ in range(4)]

    def publish(stream):
        for version in range(1, 201):
            publisher.publish(event(version, stream))

    threads = [threading.Thread(target=publish, args=(stream,)) for stream in streams]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    publisher.flush()
    for stream in streams:
        heard = [
            LayerEvent(*one).version for group, m in layer.messages if group == group_of(stream) for one in m["events"]
        ]
        assert heard == list(range(1, 201))


def test_packs_are_bounded():
    def item(text, group="g"):
        return Item(group, LayerEvent(1, 1, 0, None, [], text))

    packs = [len(message["events"]) for _, message in together([item("x")] * (MAX_TOGETHER * 2 + 1))]
    assert packs == [MAX_TOGETHER, MAX_TOGETHER, 1]
    packs = [len(message["events"]) for _, message in together([item("x" * 100_000)] * 3)]
    assert packs == [1, 1, 1]
    mixed = [item("a", "one"), item("b", "two"), item("c", "one"), Item("live", {"type": "chat.live"})]
    assert {group: len(message.get("events", ())) for group, message in together(mixed)} == {
        "one": 2,
        "two": 1,
        "live": 0,
    }


def test_the_throttle_tells_the_first_and_the_last():
    throttle = LatestOfASecond()
    assert throttle.seconds_to_next(0.0) is None
    assert throttle.admits("k", "first", 0.0)
    assert not throttle.admits("k", "second", 0.1)
    assert not throttle.admits("k", "third", 0.2)
    assert throttle.admits("other", "x", 0.2)
    assert throttle.seconds_to_next(0.25) == pytest.approx(0.75)
    assert throttle.due(0.9) == []
    assert throttle.due(1.0) == ["third"]
    assert throttle.due(1.5) == []
    assert not throttle.admits("k", "fourth", 1.5)
    assert throttle.due(2.0) == ["fourth"]
    assert throttle.due(5.0) == []
    assert throttle._until == {}


def test_without_a_layer_nothing_is_queued(monkeypatch):
    monkeypatch.setattr(publisher_module, "get_channel_layer", lambda alias: None)
    publisher = LayerPublisher()
    publisher.publish(event(1))
    publisher.tell(LiveFrame((ROOM,), {}))
    publisher.revalidate(SimpleNamespace(pk=1))
    assert publisher._queue.empty()
