"""Mark messages as received and as seen: how far a member got, never a row per message."""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection
from functools import lru_cache
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from df_chat import metrics
from df_chat.access import Access, load_access
from df_chat.exceptions import Invalid, NotFound
from df_chat.ids import Id, to_uuid
from df_chat.models import RoomUser
from df_chat.settings import chat_settings
from df_chat.streams import LiveFrame, retrying, stream_tx
from df_chat.streams.outbox import get_publisher

# How long a room's size is taken as known.
SIZE_SECONDS = 30


def mark_seen(
    *, actor: Any, room_id: Id, message_ids: Collection[Id] | None = None, up_to: int | None = None
) -> RoomUser:
    """Note that the actor has seen these messages, hence all before them; seen implies received.

    Args:
        up_to: a ``seq``, instead of ids. One beyond the newest message means the newest.

    Returns:
        The membership with its new marks; they never move back.

    Raises:
        NotFound: no such room for this user, or none of the messages is in it.
        Denied: not a member.
    """
    return _mark(actor, room_id, message_ids, up_to, ("received", "seen"))


def mark_received(
    *, actor: Any, room_id: Id, message_ids: Collection[Id] | None = None, up_to: int | None = None
) -> RoomUser:
    """Note that these messages reached a device of the actor's. As ``mark_seen``."""
    return _mark(actor, room_id, message_ids, up_to, ("received",))


@retrying
def _mark(
    actor: Any,
    room_id: Id,
    message_ids: Collection[Id] | None,
    up_to: int | None,
    marks: tuple[str, ...],
) -> RoomUser:
    if (message_ids is None) == (up_to is None):
        raise Invalid("required", attr="message_ids")
    # Only the user's own stream is locked: a receipt changes nothing that the room's stream carries.
    with stream_tx(users=[actor.pk]) as tx:
        access = load_access(actor, room_id)
        member = access.require_member()
        seq = _newest_seq(access, message_ids, up_to)
        now, fields = timezone.now(), []
        for mark in marks:
            if getattr(member, f"{mark}_seq") < seq:
                setattr(member, f"{mark}_seq", seq)
                setattr(member, f"{mark}_at", now)
                fields += [f"{mark}_seq", f"{mark}_at"]
        if fields:
            member.write_own(tx, *fields)
            transaction.on_commit(lambda: _tell(member), using=tx.using, robust=True)
    return member


def _tell(member: RoomUser) -> None:
    """Tell the room live how far the member has read, unless it is a large one."""
    # Asked twice a minute at most: every reader of every message comes here.
    most = chat_settings.RECEIPTS_MAX_USERS
    if most == 0 or _is_larger(member.room_id, most, int(time.monotonic() / SIZE_SECONDS)):
        return
    frame = {
        "type": "receipt",
        "room_id": str(member.room_id),
        "user_id": str(member.user_id),
        "received_seq": member.received_seq,
        "received_at": member.received_at,
        "seen_seq": member.seen_seq,
        "seen_at": member.seen_at,
    }
    key = f"receipt.{member.room_id.hex}.{member.user_id}"
    metrics.count("receipts")
    get_publisher().tell(LiveFrame((member.room_id,), frame, key=key))


@lru_cache(maxsize=4096)
def _is_larger(room_id: uuid.UUID, most: int, _when: int) -> bool:
    return len(RoomUser.objects.active().filter(room=room_id).values("pk")[: most + 1]) > most


def _newest_seq(access: Access, message_ids: Collection[Id] | None, up_to: int | None) -> int:
    messages = access.messages()
    if message_ids is not None:
        messages = messages.filter(pk__in=list(map(to_uuid, message_ids)))
    else:
        messages = messages.filter(seq__lte=up_to)
    newest: int | None = messages.order_by().aggregate(newest=Max("seq"))["newest"]
    if newest is None:
        if message_ids is not None:
            raise NotFound
        return 0
    return newest
