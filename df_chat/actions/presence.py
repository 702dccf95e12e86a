"""Who is online: leases that processes hold for the users of their sockets, and renew."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Count, QuerySet
from django.utils import timezone

from df_chat.models import PresenceLease, RoomUser, UserChat
from df_chat.settings import chat_settings
from df_chat.streams import LiveFrame
from df_chat.streams.outbox import get_publisher

# Of a lease that no server holds: a host that knows otherwise who is online.
NO_PROCESS = uuid.UUID(int=0)
EXPIRED_AT_ONCE = 500


def set_online(user_pks: Collection[Any], *, process: uuid.UUID = NO_PROCESS) -> set[Any]:
    """Lease these users' presence for ONLINE_SECONDS, and tell their rooms. Returns those who were offline.

    Args:
        process: whose sockets they are; each process renews and ends its own leases only.
    """
    now = timezone.now()
    until = now + timedelta(seconds=chat_settings.ONLINE_SECONDS)
    # A user who was deleted with a socket open must not keep the others from being renewed.
    users = get_user_model()._base_manager.using(chat_settings.DATABASE).filter(pk__in=user_pks)
    there = set(users.values_list("pk", flat=True))
    known = _chats(there)
    came = there - set(known.filter(online_until__gt=now).values_list("pk", flat=True))
    _lease(there, process, until)
    if known.update(online_until=until) < len(there):
        rows = [UserChat(user_id=pk, online_until=until) for pk in there]
        UserChat.objects.using(chat_settings.DATABASE).bulk_create(rows, ignore_conflicts=True)
    _tell(came, is_online=True)
    return came


def set_offline(user_pks: Collection[Any], *, process: uuid.UUID = NO_PROCESS) -> set[Any]:
    """End these users' leases of one process, and tell their rooms. Returns those whom no other process holds."""
    leases = _leases()
    leases.filter(user__in=user_pks, process=process).delete()
    return _end(set(user_pks))


def expire_presence() -> set[Any]:
    """End leases that nobody renewed, as a killed server leaves them. Returns the users who are offline by it."""
    ended = list(_leases().filter(until__lte=timezone.now()).order_by("until")[:EXPIRED_AT_ONCE])
    # Of several processes that see one, the one that deletes it tells.
    users = {lease.user_id for lease in ended if _leases().filter(pk=lease.pk, until=lease.until).delete()[0]}
    return _end(users)


def _lease(user_pks: Collection[Any], process: uuid.UUID, until: datetime) -> None:
    mine = _leases().filter(user__in=user_pks, process=process)
    if mine.update(until=until) < len(user_pks):
        rows = [PresenceLease(user_id=pk, process=process, until=until) for pk in user_pks]
        PresenceLease.objects.using(chat_settings.DATABASE).bulk_create(rows, ignore_conflicts=True)


def _end(user_pks: set[Any]) -> set[Any]:
    """Mark those of the users offline who have no lease left."""
    now = timezone.now()
    held = set(_leases().filter(user__in=user_pks, until__gt=now).values_list("user_id", flat=True))
    gone = user_pks - held
    if gone:
        _chats(gone).filter(online_until__gt=now).update(online_until=now)
        _tell(gone, is_online=False)
    return gone


def _chats(user_pks: Collection[Any]) -> QuerySet[UserChat]:
    return UserChat.objects.using(chat_settings.DATABASE).filter(pk__in=user_pks)


def _leases() -> QuerySet[PresenceLease]:
    return PresenceLease.objects.using(chat_settings.DATABASE).all()


def _tell(user_pks: Collection[Any], *, is_online: bool) -> None:
    """Tell those who share a room with the users, unless it is a large one."""
    if not user_pks or not chat_settings.PRESENCE_MAX_USERS:
        return
    members = RoomUser.objects.active()
    rooms = members.filter(user__in=user_pks).values("room")
    sizes = members.filter(room__in=rooms).values("room").annotate(size=Count("pk"))
    small = sizes.filter(size__lte=chat_settings.PRESENCE_MAX_USERS, size__gt=1).values("room")
    shared = defaultdict(list)
    for user_pk, room_id in members.filter(user__in=user_pks, room__in=small).values_list("user", "room"):
        shared[user_pk].append(room_id)
    for user_pk, room_ids in shared.items():
        frame = {"type": "presence", "user_id": str(user_pk), "is_online": is_online}
        get_publisher().tell(LiveFrame(tuple(room_ids), frame, not_to=str(user_pk)))
