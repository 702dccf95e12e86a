"""A user before a room: the two rows that every permission is decided on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import QuerySet

from df_chat.exceptions import Denied, NotFound
from df_chat.ids import Id, to_uuid
from df_chat.models import Attachment, Message, Room, RoomUser
from df_chat.policy import get_policy

A = TypeVar("A", bound=Attachment)


@dataclass(frozen=True, slots=True)
class Access:
    """A room that ``actor`` may see. ``member`` is the membership, of now or of once; None for strangers."""

    actor: Any
    room: Room
    member: RoomUser | None

    @property
    def is_member(self) -> bool:
        return self.member is not None and self.member.is_active

    @property
    def visible_from(self) -> int:
        """The first ``seq`` this user may read."""
        return self.member.visible_from_seq if self.member is not None and self.member.is_active else 0

    @property
    def member_epoch(self) -> int:
        """Which membership of this user it is: rises when they come back, 0 for strangers."""
        return self.member.member_epoch if self.member is not None and self.member.is_active else 0

    def messages(self) -> QuerySet[Message]:
        """The messages this user may read, tombstones included, with their senders."""
        return Message.objects.shown().with_sender().filter(room=self.room, seq__gte=self.visible_from)

    def message(self, message_id: Id) -> Message:
        """One message or reaction of the room that this user may read, not deleted.

        Raises:
            NotFound: no such message here.
        """
        rows = Message.objects.with_sender().select_related("parent").filter(room=self.room, pk=to_uuid(message_id))
        message: Message | None = rows.first()
        if message is None:
            raise NotFound
        self.check_readable(message)
        # Sparing the lazy loads that a permission check or a state would cause.
        message.room = self.room
        return message

    def check_readable(self, message: Message) -> None:
        """Pass for a message of the room, or a reaction with its parent, that is there and not before their time.

        Raises:
            NotFound: it was deleted, or this user may not read that far back.
        """
        shown = message.parent if message.is_reaction else message
        if message.deleted_at is not None or shown is None or shown.seq < self.visible_from:
            raise NotFound

    def require_member(self) -> RoomUser:
        """The membership of now. Raises Denied for those who only look in."""
        if self.member is None or not self.member.is_active:
            raise Denied("not_a_member")
        return self.member


def load_access(actor: Any, room_id: Id) -> Access:
    """Read the room and the actor's membership as they stand now.

    Raises:
        NotFound: no such room, or none that this user may know of.
    """
    room_id = to_uuid(room_id)
    member: RoomUser | None = None
    # Somebody without a key is nobody; rows without a user are of those who are gone.
    if actor is not None and actor.pk is not None:
        member = RoomUser.objects.select_related("room").filter(room=room_id, user=actor.pk).first()
    if member is not None:
        member.user = actor
        room: Room | None = member.room
    else:
        room = Room.objects.filter(pk=room_id).first()
    if room is None or not get_policy().can_see(actor, room, member):
        raise NotFound
    return Access(actor, room, member)


def load_attachment(actor: Any, model: type[A], attachment_id: Id) -> A:
    """An image or a file that this user may see: of a message they may read, or an upload of their own.

    Raises:
        NotFound: no such attachment for this user.
    """
    rows: QuerySet[Any] = model._default_manager.select_related("message", "uploader")
    attachment = rows.filter(pk=to_uuid(attachment_id)).first()
    if attachment is None:
        raise NotFound
    if attachment.message is not None:
        attachment.message = load_access(actor, attachment.message.room_id).message(attachment.message_id)
    elif actor is not None and (actor.pk is None or attachment.uploader_id != actor.pk):
        raise NotFound
    found: A = attachment
    return found


def load_content(actor: Any, model: type[A], attachment_id: Id) -> A:
    """An image or a file whose bytes this user may have, in as few reads as that takes: two for members.

    Raises:
        NotFound: no such attachment for this user, or one that waits for the scanner.
    """
    rows: QuerySet[Any] = model._default_manager.select_related("message__parent")
    attachment = rows.filter(pk=to_uuid(attachment_id), scan=Attachment.Scan.CLEAN).first()
    if attachment is None:
        raise NotFound
    if attachment.message is not None:
        load_access(actor, attachment.message.room_id).check_readable(attachment.message)
    elif actor is not None and (actor.pk is None or attachment.uploader_id != actor.pk):
        raise NotFound
    found: A = attachment
    return found
