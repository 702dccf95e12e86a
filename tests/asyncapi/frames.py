"""Every frame that a test's socket hears, checked against the document."""

from __future__ import annotations

from functools import cache
from typing import Any

from df_chat.asgi.consumers import RoomsConsumer
from df_chat.asyncapi import build_document
from tests.schemas import Checker


@cache
def document() -> dict[str, Any]:
    return build_document(RoomsConsumer)


@cache
def _checker() -> Checker:
    return Checker(document()["components"]["schemas"])


def message_of(frame: dict[str, Any]) -> str:
    """The name of the message that a frame of the server's is."""
    if "type" in frame:
        return f"{frame['type']}.frame"
    return "refused" if frame["errors"] else f"{frame['action']}.reply"


def check_frame(frame: dict[str, Any]) -> str:
    """Raises AssertionError where the document knows no such frame, or another shape of it. Returns its name."""
    name = message_of(frame)
    check_message(name, frame)
    return name


def check_message(name: str, payload: Any) -> None:
    messages = document()["components"]["messages"]
    assert name in messages, f"The document describes no {name}: add it to df_chat/asyncapi/"
    _checker().check(messages[name]["payload"], payload)
