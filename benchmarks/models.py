"""The row of a message without anything of a chat: what a plain ORM create costs."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from df_chat.ids import uuid7


class PlainMessage(models.Model):
    """The columns and indexes of ``df_chat.Message``, written by an ordinary ``objects.create()``."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    created = models.DateTimeField(default=timezone.now)
    modified = models.DateTimeField(default=timezone.now)
    version = models.PositiveBigIntegerField(default=0)
    room = models.ForeignKey("df_chat.Room", models.CASCADE, related_name="+", db_index=False)
    room_user = models.ForeignKey("df_chat.RoomUser", models.CASCADE, related_name="+", db_index=False)
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="+")
    body = models.TextField()
    is_reaction = models.BooleanField(default=False)
    client_id = models.UUIDField(null=True)
    seq = models.PositiveBigIntegerField(default=0)
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    metadata = models.JSONField(default=dict)
    reactions = models.JSONField(default=list)
    attachments = models.JSONField(default=list)
    reply_count = models.PositiveIntegerField(default=0)

    class Meta:
        # Made by the benchmark itself: an app without migrations would come before the chat's tables.
        managed = False
        constraints = [models.UniqueConstraint(fields=["room_user", "client_id"], name="plain_one_per_client_id")]
        indexes = [
            models.Index(fields=["room", "version"], name="plain_version"),
            models.Index(fields=["room", "seq"], name="plain_seq"),
        ]
