"""The channel layer: whether what is sent to a group arrives."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Iterator
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings

from df_chat.doctor.findings import Finding, failed, passed, warned
from df_chat.settings import chat_settings

SLOW_SECONDS = 0.25


def probe_layer() -> Iterator[Finding]:
    """Send to a group of one, and receive."""
    alias = chat_settings.CHANNEL_LAYER
    backend = settings.CHANNEL_LAYERS.get(alias, {}).get("BACKEND", "no channel layer")
    name = backend.rpartition(".")[2]
    hint = "Messages are stored and fetched all the same, but nothing arrives live. Is its server up and reachable?"
    try:
        seconds = asyncio.run(_round_trip(get_channel_layer(alias)))
    except Exception as error:
        yield failed(f"{name} took nothing: {type(error).__name__}", hint)
        return
    detail = f"{name} brought an event back in {seconds * 1000:.1f} ms"
    if seconds > SLOW_SECONDS:
        yield warned(detail, "Live events will be late. Put the layer's server nearer.")
    else:
        yield passed(detail)


async def _round_trip(layer: Any) -> float:
    channel = await layer.new_channel()
    group = f"df_chat.doctor.{uuid.uuid4().hex}"
    await layer.group_add(group, channel)
    try:
        # The first sending opens connections.
        await _send(layer, group, channel)
        started = time.perf_counter()
        await _send(layer, group, channel)
        return time.perf_counter() - started
    finally:
        await layer.group_discard(group, channel)


async def _send(layer: Any, group: str, channel: str) -> None:
    event = {"type": "df_chat.doctor", "key": uuid.uuid4().hex}
    await layer.group_send(group, event)
    while (await layer.receive(channel)).get("key") != event["key"]:
        pass
