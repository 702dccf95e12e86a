"""Who is online: what shows of a user in every room, and the leases behind it."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class UserChatQuerySet(models.QuerySet["UserChat"]):
    def online(self) -> UserChatQuerySet:
        """Users with a sign of life recent enough to count."""
        return self.filter(online_until__gt=timezone.now())


UserChatManager = models.Manager.from_queryset(UserChatQuerySet)


class UserChat(models.Model):
    """A user's presence, until the last of the user's leases ends."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="chat", verbose_name=_("user")
    )
    online_until = models.DateTimeField(_("online until"), null=True, blank=True)

    objects = UserChatManager()

    class Meta:
        verbose_name = _("user chat")
        verbose_name_plural = _("user chats")

    def __str__(self) -> str:
        return str(self.user_id)

    @property
    def is_online(self) -> bool:
        return self.online_until is not None and self.online_until > timezone.now()


class PresenceLease(models.Model):
    """One process has sockets of one user. It renews the lease; a process that was killed leaves nobody online."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("user"))
    process = models.UUIDField()
    until = models.DateTimeField(db_index=True)

    objects: ClassVar[models.Manager[PresenceLease]] = models.Manager()

    class Meta:
        verbose_name = _("presence lease")
        verbose_name_plural = _("presence leases")
        constraints = [models.UniqueConstraint(fields=["user", "process"], name="df_chat_one_lease")]

    def __str__(self) -> str:
        return f"{self.user_id} until {self.until}"
