"""What a viewer sees of rooms beside their state, for a whole page of them in a constant number of queries."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, F, OuterRef, Q, Subquery
from django.utils import timezone

from df_chat.models import Message, MessageMention, Room, RoomUser, Stream
from df_chat.people import person_state
from df_chat.policy import get_policy
from df_chat.settings import chat_settings
from df_chat.streams import State
from df_chat.sync.positions import position_of


def summarize(rooms: Sequence[Room], viewer: Any) -> dict[uuid.UUID, State]:
    """For each room: gen, stream_version, is_member, role, can_manage, is_muted, the counts, last_message and peer.

    Rooms that were read with their ``stream_version`` show it: all that happened up to there is in what they show.
    """
    ids = [room.pk for room in rooms]
    mine = _memberships(rooms, viewer)
    policy = get_policy()
    counts, unread, mentions = _counts(ids), _unread_counts(ids, viewer, mine), _mention_counts(mine)
    last, peers, gens = _last_messages(ids, mine), _peers(rooms, viewer), _gens(ids, mine)
    return {
        (pk := room.pk): {
            "gen": gens.get(pk),
            "stream_version": getattr(room, "stream_version", None) or 0,
            "is_member": pk in mine,
            "role": mine[pk].role if pk in mine else None,
            "can_manage": policy.can_manage(viewer, room, mine.get(pk)),
            "is_muted": pk in mine and mine[pk].is_muted,
            "unread_count": unread.get(pk, 0),
            "mention_count": mentions.get(pk, 0),
            "member_count": counts[pk]["members"],
            "online_count": counts[pk]["online"],
            "last_message": last.get(pk),
            "peer": peers.get(pk),
        }
        for room in rooms
    }


def _memberships(rooms: Sequence[Room], viewer: Any) -> dict[uuid.UUID, RoomUser]:
    """The viewer's active memberships, with the user and the room that a host's policy may look at."""
    by_pk = {room.pk: room for room in rooms}
    members = {m.room_id: m for m in RoomUser.objects.active().filter(room__in=by_pk, user=viewer.pk)}
    for pk, member in members.items():
        member.room, member.user = by_pk[pk], viewer
    return members


def _counts(ids: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, int]]:
    online = Count("pk", filter=Q(user__chat__online_until__gt=timezone.now()))
    rows = RoomUser.objects.active().filter(room__in=ids).order_by()
    counts: dict[uuid.UUID, dict[str, int]] = defaultdict(lambda: {"members": 0, "online": 0})
    for row in rows.values("room").annotate(members=Count("pk"), online=online):
        counts[row["room"]] = {"members": row["members"], "online": row["online"]}
    return counts


def _unread_counts(ids: list[uuid.UUID], viewer: Any, mine: dict[uuid.UUID, RoomUser]) -> dict[uuid.UUID, int]:
    rows = Message.objects.live().filter(
        room__in=ids,
        room__memberships__user=viewer.pk,
        room__memberships__is_active=True,
        seq__gt=F("room__memberships__seen_seq"),
        seq__gte=F("room__memberships__visible_from_seq"),
    )
    rows = rows.exclude(room_user__in=[member.pk for member in mine.values()]).order_by()
    return dict(rows.values_list("room").annotate(unread=Count("pk")))


def _mention_counts(mine: dict[uuid.UUID, RoomUser]) -> dict[uuid.UUID, int]:
    """How many of the unread messages mention the viewer. Rows of deleted messages are gone."""
    rows = MessageMention.objects.filter(
        room_user__in=[member.pk for member in mine.values()],
        seq__gt=F("room_user__seen_seq"),
        seq__gte=F("room_user__visible_from_seq"),
    )
    rows = rows.exclude(message__room_user=F("room_user")).order_by()
    return dict(rows.values_list("room_user__room").annotate(mentions=Count("pk")))


def _last_messages(ids: list[uuid.UUID], mine: dict[uuid.UUID, RoomUser]) -> dict[uuid.UUID, State]:
    newest = Message.objects.live().filter(room=OuterRef("pk")).order_by("-seq").values("pk")[:1]
    pks = Room.objects.filter(pk__in=ids).annotate(last=Subquery(newest)).values_list("last", flat=True)
    messages = Message.objects.with_sender().filter(pk__in=[pk for pk in pks if pk is not None])
    return {
        message.room_id: message.state()
        for message in messages
        if message.room_id not in mine or message.seq >= mine[message.room_id].visible_from_seq
    }


def _peers(rooms: Sequence[Room], viewer: Any) -> dict[uuid.UUID, State]:
    direct = [room.pk for room in rooms if room.is_direct]
    if not direct:
        return {}
    others = RoomUser.objects.people().filter(room__in=direct).exclude(user=viewer.pk).select_related("user__chat")
    return {other.room_id: person_state(other.user) for other in others}


def _gens(ids: list[uuid.UUID], mine: dict[uuid.UUID, RoomUser]) -> dict[uuid.UUID, str]:
    streams = Stream.objects.using(chat_settings.DATABASE).filter(pk__in=ids)
    return {
        stream.pk: position_of(stream, member_epoch=mine[stream.pk].member_epoch if stream.pk in mine else 0).gen
        for stream in streams
    }
