"""What a member sets for themselves alone."""

from __future__ import annotations

from typing import Any

from df_chat.access import load_access
from df_chat.ids import Id
from df_chat.models import RoomUser
from df_chat.streams import retrying, stream_tx


@retrying
def set_muted(*, actor: Any, room_id: Id, is_muted: bool) -> RoomUser:
    """Mute a room, or unmute it. All of the actor's devices are told, nobody else.

    Raises:
        NotFound: no such room for this user.
        Denied: not a member.
    """
    with stream_tx(users=[actor.pk]) as tx:
        member = load_access(actor, room_id).require_member()
        if member.is_muted != is_muted:
            member.is_muted = is_muted
            member.write_own(tx, "is_muted")
    return member
