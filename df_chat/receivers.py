"""What the chat does when the host's own rows change."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models.signals import pre_delete
from django.dispatch import receiver

from df_chat.actions import remove_member
from df_chat.models import RoomUser


@receiver(pre_delete, sender=get_user_model(), dispatch_uid="df_chat_user_deleted")
def end_memberships(instance: Any, **kwargs: Any) -> None:
    """A deleted user leaves every room, heard by the others; what they wrote stays, without a name."""
    for member in RoomUser.objects.active().filter(user=instance.pk).select_related("room"):
        if member.room.is_direct:
            member.delete()
        else:
            remove_member(actor=None, room_id=member.room_id, user_id=instance.pk)
