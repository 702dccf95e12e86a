"""The members of a room whom its messages mention."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from df_chat.exceptions import Invalid, NotFound
from df_chat.models import Message, MessageMention, Room, RoomUser
from df_chat.people import user_key

MAX_MENTIONS = 50


def clean_mentions(user_ids: Collection[object]) -> list[Any]:
    """The keys of users, each once. Raises Invalid for too many, and for what can be nobody's."""
    try:
        keys = list(dict.fromkeys(map(user_key, user_ids)))
    except NotFound:
        raise _no_member() from None
    if len(keys) > MAX_MENTIONS:
        raise Invalid("too_many_mentions", attr="mention_ids", count=MAX_MENTIONS)
    return keys


def find_mentioned(room: Room, keys: Sequence[Any]) -> list[RoomUser]:
    """The members of now with these keys, in this order, under the room's lock. Raises Invalid if one is none."""
    if not keys:
        return []
    rows = RoomUser.objects.active().select_related("user").filter(room=room, user__in=keys)
    members = {member.user_id: member for member in rows}
    if not all(key in members for key in keys):
        raise _no_member()
    return [members[key] for key in keys]


def add_mentions(message: Message, members: Iterable[RoomUser], *, using: str, was_sent: bool = False) -> None:
    """Store the rows of mentions that the message holds folded."""
    rows = [MessageMention(message=message, room_user=one, seq=message.seq, was_sent=was_sent) for one in members]
    MessageMention._base_manager.using(using).bulk_create(rows)


def replace_mentions(message: Message, keys: Sequence[Any], *, using: str) -> bool:
    """Let a message mention these users alone; who is mentioned already may have left since.

    Returns:
        Whether that is a change, which the caller then writes.

    Raises:
        Invalid: one is neither mentioned already nor a member.
    """
    states = {state["user_id"]: state for state in message.mention_states}
    if states.keys() == set(map(str, keys)):
        return False
    new = find_mentioned(message.room, [key for key in keys if str(key) not in states])
    rows = MessageMention._base_manager.using(using).filter(message=message.pk)
    rows.exclude(room_user__user__in=keys).delete()
    add_mentions(message, new, using=using)
    states |= {str(member.user_id): member.mention_state() for member in new}
    message.mention_states = [states[str(key)] for key in keys]
    return True


def was_sent_mentioning(message: Message, keys: Collection[Any]) -> bool:
    """Whether a message was sent with mentions of these users."""
    sent = MessageMention.objects.filter(message=message.pk, was_sent=True)
    return set(sent.values_list("room_user__user", flat=True)) == set(keys)


def _no_member() -> Invalid:
    return Invalid("not_a_member", attr="mention_ids")
