"""Rooms: where people chat."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import File
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from df_chat.media.images import process_image
from df_chat.models.stored import StoredFiles, address_of
from df_chat.storage import ROOMS_FOLDER, get_storage, new_name, tag_of
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


def room_image_path(room: Room, filename: str) -> str:
    """A name of our own making: the client's never reaches the storage."""
    return new_name(ROOMS_FOLDER)


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


class Room(StoredFiles, VersionedModel):
    """A room: a direct chat of two, or a group. Deleting it wipes it and leaves a tombstone for clients.

    A file that is assigned to ``image`` is made anew by ``save()``, as images of messages are, in two sizes. To remove
    it, name it: ``room.image = ""; room.save(update_fields=["image"])``.
    """

    class Kind(models.TextChoices):
        GROUP = "group", _("group")
        DIRECT = "direct", _("direct")

    begins_stream = True
    stored_fields = ("image", "image_small")
    # A stale instance would name images that are gone.
    derived_fields = frozenset({"deleted_at", *stored_fields})

    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices, default=Kind.GROUP, editable=False)
    title = models.CharField(_("title"), max_length=255, blank=True)
    topic = models.CharField(_("topic"), max_length=255, blank=True)
    description = models.TextField(_("description"), blank=True, max_length=4000)
    image = models.ImageField(_("image"), upload_to=room_image_path, storage=get_storage, blank=True)
    image_small = models.FileField(upload_to=room_image_path, storage=get_storage, blank=True, editable=False)
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

    # What save() makes of the image.
    _new_names: list[str] | None = None

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
            "image": self._address("room-image", self.image.name),
            "image_small": self._address("room-image-small", self.image_small.name),
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

    def _address(self, route: str, name: str | None) -> str | None:
        """Another one for each image, so that no cache shows one of before."""
        address = address_of(route, self.pk) if name else None
        return f"{address}?v={tag_of(name or '')[:8]}" if address else None

    # -- Writes --------------------------------------------------------------------------------------------
    def take_image(self, file: File[bytes]) -> None:
        """Make the image of these bytes, for the row that is written next.

        Raises:
            Invalid: no image, or one beyond a limit.
            Busy: too many images are worked on just now.
        """
        with process_image(file) as processed:
            try:
                self._store("image", processed.medium)
                self._store("image_small", processed.small)
            except BaseException:
                self.discard()
                raise

    def save(self, *, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        named = None if update_fields is None else set(update_fields)
        # Before the lock, under which nothing slow happens.
        self._new_names = self._change_image(named)
        try:
            super().save(update_fields=named, **kwargs)
        except BaseException:
            self.discard()
            raise
        if self.is_tombstone:
            self.discard()
        self.forget()

    def _change_image(self, named: set[str] | None) -> list[str] | None:
        """The names that the row is to have; None where its image stays as it stands in the database."""
        if named is not None and "image" not in named:
            return None
        image: Any = self.image
        if image and not image._committed:  # Django's own way to tell
            self.take_image(image.file)
        elif image or named is None:
            return None
        else:
            self.image_small = ""
        return self.stored_names

    def prepare(self, tx: StreamTx) -> set[str]:
        derived = super().prepare(tx)
        if self._new_names is None:
            return derived
        self.image, self.image_small = self._new_names
        return derived | set(self.stored_fields)

    def write(self, tx: StreamTx, *, update_fields: Iterable[str], **kwargs: Any) -> None:
        """Store the room; a new one gets its creator as owner. Images that it named before go after the commit."""
        is_new = self._state.adding
        if not is_new and "image" in update_fields:
            self.delete_replaced(using=tx.using)
        super().write(tx, update_fields=update_fields, **kwargs)
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
        self.title = self.topic = self.description = self.object_id = ""
        self.image = self.image_small = ""
        self.metadata, self.direct_key, self.content_type = {}, None, None
        self.is_public, self.is_archived, self.deleted_at = False, True, timezone.now()
        wiped = ["title", "topic", "description", "object_id", *self.stored_fields, "metadata", "direct_key"]
        self.write(tx, update_fields=[*wiped, "content_type", "is_public", "is_archived", "deleted_at"])


ROOM = Part("room", "version", Room.state, single=True)
