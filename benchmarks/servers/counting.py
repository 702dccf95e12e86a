"""A Redis layer that counts what is asked of it, for whoever measures from outside the process."""

from __future__ import annotations

import os
from typing import Any

from channels_redis.pubsub import RedisPubSubChannelLayer

# Not receive(): it is a wait, not a request.
COUNTED = {"new_channel", "group_add", "group_discard", "group_send", "send"}


class CountingLayer(RedisPubSubChannelLayer):
    """Appends a line with the name of the method to the file ``BENCH_CALLS``, for each call."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._calls = os.open(os.environ["BENCH_CALLS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def __getattr__(self, name: str) -> Any:
        method = super().__getattr__(name)
        if name not in COUNTED:
            return method

        async def counted(*args: Any, **kwargs: Any) -> Any:
            os.write(self._calls, f"{name}\n".encode())
            return await method(*args, **kwargs)

        return counted
