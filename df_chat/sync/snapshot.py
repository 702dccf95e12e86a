"""A room as it stands: what a client starts from, or starts again from after a ``reset``."""

from __future__ import annotations

import uuid
from typing import Any

from df_chat.access import load_access
from df_chat.exceptions import NotFound
from df_chat.models import RoomUser
from df_chat.streams import State
from df_chat.sync.positions import position_of, read_stream

SNAPSHOT_MESSAGES = 50
SNAPSHOT_USERS = 200


def read_snapshot(user: Any, room_id: uuid.UUID) -> State:
    """The room, its newest messages, its members and their receipts, and the version they are at least as new as.

    The stream row is read first: what commits meanwhile has a higher version, and reaches the client as a change.

    Raises:
        NotFound: no such room for this user, or not any more.
    """
    access = load_access(user, room_id)
    stream = read_stream(room_id)
    here = position_of(stream, member_epoch=access.member_epoch)
    messages = [
        message.state() for message in access.messages().filter(deleted_at=None).order_by("-seq")[:SNAPSHOT_MESSAGES]
    ]
    members = RoomUser.objects.active().select_related("user").filter(room=room_id)
    shown = list(members.order_by("joined_at", "pk")[: SNAPSHOT_USERS + 1])
    count = members.count() if len(shown) > SNAPSHOT_USERS else len(shown)
    after = load_access(user, room_id)
    if after.member_epoch != access.member_epoch:
        raise NotFound
    return {
        "stream": here.name,
        **here.state(),
        "acl": here.acl,
        "room": access.room.state(),
        "messages": messages[::-1],
        "users": [member.state() for member in shown[:SNAPSHOT_USERS]],
        "more_users": len(shown) > SNAPSHOT_USERS,
        "member_count": count,
        "receipts": {
            str(member.user_id): {"seen_seq": member.seen_seq, "received_seq": member.received_seq}
            for member in shown[:SNAPSHOT_USERS]
        },
    }
