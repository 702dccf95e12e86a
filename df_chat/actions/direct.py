"""Direct chats: one room per pair of users, opened when first needed."""

from __future__ import annotations

from typing import Any

from df_chat.exceptions import Invalid
from df_chat.models import Room, RoomUser
from df_chat.people import find_contact, user_key
from df_chat.streams import retrying, stream_tx


@retrying
def open_direct(*, actor: Any, user_id: object) -> tuple[Room, bool]:
    """The direct chat of the actor and another user, made if there is none.

    Returns:
        The room, and whether it was made now.

    Raises:
        NotFound: no such user, or none of the actor's contacts, and no chat with them yet.
        Invalid: the user is the actor.
    """
    room = find_direct(actor=actor, user_id=user_id)
    if room is not None:
        return room, False
    other = find_contact(actor, user_id)
    room = Room(kind=Room.Kind.DIRECT, direct_key=_pair_key(actor.pk, other.pk))
    # Whoever opens it at the same moment waits for the same two streams, and then finds this room.
    with stream_tx(users=[actor.pk, other.pk]) as tx:
        existing = find_direct(actor=actor, user_id=user_id)
        if existing is not None:
            return existing, False
        with stream_tx(rooms=[room.pk], create=True):
            room.write(tx, update_fields=())
            for user in (actor, other):
                RoomUser(room=room, user=user).write(tx, update_fields=())
    return room, True


def find_direct(*, actor: Any, user_id: object) -> Room | None:
    """The direct chat of the actor and another user, if they have one.

    Raises:
        NotFound: not a key of any user.
        Invalid: the user is the actor.
    """
    key = user_key(user_id)
    if key == actor.pk:
        raise Invalid("yourself")
    room: Room | None = Room.objects.live().filter(direct_key=_pair_key(actor.pk, key)).first()
    return room


def _pair_key(one: object, other: object) -> str:
    return ":".join(sorted((str(one), str(other))))
