"""Who is in which room, in which role, and how far they have read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from df_chat.adapter import get_adapter
from df_chat.ids import user_stream_id
from df_chat.models.room import Room
from df_chat.streams import Part, State, StreamNames, StreamTx, VersionedModel, VersionedQuerySet, retrying, stream_tx
from df_chat.streams.base import VersionedManager


class RoomUserQuerySet(VersionedQuerySet["RoomUser"]):
    def people(self) -> Self:
        """Rows of users: the system's own row, and those of deleted users, left out."""
        return self.filter(user__isnull=False)

    def heard(self) -> Self:
        """Rows that clients hear of: members of now, and tombstones, also of users who were deleted since."""
        return self.exclude(user=None, is_active=True)

    def active(self) -> Self:
        """Members of now: those who left keep their row, as a tombstone."""
        return self.people().filter(is_active=True)


RoomUserManager = VersionedManager.from_queryset(RoomUserQuerySet)


class RoomUser(VersionedModel):
    """A membership. It lives in two streams: what others see in the room's, what only the user sees in the user's."""

    class Role(models.TextChoices):
        OWNER = "owner", _("owner")
        ADMIN = "admin", _("admin")
        MEMBER = "member", _("member")

    anchors = ("room_id", "user_id")
    state_relations = ("user",)
    # What begin() sets, and what receipts move.
    derived_fields = frozenset(
        {"member_epoch", "joined_at", "visible_from_seq", "seen_seq", "seen_at", "received_seq", "received_at"}
    )

    room = models.ForeignKey(Room, models.CASCADE, related_name="memberships", db_index=False, verbose_name=_("room"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="chat_memberships",
        verbose_name=_("user"),
        help_text=_("Empty for the system itself."),
    )
    role = models.CharField(_("role"), max_length=6, choices=Role.choices, default=Role.MEMBER)
    is_active = models.BooleanField(_("member"), default=True, help_text=_("Unset once the user left."))
    is_muted = models.BooleanField(_("muted"), default=False)
    joined_at = models.DateTimeField(_("joined"), default=timezone.now, editable=False)
    user_version = models.PositiveBigIntegerField(default=0, editable=False)
    member_epoch = models.PositiveIntegerField(default=1, editable=False)
    visible_from_seq = models.PositiveBigIntegerField(default=0, editable=False)
    seen_seq = models.PositiveBigIntegerField(_("seen up to"), default=0, editable=False)
    seen_at = models.DateTimeField(null=True, editable=False)
    received_seq = models.PositiveBigIntegerField(_("received up to"), default=0, editable=False)
    received_at = models.DateTimeField(null=True, editable=False)

    objects = RoomUserManager()

    class Meta:
        verbose_name = _("room user")
        verbose_name_plural = _("room users")
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="df_chat_one_membership")]
        indexes = [
            models.Index(fields=["room", "version"], name="df_chat_member_version"),
            models.Index(fields=["user", "user_version"], name="df_chat_membership_version"),
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # As this instance was read, if it was read whole: tells a change from a stale copy.
        self._was_active = self.__dict__.get("is_active")

    def __str__(self) -> str:
        return f"{self.user_id or 'system'} in {self.room_id}"

    @property
    def is_manager(self) -> bool:
        return self.role in (self.Role.OWNER, self.Role.ADMIN)

    def state(self) -> State:
        """What every viewer of the room sees of a member."""
        user = self.user
        return {
            "id": str(self.pk),
            "room_id": str(self.room_id),
            "version": self.version,
            "user_id": None if user is None else str(user.pk),
            "name": "" if user is None else get_adapter().display_name(user),
            "image": None if user is None else get_adapter().avatar_url(user),
            "role": self.role,
            "is_active": self.is_active,
            "joined_at": self.joined_at,
        }

    def mention_state(self) -> State:
        """What messages that mention the member keep of them."""
        return {"user_id": str(self.user_id), "name": get_adapter().display_name(self.user)}

    def membership_state(self) -> State:
        """What the user sees of the own membership, on all devices."""
        return {
            "id": str(self.pk),
            "room_id": str(self.room_id),
            "version": self.user_version,
            "role": self.role,
            "is_active": self.is_active,
            "is_muted": self.is_muted,
            "member_epoch": self.member_epoch,
            "seen_seq": self.seen_seq,
            "received_seq": self.received_seq,
        }

    def streams(self) -> StreamNames:
        return {"rooms": [self.room_id], "users": [] if self.user_id is None else [self.user_id]}

    def stamp(self, tx: StreamTx) -> None:
        # The system is no member that anybody sees.
        if self.user_id is None and self.is_active:
            return
        tx.stamp(self.room_id, USERS, self, acl=True)
        self.stamp_own(tx)

    def stamp_own(self, tx: StreamTx) -> None:
        """Take a version of the user's stream only: a change that nobody else sees."""
        if self.user_id is not None:
            tx.stamp(user_stream_id(self.user_id), MEMBERSHIPS, self)

    @property
    def stamped_fields(self) -> set[str]:
        return super().stamped_fields | {"user_version"}

    def write_own(self, tx: StreamTx, *fields: str) -> None:
        """Store fields that only the user sees, without a version of the room's stream."""
        self.stamp_own(tx)
        models.Model.save(self, using=tx.using, update_fields={*fields, "user_version"})

    def write(self, tx: StreamTx, *, update_fields: Iterable[str]) -> None:
        """Store the membership; a new one begins at the room's present."""
        if self._state.adding:
            self._start_reading(tx)
        super().write(tx, update_fields=update_fields)
        self._was_active = self.is_active

    def prepare(self, tx: StreamTx) -> set[str]:
        """A member who comes back begins anew, whichever way the row was changed; a stale row brings nobody back."""
        is_active = type(self)._base_manager.using(tx.using).values_list("is_active", flat=True).get(pk=self.pk)
        super().prepare(tx)
        if is_active or not self.is_active:
            return set()
        if self._was_active:
            self.is_active = False
            return set()
        return self.begin(tx)

    def begin(self, tx: StreamTx) -> set[str]:
        """Come back: a new epoch, so that clients drop what they kept of the last one. Returns the fields it set."""
        self.is_active, self.joined_at = True, timezone.now()
        self.member_epoch += 1
        self._start_reading(tx)
        return {"is_active", *self.derived_fields}

    def _start_reading(self, tx: StreamTx) -> None:
        # What was said before is not unread.
        version = tx.version(self.room_id)
        self.visible_from_seq = get_adapter().visible_from(self.room_id, version)
        self.seen_seq = self.received_seq = version

    def deactivate(self, tx: StreamTx) -> None:
        """End the membership, leaving the row as a tombstone."""
        self.is_active = False
        self.role = self.Role.MEMBER
        self.write(tx, update_fields=["is_active", "role"])

    @retrying
    def delete(self, using: str | None = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        """Remove the member; the row stays as a tombstone that clients hear of."""
        with stream_tx(**self.streams()) as tx:
            current = type(self).locked(self.pk)
            if current is None or not current.is_active:
                return 0, {}
            self.check_unmoved(current)
            current.deactivate(tx)
        self.is_active, self.role, self.version = False, current.role, current.version
        return 1, {self._meta.label: 1}


USERS = Part("users", "version", RoomUser.state)
MEMBERSHIPS = Part("memberships", "user_version", RoomUser.membership_state)
