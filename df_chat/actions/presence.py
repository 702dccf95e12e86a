"""Who is online: leases that sockets renew."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.utils import timezone

from df_chat.models import UserChat
from df_chat.settings import chat_settings


def set_online(user_pks: Collection[Any]) -> None:
    """Lease these users' presence for ONLINE_SECONDS."""
    until = timezone.now() + timedelta(seconds=chat_settings.ONLINE_SECONDS)
    rows = UserChat.objects.using(chat_settings.DATABASE)
    if rows.filter(pk__in=user_pks).update(online_until=until) < len(user_pks):
        # A user who was deleted with a socket open must not keep the others from being renewed.
        there = get_user_model()._base_manager.using(chat_settings.DATABASE).filter(pk__in=user_pks)
        rows.bulk_create(
            [UserChat(user_id=pk, online_until=until) for pk in there.values_list("pk", flat=True)],
            ignore_conflicts=True,
        )


def set_offline(user_pks: Collection[Any]) -> None:
    """End these users' presence now."""
    UserChat.objects.using(chat_settings.DATABASE).filter(pk__in=user_pks).update(online_until=timezone.now())
