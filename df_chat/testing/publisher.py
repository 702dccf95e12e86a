"""What was announced, kept in a list."""

from __future__ import annotations

from typing import Any

from df_chat.ids import user_stream_id
from df_chat.models import Room
from df_chat.streams import LiveFrame, StreamEvent


class EventList(list[StreamEvent]):
    """Events in the order of their commits."""

    def of(self, stream: Any) -> EventList:
        """The events of one stream: of a room, of a user, or of the stream with this name."""
        if isinstance(stream, str):
            return EventList(event for event in self if event.stream == stream)
        wanted = stream.pk if isinstance(stream, Room) else user_stream_id(stream.pk)
        return EventList(event for event in self if event.stream_id == wanted)


class RecordingPublisher:
    """Records instead of publishing: name it in ``DF_CHAT["PUBLISHER"]``, and no channel layer is needed.

    Attributes:
        events: what was committed.
        live: what is stored nowhere: typing, presence, receipts.
        revalidated: keys of the users whose sockets were to be looked at again.
    """

    def __init__(self) -> None:
        self.events = EventList()
        self.live: list[LiveFrame] = []
        self.revalidated: list[Any] = []

    def publish(self, event: StreamEvent) -> None:
        self.events.append(event)

    def tell(self, frame: LiveFrame) -> None:
        self.live.append(frame)

    def revalidate(self, user_pk: object, *, ended_session: str | None = None) -> None:
        self.revalidated.append(user_pk)

    def of(self, stream: Any) -> EventList:
        """The events of one stream: of a room, of a user, or of the stream with this name."""
        return self.events.of(stream)

    def clear(self) -> None:
        """Forget what was recorded so far."""
        self.events.clear()
        self.live.clear()
        self.revalidated.clear()
