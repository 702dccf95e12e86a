"""The system as a speaker in rooms."""

from __future__ import annotations

from typing import Any

from df_chat.adapter import get_adapter
from df_chat.models import Message, Room, RoomUser
from df_chat.settings import chat_settings
from df_chat.streams import StreamTx


def system_member(room: Room, tx: StreamTx) -> RoomUser:
    """The room's member without a user, made at its first word; call it under the room's lock."""
    member = RoomUser.objects.filter(room=room, user=None, is_active=True).first()
    if member is None:
        member = RoomUser(room=room, user=None)
        member.write(tx, update_fields=())
    return member


def note(event: str, *, room: Room, user: Any, tx: StreamTx) -> None:
    """Write into the room that ``user`` ``joined`` or ``left``, where SYSTEM_MESSAGES is on."""
    if not chat_settings.SYSTEM_MESSAGES or room.is_direct:
        return
    body = get_adapter().system_message(event, name=get_adapter().display_name(user))
    member = system_member(room, tx)
    message = Message(room=room, room_user=member, body=body, metadata={"event": event, "user_id": str(user.pk)})
    message.write(tx, update_fields=())
