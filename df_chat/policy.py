"""Who may do what: one object, asked by every door, under the room's lock where something is written.

Subclass ``ChatPolicy``, name the subclass in ``DF_CHAT["POLICY"]``. A ``check_`` method passes by returning and
refuses by raising ``Denied`` or ``Invalid``; ``actor=None`` is the system, which trusted code alone passes.
Staff and superusers get nothing by being staff, except where a setting says so.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.core.signals import setting_changed
from django.utils import timezone

from df_chat.exceptions import ChatError, Denied, Invalid
from df_chat.models import Message, Room, RoomUser
from df_chat.settings import chat_settings

User = Any  # the host's user model, or None for the system


class ChatPolicy:
    """The rules of rooms, members and messages."""

    # -- Rooms ---------------------------------------------------------------------------------------------
    def can_see(self, actor: User, room: Room, member: RoomUser | None) -> bool:
        """Whether the room exists for this user: what they cannot see answers 404."""
        if room.deleted_at is not None:
            return False
        return actor is None or room.is_public or (member is not None and member.is_active)

    def check_create_room(self, actor: User) -> None:
        if actor is not None and chat_settings.CREATE_ROOMS == "staff" and not actor.is_staff:
            raise Denied

    def can_create_room(self, actor: User) -> bool:
        """Whether ``check_create_room`` would pass: what is offered to the actor."""
        return _passes(self.check_create_room, actor)

    def check_manage(self, actor: User, room: Room, member: RoomUser | None) -> None:
        """Change or delete the room, and add or remove members."""
        if room.is_direct:
            raise Invalid("direct_room")
        if actor is None:
            return
        if chat_settings.MANAGE_ROOMS == "staff":
            allowed = actor.is_staff
        else:
            allowed = member is not None and member.is_active and member.is_manager
        if not allowed:
            raise Denied

    def can_manage(self, actor: User, room: Room, member: RoomUser | None) -> bool:
        """Whether ``check_manage`` would pass. It is asked for each room of a list: it should read nothing more."""
        return _passes(self.check_manage, actor, room, member)

    # -- Members -------------------------------------------------------------------------------------------
    def check_join(self, actor: User, room: Room) -> None:
        """Join by oneself; a private room is joined by being added."""
        self.check_open(room)
        if room.is_direct or not room.is_public:
            raise Denied("not_public")

    def check_leave(self, actor: User, room: Room) -> None:
        if room.is_direct:
            raise Invalid("direct_room")

    def check_set_role(self, actor: User, room: Room, member: RoomUser | None, target: RoomUser, role: str) -> None:
        """Only an owner, or staff where they manage rooms, names and unseats owners."""
        self.check_manage(actor, room, member)
        if RoomUser.Role.OWNER in (target.role, role):
            self._check_owner(actor, member)

    def check_remove(self, actor: User, room: Room, member: RoomUser | None, target: RoomUser) -> None:
        self.check_manage(actor, room, member)
        if target.role == RoomUser.Role.OWNER:
            self._check_owner(actor, member)

    # -- Messages ------------------------------------------------------------------------------------------
    def check_post(self, actor: User, room: Room, member: RoomUser | None) -> None:
        """Send, and react."""
        self.check_open(room)
        if actor is not None and (member is None or not member.is_active):
            raise Denied("not_a_member")

    def check_edit(self, actor: User, room: Room, member: RoomUser | None, message: Message) -> None:
        """Authors edit their own, while they are members and the window is open."""
        self.check_post(actor, room, member)
        if actor is None:
            return
        if member is None or message.room_user_id != member.pk or message.is_reaction:
            raise Denied
        window = chat_settings.EDIT_WINDOW_SECONDS
        if window is not None and (timezone.now() - message.created).total_seconds() > window:
            raise Denied("edit_window_closed", seconds=window)

    def check_delete(self, actor: User, room: Room, member: RoomUser | None, message: Message) -> None:
        """Authors delete their own while they are members; managers of the room delete any."""
        if actor is None or (member is not None and member.is_active and message.room_user_id == member.pk):
            return
        if room.is_direct:
            raise Denied
        self.check_manage(actor, room, member)

    def check_open(self, room: Room) -> None:
        """Refuse writing to an archived room."""
        if room.is_archived:
            raise Denied("room_archived")

    def _check_owner(self, actor: User, member: RoomUser | None) -> None:
        if actor is None or (chat_settings.MANAGE_ROOMS == "staff" and actor.is_staff):
            return
        if member is None or not member.is_active or member.role != RoomUser.Role.OWNER:
            raise Denied


def _passes(check: Callable[..., None], *arguments: Any) -> bool:
    try:
        check(*arguments)
    except ChatError:
        return False
    return True


@lru_cache(maxsize=1)
def get_policy() -> ChatPolicy:
    """The host's policy."""
    policy: ChatPolicy = chat_settings.POLICY()
    return policy


def _forget_policy(*, setting: str, **kwargs: Any) -> None:
    if setting == "DF_CHAT":
        get_policy.cache_clear()


setting_changed.connect(_forget_policy)
