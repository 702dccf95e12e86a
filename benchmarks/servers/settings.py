"""Settings of the compared Django servers: the benchmarks' database, and the layer that is measured."""

from __future__ import annotations

import os
from typing import Any

from benchmarks.settings import *  # noqa: F403

DF_CHAT = {"CONSUMER": "benchmarks.servers.chat.DrivenConsumer"}

if media := os.environ.get("BENCH_MEDIA"):
    MEDIA_ROOT = media

_REDIS = {"hosts": [os.environ.get("BENCH_REDIS_URL", "")]}
_LAYERS: dict[str, dict[str, Any]] = {
    "memory": {"BACKEND": "channels.layers.InMemoryChannelLayer"},
    "core": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": _REDIS},
    "pubsub": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": _REDIS},
    "counted": {"BACKEND": "benchmarks.servers.counting.CountingLayer", "CONFIG": _REDIS},
}
CHANNEL_LAYERS = {"default": _LAYERS[os.environ.get("BENCH_LAYER") or "memory"]}
