"""Whether clients show what the server has."""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model

from df_chat.models import Message, Room, RoomUser, Stream
from df_chat.streams.events import State, to_json
from df_chat.testing.objects import VIEWER_FIELDS

if TYPE_CHECKING:
    from df_chat.testing.client import ChatClient

SHOWN_LINES = 60


def assert_converged(*clients: ChatClient) -> None:
    """Compare every room that a client holds with the database, and its rooms with its user's memberships.

    Let the clients come to rest first, with ``await client.settled()``. Messages above a client's window are left out;
    ``load_all`` widens it. It reads the database: from async code call it in a thread.

    Raises:
        AssertionError: a client shows something else; the difference is in the message, line by line.
    """
    for client in clients:
        key: Any = client.user_id
        user = get_user_model()._default_manager.get(pk=key)
        expected = RoomUser.objects.active().filter(user=user.pk).values_list("room", flat=True)
        missing = {str(pk) for pk in expected} - set(client.rooms)
        if missing:
            raise AssertionError(f"{user} is a member of {', '.join(sorted(missing))}, and the client has no such room")
        for room_id, replica in client.rooms.items():
            _compare(f"{user} in room {room_id}", replica.view(), server_view(user, room_id, replica.objects.floor))


def server_view(user: Any, room_id: str, floor: int = 0) -> State | None:
    """What a client of this user has to show of a room, in the shape of ``ChatClient.view``; None without access.

    Args:
        floor: the lowest ``seq`` of the messages that count.
    """
    room = Room.objects.visible_to(user).filter(pk=room_id).first()
    if room is None:
        return None
    members = RoomUser.objects.active().filter(room=room)
    mine = members.filter(user=user.pk).first()
    floor = max(floor, mine.visible_from_seq if mine else 0)
    messages = Message.objects.live().with_sender().filter(room=room, seq__gte=floor).order_by("seq")
    view = {
        "version": Stream.objects.get(pk=room.pk).version,
        "room": room.state(),
        "messages": [message.state() for message in messages],
        "users": sorted((member.state() for member in members.select_related("user")), key=lambda one: str(one["id"])),
        "memberships": [],
    }
    plain: State = json.loads(to_json(view))
    return plain


def _compare(whose: str, shown: State, expected: State | None) -> None:
    if expected is None:
        raise AssertionError(f"{whose}: the client holds what its user may not see")
    theirs, ours = _lines(expected), _lines(shown)
    if theirs != ours:
        difference = list(difflib.unified_diff(theirs, ours, "server", "client", n=0, lineterm=""))
        more = [f"... and {len(difference) - SHOWN_LINES} lines more"] if len(difference) > SHOWN_LINES else []
        raise AssertionError("\n".join([f"{whose}:", *difference[:SHOWN_LINES], *more]))


def _lines(view: State) -> list[str]:
    """One line for the version, and one for each object."""
    lines = [f"version {view['version']}"]
    for part, found in view.items():
        objects = found if isinstance(found, list) else [found] if isinstance(found, dict) else []
        for state in objects:
            plain = {key: value for key, value in state.items() if key not in VIEWER_FIELDS.get(part, ())}
            lines.append(f"{part} {json.dumps(plain, sort_keys=True, ensure_ascii=False)}")
    return lines
