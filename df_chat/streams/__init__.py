"""The core of the sync protocol: one version counter per room and per user, and the one door that moves it."""

from df_chat.streams.base import VersionedModel, VersionedQuerySet
from df_chat.streams.events import LiveFrame, Part, State, StreamEvent
from df_chat.streams.locking import Statement
from df_chat.streams.stream import Stream, StreamKey
from df_chat.streams.transaction import StreamNames, StreamTx, retrying, stream_tx

__all__ = [
    "LiveFrame",
    "Part",
    "State",
    "Statement",
    "Stream",
    "StreamEvent",
    "StreamKey",
    "StreamNames",
    "StreamTx",
    "VersionedModel",
    "VersionedQuerySet",
    "retrying",
    "stream_tx",
]
