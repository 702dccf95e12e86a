"""The servers that are compared, each as a command that serves one port."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SERVERS = Path(__file__).resolve().parent.parent / "servers"

# The fastest that uvicorn offers; compression would cost each of them two to three times as much.
_UVICORN = ["-m", "uvicorn", "--loop", "uvloop", "--http", "httptools", "--ws", "websockets-sansio"]
_PLAIN = ["--ws-per-message-deflate", "false", "--log-level", "error", "--lifespan", "off", "--port"]

Command = Callable[[int], list[str]]


def _uvicorn(application: str, *, workers: int = 1) -> Command:
    more = ["--workers", str(workers)] if workers > 1 else []
    return lambda port: [sys.executable, *_UVICORN, *more, *_PLAIN, str(port), application]


def _node(script: str) -> Command:
    return lambda port: ["node", str(SERVERS / script), str(port)]


@dataclass(frozen=True)
class Contender:
    """One server.

    Attributes:
        serves: which consumer of ``benchmarks.servers.project``; empty for other servers.
        layer: its channel layer: ``memory``, ``core`` or ``pubsub``.
        ready: when a connection of it counts as open, as ``load.c`` knows it.
        wrap: what its clients send, around the JSON of a message.
        is_node: it runs on Node.
    """

    name: str
    label: str
    command: Command
    serves: str = ""
    layer: str = ""
    path: str = "/ws/chat/room/"
    ready: str = "101"
    wrap: str = '{"message":%s}'
    is_node: bool = False

    @property
    def is_chat(self) -> bool:
        return self.serves == "chat"

    @property
    def on_redis(self) -> bool:
        return self.layer in ("core", "pubsub")


def _project(name: str, label: str, serves: str, layer: str, *, workers: int = 1, **fields: Any) -> Contender:
    command = _uvicorn("benchmarks.servers.project:application", workers=workers)
    return Contender(name, label, command, serves=serves, layer=layer, **fields)


def _chat(name: str, label: str, layer: str, **fields: Any) -> Contender:
    return _project(name, label, "chat", layer, path="/api/v1/chat/ws/?backlog=0", ready="frame", **fields)


_ALL = [
    Contender("bare", "bare ASGI loop", _uvicorn("benchmarks.servers.bare:application")),
    _chat("chat-memory", "df_chat, in memory", "memory"),
    _chat("chat-pubsub", "df_chat, Redis pub/sub", "pubsub"),
    _chat("chat-workers", "df_chat, Redis pub/sub, 2 workers", "pubsub", workers=2),
    _project("tutorial-pubsub", "Channels tutorial, Redis pub/sub", "tutorial", "pubsub"),
    _project("tutorial-core", "Channels tutorial, Redis core", "tutorial", "core"),
    _project(
        "observer-core",
        "DCRF model observer, Redis core",
        "observer",
        "core",
        wrap='{"action":"post","request_id":1,"message":%s}',
    ),
    Contender("ws", "Node ws", _node("ws.js"), is_node=True),
    Contender(
        "socketio",
        "Node socket.io",
        _node("socketio.js"),
        path="/socket.io/?EIO=4&transport=websocket",
        ready="socketio",
        wrap='42["chat",%s]',
        is_node=True,
    ),
]
CONTENDERS = {contender.name: contender for contender in _ALL}
BARE = CONTENDERS["bare"]
