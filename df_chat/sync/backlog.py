"""What was sent to a user while none of the user's devices was there to take it."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.db.models import F, Q, Window
from django.db.models.functions import RowNumber

from df_chat.models import Message, RoomUser
from df_chat.streams import State
from df_chat.sync.positions import gen_of, read_heads

BACKLOG_MESSAGES = 50
BACKLOG_ROOMS = 100


def read_backlog(user: Any) -> list[State]:
    """The messages of others that the user has not acknowledged by ``mark_received``, oldest first.

    Returns:
        For each room that has any, ``{stream, gen, messages, more}``; ``more`` tells that there are others after these.
    """
    members = {member.room_id: member for member in RoomUser.objects.active().filter(user=user.pk)}
    heads = read_heads(list(members))
    behind = {room_id for room_id, head in heads.items() if head.version > members[room_id].received_seq}
    messages = _unreceived([members[room_id] for room_id in sorted(behind)[:BACKLOG_ROOMS]])
    # As in read_changes: a membership that ended meanwhile answers nothing.
    now = dict(RoomUser.objects.active().filter(user=user.pk).values_list("room", "member_epoch"))
    found = []
    for room_id, group in groupby(messages, key=lambda message: message.room_id):
        states = [message.state() for message in group]
        if now.get(room_id) != members[room_id].member_epoch:
            continue
        found.append(
            {
                "stream": f"room:{room_id}",
                "gen": gen_of(heads[room_id].epoch, members[room_id].member_epoch),
                "messages": states[:BACKLOG_MESSAGES],
                "more": len(states) > BACKLOG_MESSAGES,
            }
        )
    return found


def _unreceived(own: list[RoomUser]) -> list[Message]:
    if not own:
        return []
    wanted = Q()
    for member in own:
        wanted |= Q(room=member.room_id, seq__gt=member.received_seq, seq__gte=member.visible_from_seq)
    place = Window(RowNumber(), partition_by=F("room"), order_by=F("seq").asc())
    rows = Message.objects.shown().with_sender().filter(wanted, deleted_at=None).exclude(room_user__in=own)
    return list(rows.annotate(place=place).filter(place__lte=BACKLOG_MESSAGES + 1).order_by("room", "seq"))
