"""The ``Stream`` row: the version counter of one room or one user, and the only row that is ever locked."""

from __future__ import annotations

import uuid
from typing import ClassVar, NamedTuple

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from df_chat.ids import Id, to_uuid, user_stream_id


class StreamKey(NamedTuple):
    """What names a stream, before any row is read."""

    id: uuid.UUID
    kind: str
    owner_id: str

    @classmethod
    def of_room(cls, room_id: Id) -> StreamKey:
        key = to_uuid(room_id)
        return cls(key, "room", str(key))

    @classmethod
    def of_user(cls, user_pk: object) -> StreamKey:
        return cls(user_stream_id(user_pk), "user", str(user_pk))


class LockedStream(NamedTuple):
    """A stream's row as it was when it was locked. Plain, for it is made in every write."""

    id: uuid.UUID
    kind: str
    owner_id: str
    version: int
    acl: int
    epoch: int

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.owner_id}"


class Stream(models.Model):
    """Narrow, with no index on what changes, and never the target of a foreign key: locking it disturbs nobody else.

    ``id`` is the room's own id, or derived from the user's key, so rooms and users share one id space and one global
    lock order.
    """

    class Kind(models.TextChoices):
        ROOM = "room", _("room")
        USER = "user", _("user")

    id = models.UUIDField(primary_key=True, editable=False)
    kind = models.CharField(max_length=4, choices=Kind.choices)
    owner_id = models.CharField(max_length=64, help_text=_("Primary key of the room or user."))
    version = models.PositiveBigIntegerField(default=0, help_text=_("Version of the newest change."))
    acl = models.PositiveBigIntegerField(default=0, help_text=_("Version of the newest change of who may see what."))
    horizon = models.PositiveBigIntegerField(default=0, help_text=_("Changes up to this version have been pruned."))
    epoch = models.PositiveIntegerField(default=1, help_text=_("Rises when a backup was restored."))
    active_at = models.DateTimeField(default=timezone.now, help_text=_("When the newest message was sent."))

    objects: ClassVar[models.Manager[Stream]] = models.Manager()

    class Meta:
        verbose_name = _("stream")
        verbose_name_plural = _("streams")

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """How the stream is called on the wire: ``room:<uuid>`` or ``user:<primary key>``."""
        return f"{self.kind}:{self.owner_id}"
