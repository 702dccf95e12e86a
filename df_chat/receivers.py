"""What the chat does when the host's own rows change."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_out
from django.db import transaction
from django.db.models.signals import post_delete, post_save, pre_delete
from django.dispatch import receiver

from df_chat.actions import remove_member
from df_chat.models import RoomUser
from df_chat.streams.outbox import get_publisher


@receiver(pre_delete, sender=get_user_model(), dispatch_uid="df_chat_user_deleted")
def end_memberships(instance: Any, **kwargs: Any) -> None:
    """A deleted user leaves every room, heard by the others; what they wrote stays, without a name."""
    for member in RoomUser.objects.active().filter(user=instance.pk).select_related("room"):
        if member.room.is_direct:
            member.delete()
        else:
            remove_member(actor=None, room_id=member.room_id, user_id=instance.pk)


@receiver(user_logged_out, dispatch_uid="df_chat_logged_out")
def close_session(request: Any, user: Any, **kwargs: Any) -> None:
    """Sockets of a session that ends are closed with it."""
    if user is not None:
        session = getattr(request, "session", None)
        get_publisher().revalidate(user.pk, ended_session=getattr(session, "session_key", None))


@receiver(post_save, sender=get_user_model(), dispatch_uid="df_chat_user_saved")
def look_again(
    instance: Any, created: bool, using: str, update_fields: Collection[str] | None = None, **kwargs: Any
) -> None:
    """A user who was deactivated, or got another password, may not keep sockets open."""
    # Every login saves when it was.
    if not created and set(update_fields or ()) != {"last_login"}:
        _revalidate_on_commit(instance.pk, using)


@receiver(post_delete, sender=get_user_model(), dispatch_uid="df_chat_user_gone")
def close_all(instance: Any, using: str, **kwargs: Any) -> None:
    """A deleted user's sockets are closed."""
    _revalidate_on_commit(instance.pk, using)


def watch_tokens() -> None:
    """Close the sockets of a token of ``rest_framework.authtoken`` when it is deleted, where a host has such."""
    if apps.is_installed("rest_framework.authtoken"):
        post_delete.connect(_close_of_token, sender="authtoken.Token", dispatch_uid="df_chat_token_deleted")


def _close_of_token(instance: Any, using: str, **kwargs: Any) -> None:
    _revalidate_on_commit(instance.user_id, using)


def _revalidate_on_commit(user_pk: Any, using: str) -> None:
    transaction.on_commit(lambda: get_publisher().revalidate(user_pk), using=using, robust=True)
