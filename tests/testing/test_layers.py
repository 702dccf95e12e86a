"""The lossy layer does to messages what it says, and the same each time."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from channels.layers import InMemoryChannelLayer, get_channel_layer

from df_chat.testing import LossyChannelLayer

INNER = {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 1000}}


async def heard(layer: Any, count: int, *, seconds: float = 0.05) -> list[int]:
    """What two members of a group hear of ``count`` messages; both hear the same."""
    channels = [await layer.new_channel() for _ in range(2)]
    for channel in channels:
        await layer.group_add("room", channel)
    for number in range(count):
        await layer.group_send("room", {"type": "x", "number": number})
    await asyncio.sleep(seconds)
    lists = [await drain(layer, channel) for channel in channels]
    assert lists[0] == lists[1]
    return lists[0]


async def drain(layer: Any, channel: str) -> list[int]:
    numbers = []
    while True:
        try:
            numbers.append((await asyncio.wait_for(layer.receive(channel), 0.02))["number"])
        except TimeoutError:
            return numbers


async def test_without_faults_it_is_the_layer_inside():
    layer = LossyChannelLayer(INNER)
    assert isinstance(layer, InMemoryChannelLayer)
    assert layer.capacity == 1000
    assert await heard(layer, 20) == list(range(20))
    assert not +layer.faults


async def test_it_drops():
    layer = LossyChannelLayer(INNER, drop=0.5)
    numbers = await heard(layer, 100)
    assert numbers == sorted(set(numbers))
    assert 25 < len(numbers) == 100 - layer.faults["dropped"] < 75


async def test_it_duplicates():
    layer = LossyChannelLayer(INNER, duplicate=0.5)
    numbers = await heard(layer, 100)
    assert sorted(set(numbers)) == list(range(100))
    assert len(numbers) == 100 + layer.faults["duplicated"] > 125


async def test_it_reorders_and_still_delivers_the_last():
    layer = LossyChannelLayer(INNER, reorder=0.5, max_delay=0.02)
    numbers = await heard(layer, 100, seconds=0.1)
    assert numbers != sorted(numbers)
    assert sorted(numbers) == list(range(100))
    layer = LossyChannelLayer(INNER, reorder=1.0, max_delay=0.02)
    assert sorted(await heard(layer, 3, seconds=0.1)) == [0, 1, 2]


async def test_it_delays():
    layer = LossyChannelLayer(INNER, delay=1.0, max_delay=0.05)
    channel = await layer.new_channel()
    await layer.send(channel, {"type": "x", "number": 1})
    assert await drain(layer, channel) in ([], [1])
    await layer.group_add("room", channel)
    assert len(await heard(layer, 30, seconds=0.1)) == 30
    assert layer.faults["delayed"] == 31


async def test_the_same_seed_makes_the_same_faults():
    def lossy(seed: int) -> LossyChannelLayer:
        return LossyChannelLayer(INNER, seed=seed, drop=0.3, duplicate=0.3)

    assert await heard(lossy(1), 50) == await heard(lossy(1), 50)
    assert await heard(lossy(1), 50) != await heard(lossy(2), 50)


async def test_it_is_named_in_the_settings(settings):
    config = {"inner": INNER, "drop": 1.0}
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "df_chat.testing.LossyChannelLayer", "CONFIG": config}}
    layer = get_channel_layer()
    assert await heard(layer, 3) == []
    assert layer.faults["dropped"] == 3


@pytest.mark.skipif("not __import__('tests.settings').settings.REDIS_URL", reason="without Redis")
async def test_it_wraps_the_layer_of_redis(settings):
    inner = settings.CHANNEL_LAYERS["default"]
    layer = LossyChannelLayer(inner, duplicate=1.0)
    assert await heard(layer, 5, seconds=0.5) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
