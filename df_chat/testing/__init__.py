"""What the tests of a host need: factories, a publisher that records, a channel layer that loses, and clients.

``replica``, ``outbox`` and ``session`` hold the rules of a client, and do no input or output: frames and answers go in,
what to do next comes out. ``client`` puts them on a WebSocket and HTTP. None of that needs Django.

Everything here is imported when it is first used: pytest loads the plugin before Django is set up.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from df_chat.testing.asserts import assert_converged, server_view
    from df_chat.testing.client import ChatClient
    from df_chat.testing.factories import make_member, make_room, make_user, send
    from df_chat.testing.layers import LossyChannelLayer
    from df_chat.testing.publisher import EventList, RecordingPublisher

__all__ = [
    "ChatClient",
    "EventList",
    "LossyChannelLayer",
    "RecordingPublisher",
    "assert_converged",
    "make_member",
    "make_room",
    "make_user",
    "send",
    "server_view",
]

_MODULES = {
    "ChatClient": "client",
    "EventList": "publisher",
    "LossyChannelLayer": "layers",
    "RecordingPublisher": "publisher",
    "assert_converged": "asserts",
    "make_member": "factories",
    "make_room": "factories",
    "make_user": "factories",
    "send": "factories",
    "server_view": "asserts",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
