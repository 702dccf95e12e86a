"""The objects of one stream: each in its newest known version, and the window of messages they make up."""

from __future__ import annotations

from df_chat.testing.effects import State

PARTS = ("messages", "users", "memberships")
# What REST adds to an object for the one who asks: replicas of different users must be equal.
VIEWER_FIELDS = {
    "messages": frozenset({"is_me", "is_seen_by_me", "seen_by", "received_by"}),
    "users": frozenset({"is_me", "is_online", "seen_seq", "received_seq"}),
    "memberships": frozenset(),
}


class Objects:
    """Objects by id, in the shape that every viewer sees.

    Attributes:
        floor: the lowest ``seq`` of the window of messages held; 0 where nothing is older.
        is_paging: a page of older messages is under way.
        receipts: how far each member has seen and received, by user.
    """

    def __init__(self) -> None:
        self.parts: dict[str, dict[str, State]] = {part: {} for part in PARTS}
        self.room: State | None = None
        self.receipts: dict[str, State] = {}
        self.floor = 0
        self.is_paging = False
        self._overlay: dict[str, State] = {}

    def messages(self, *, deleted: bool = False) -> list[State]:
        """The messages held, in the order of display; with ``deleted``, tombstones too."""
        states = self.parts["messages"].values()
        return sorted((one for one in states if deleted or not one.get("deleted")), key=lambda one: one["seq"])

    def active(self, part: str) -> list[State]:
        """The members, or the memberships, of now."""
        return sorted((one for one in self.parts[part].values() if one["is_active"]), key=lambda one: one["id"])

    # -- Changing -----------------------------------------------------------------------------------------------
    def start(self, snapshot: State) -> list[State]:
        """Take a snapshot. Returns its messages."""
        taken = self.merge(snapshot)
        self.floor = min((message["seq"] for message in snapshot.get("messages", ())), default=0)
        self.receipts = {user: dict(marks) for user, marks in snapshot.get("receipts", {}).items()}
        return taken

    def merge(self, lists: State, *, above: int = -1) -> list[State]:
        """Take the objects of a frame or an answer whose version is above ``above``. Returns the messages taken."""
        taken = []
        for part in PARTS:
            for state in lists.get(part, ()):
                if state["version"] > above and self._put(part, state) and part == "messages":
                    taken.append(state)
        room = lists.get("room")
        if room and room["version"] > max(above, self.room["version"] if self.room else -1):
            self.room = room
        return taken

    def mark(self, frame: State) -> None:
        """Take a receipt: marks only rise."""
        mine = self.receipts.setdefault(frame["user_id"], {"seen_seq": 0, "received_seq": 0})
        for name in mine:
            mine[name] = max(mine[name], frame.get(name, 0))

    def page(self, body: State) -> list[State]:
        """Take a page of older messages, and what changed in them while it was under way."""
        page, overlay = body["results"], list(self._overlay.values())
        self.drop_page()
        self.floor = min([self.floor, *(message["seq"] for message in page)]) if body["next"] else 0
        return [*self.merge({"messages": page}), *self.merge({"messages": overlay})]

    def drop_page(self) -> None:
        """The page that was under way is not coming."""
        self.is_paging = False
        self._overlay = {}

    def _put(self, part: str, state: State) -> bool:
        objects = self.parts[part]
        if part == "messages" and state["id"] not in objects and state["seq"] < self.floor:
            # Above the window: a page under way may have been read before this; a later one is read after it.
            if not self.is_paging:
                return False
            objects = self._overlay
        mine = objects.get(state["id"])
        if mine is not None and mine["version"] >= state["version"]:
            return False
        # Tombstones stay, so that nothing read earlier and landing later brings their objects back.
        objects[state["id"]] = {key: value for key, value in state.items() if key not in VIEWER_FIELDS[part]}
        return True
