"""What shows of a user in every room."""

from __future__ import annotations

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
    """A user's presence, as a lease that sockets renew: a killed server or a second tab cannot leave it wrong."""

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
