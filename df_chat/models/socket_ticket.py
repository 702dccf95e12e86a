"""Tickets that open one socket each."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SocketTicket(models.Model):
    """A ticket that was issued and not used yet. The ticket itself is not kept, only its digest.

    Attributes:
        origin: the page that asked for it; empty where no browser did.
        sealed: what its user had shown, readable only with the ticket.
    """

    digest = models.CharField(primary_key=True, max_length=64)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("user"))
    origin = models.CharField(max_length=255, blank=True)
    sealed = models.BinaryField()
    expires_at = models.DateTimeField(db_index=True)

    objects: ClassVar[models.Manager[SocketTicket]] = models.Manager()

    class Meta:
        verbose_name = _("socket ticket")
        verbose_name_plural = _("socket tickets")

    def __str__(self) -> str:
        return f"{self.user_id} until {self.expires_at}"
