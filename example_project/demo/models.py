"""What a site with a chat is about, where it is not about the chat."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Order(models.Model):
    """Somebody bought something. Its room hangs on it: ``Room.objects.for_object(order)``."""

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        PACKED = "packed", _("packed")
        SENT = "sent", _("on its way")

    customer = models.CharField(max_length=100)
    item = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return gettext("Order %(number)s") % {"number": self.pk}

    def get_absolute_url(self) -> str:
        return reverse("order", args=[self.pk])
