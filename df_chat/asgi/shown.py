"""The hub's frames for one socket, handed to its consumer instead of its client."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from django.db import InterfaceError, OperationalError

from df_chat.hub.writer import SocketWriter
from df_chat.streams.events import State

logger = logging.getLogger(__name__)

CLOSE_TRY_AGAIN = 1013
CLOSE_FAILED = 1011


def shown_by(show: Callable[[State], Awaitable[None]], writer: SocketWriter) -> SocketWriter:
    """A writer for the hub that calls ``show`` with one frame after the other, and closes as ``writer`` does.

    To the hub, ``show`` is a socket: while it works frames wait, too many become pokes, and one that takes longer than
    a socket may ends as a slow socket does. Where it raises, the socket is closed: the client would miss something.
    """

    async def take(message: dict[str, Any]) -> None:
        if message["type"] == "websocket.close":
            writer.close(message["code"])
            return
        # The hub goes on; what follows may wait, in a task of this socket's.
        await asyncio.sleep(0)
        content = json.loads(message["text"])
        try:
            for frame in content if isinstance(content, list) else [content]:
                await show(frame)
        except (InterfaceError, OperationalError) as error:
            logger.warning("A socket was closed, as the database did not answer: %r", error)
            writer.close(CLOSE_TRY_AGAIN)
        except Exception:
            logger.exception("A frame could not be shown")
            writer.close(CLOSE_FAILED)

    return SocketWriter(take, writer.end)
