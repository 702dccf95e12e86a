"""Rooms: where people chat."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.validators import MinValueValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from df_chat.streams import (
    Part,
    State,
    StreamKey,
    StreamNames,
    StreamTx,
    VersionedModel,
    VersionedQuerySet,
    retrying,
    stream_tx,
)
from df_chat.streams.base import VersionedManager

if TYPE_CHECKING:
    pass


def room_image_path(room: Room, filename: str) -> str:
    """A name of our own making: the client's never reaches the storage."""
    return f"df_chat/rooms/{room.pk}/{uuid.uuid4().hex}"


class RoomQuerySet(VersionedQuerySet["Room"]):
    def live(self) -> Self:
        """Rooms that were not deleted."""
        return self.filter(deleted_at=None)

    def of_user(self, user: Any) -> Self:
        """Rooms this user is a member of."""
        return self.live().filter(memberships__user=user.pk, memberships__is_active=True)

    def visible_to(self, user: Any) -> Self:
        """Rooms this user may know of: the own and the public ones."""
        own = Room._base_manager.filter(memberships__user=user.pk, memberships__is_active=True).values("pk")
        return self.live().filter(Q(is_public=True) | Q(pk__in=own))

    def for_object(self, target: models.Model) -> Self:
        """Live rooms that hang on this object of the host's."""
        content_type = ContentType.objects.get_for_model(target)
        return self.live().filter(content_type=content_type, object_id=str(target.pk))


RoomManager = VersionedManager.from_queryset(RoomQuerySet)


class Room(VersionedModel):
    """A room: a direct chat of two, or a group. Deleting it wipes it and leaves a tombstone for clients."""

    class Kind(models.TextChoices):
        GROUP = "group", _("group")
        DIRECT = "direct", _("direct")

    begins_stream = True
    derived_fields = frozenset({"deleted_at"})

    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices, default=Kind.GROUP, editable=False)
    title = models.CharField(_("title"), max_length=255, blank=True)
    topic = models.CharField(_("topic"), max_length=255, blank=True)
    description = models.TextField(_("description"), blank=True, max_length=4000)
    image = models.ImageField(_("image"), upload_to=room_image_path, blank=True)
    is_public = models.BooleanField(_("public"), default=False, help_text=_("Everybody may read and join."))
    is_archived = models.BooleanField(_("archived"), default=False, help_text=_("Readable, but closed to writing."))
    creator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("creator")
    )
    users = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="df_chat.RoomUser", related_name="chat_rooms", verbose_name=_("users")
    )
    max_users = models.PositiveIntegerField(_("most members"), null=True, blank=True, validators=[MinValueValidator(1)])
    metadata = models.JSONField(_("metadata"), default=dict, blank=True, help_text=_("Data of the host's own."))
    content_type = models.ForeignKey(ContentType, models.SET_NULL, null=True, blank=True, related_name="+")
    object_id = models.CharField(_("object id"), max_length=64, blank=True)
    target = GenericForeignKey("content_type", "object_id")
    # The sorted keys of the two users of a direct chat: the database itself holds one chat per pair.
    direct_key = models.CharField(max_length=140, null=True, unique=True, editable=False)  # noqa: DJ001
    deleted_at = models.DateTimeField(null=True, editable=False)

    objects = RoomManager()

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        indexes = [
            models.Index(fields=["content_type", "object_id"], name="df_chat_room_target"),
            models.Index(fields=["is_public"], name="df_chat_room_public"),
        ]

    def __str__(self) -> str:
        return self.title or f"{self.get_kind_display()} {self.pk}"

    @property
    def stream_name(self) -> str:
        return f"room:{self.pk}"

    @property
    def is_direct(self) -> bool:
        return self.kind == self.Kind.DIRECT

    def state(self) -> State:
        """What every viewer sees of the room; a deleted one shows only that it was deleted."""
        if self.deleted_at is not None:
            return {"id": str(self.pk), "version": self.version, "deleted": True}
        return {
            "id": str(self.pk),
            "version": self.version,
            "kind": self.kind,
            "title": self.title,
            "topic": self.topic,
            "description": self.description,
            "image": self.image.url if self.image else None,
            "is_public": self.is_public,
            "is_archived": self.is_archived,
            "creator_id": None if self.creator_id is None else str(self.creator_id),
            "max_users": self.max_users,
            "metadata": self.metadata,
            "created": self.created,
            "modified": self.modified,
        }

    def streams(self) -> StreamNames:
        owner = [self.creator_id] if self._state.adding and self.creator_id is not None else []
        return {"rooms": [self.pk], "users": owner}

    def stamp(self, tx: StreamTx) -> None:
        # Any change of the room counts as one of access: is_public, is_archived and deleted_at decide who may do what.
        tx.stamp(self.pk, ROOM, self, acl=True)

    def write(self, tx: StreamTx, **kwargs: Any) -> None:
        """Store the room; a new one gets its creator as owner."""
        is_new = self._state.adding
        super().write(tx, **kwargs)
        if is_new and self.creator_id is not None:
            self.memberships.create(user_id=self.creator_id, role="owner")

    @retrying
    def delete(self, using: str | None = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        """Wipe the room and everything in it, remove its members, and keep a tombstone that clients hear of."""
        members = self.memberships.filter(is_active=True, user__isnull=False)
        with stream_tx(rooms=[self.pk], users=members.values_list("user_id", flat=True)) as tx:
            current = type(self).locked(self.pk)
            if current is None or current.deleted_at is not None:
                return 0, {}
            tx.lock(map(StreamKey.of_user, members.values_list("user_id", flat=True)))
            for member in members.select_related("user"):
                member.deactivate(tx)
            current._wipe(tx)
        self.refresh_from_db()
        return 1, {self._meta.label: 1}

    def _wipe(self, tx: StreamTx) -> None:
        self.messages.model.wipe_room(self.pk, using=tx.using)
        if self.image:
            storage, name = self.image.storage, self.image.name or ""
            transaction.on_commit(lambda: storage.delete(name), using=tx.using, robust=True)
        self.title = self.topic = self.description = self.object_id = ""
        self.image, self.metadata, self.direct_key, self.content_type = None, {}, None, None
        self.is_public, self.is_archived, self.deleted_at = False, True, timezone.now()
        wiped = ["title", "topic", "description", "object_id", "image", "metadata", "direct_key", "content_type"]
        self.write(tx, update_fields=[*wiped, "is_public", "is_archived", "deleted_at"])


ROOM = Part("room", "version", Room.state, single=True)
