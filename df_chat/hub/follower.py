"""One socket, as the hub knows it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from df_chat.authentication.credential import Credential
from df_chat.hub.layer import LayerEvent
from df_chat.hub.writer import SocketWriter
from df_chat.streams.events import State, to_json

if TYPE_CHECKING:
    from df_chat.hub.feed import Feed


class Follower:
    """A socket that follows the streams of its user.

    Attributes:
        feeds: what it follows.
        narrowed: it hears these feeds only; None hears all.
        forwards: its frames go to the client as they were published.
        listen: called with each event that it hears, for a host's own observers.
        credential: what it was opened with.
        expires_at: when that ends by itself, as a Unix time.
        is_open: it was told where its streams stand; before that it hears nothing.
        is_special: it does not simply take every event as it is.
    """

    __slots__ = (
        "credential",
        "expires_at",
        "feeds",
        "forwards",
        "is_open",
        "is_special",
        "listen",
        "narrowed",
        "user",
        "user_id",
        "writer",
    )

    def __init__(
        self,
        user: Any,
        writer: SocketWriter,
        *,
        forwards: bool = True,
        listen: Callable[[LayerEvent], None] | None = None,
        credential: Credential | None = None,
        expires_at: float = math.inf,
    ) -> None:
        self.user = user
        self.user_id = str(user.pk)
        self.writer = writer
        self.forwards = forwards
        self.listen = listen
        self.credential = credential or Credential(user.pk)
        self.expires_at = expires_at
        self.feeds: list[Feed] = []
        self.narrowed: set[Feed] | None = None
        self.is_open = False
        self.is_special = True

    def open(self) -> None:
        """From now on, hear."""
        self.is_open = True
        self._note_special()

    def narrow(self, feeds: set[Feed] | None) -> None:
        """Hear these feeds only, and the user's own; None hears all."""
        self.narrowed = feeds
        self._note_special()

    def hears(self, feed: Feed) -> bool:
        """Whether events of the feed go to this socket."""
        return self.is_open and (self.narrowed is None or feed in self.narrowed or not feed.is_room)

    def tell(self, frame: State) -> None:
        """Send a frame that must arrive."""
        self.writer.put(to_json(frame))

    def _note_special(self) -> None:
        # Most sockets hear everything as it is: they are passed over with one look.
        self.is_special = not self.is_open or self.narrowed is not None or self.listen is not None or not self.forwards
