"""Join and leave, add and remove members, and give roles."""

from __future__ import annotations

from typing import Any

from df_chat.access import Access, load_access
from df_chat.actions.rooms import active_count, check_capacity
from df_chat.actions.system import note
from df_chat.exceptions import Invalid, NotFound
from df_chat.ids import Id, to_uuid
from df_chat.models import Room, RoomUser
from df_chat.people import find_contact, user_key
from df_chat.policy import get_policy
from df_chat.streams import StreamKey, StreamTx, retrying, stream_tx

Role = RoomUser.Role


@retrying
def join_room(*, actor: Any, room_id: Id) -> RoomUser:
    """Become a member of a public room. Joining twice is once.

    Raises:
        NotFound: no such room for this user.
        Denied: the room is private to those added, or archived.
        Invalid: the room is full.
    """
    with stream_tx(rooms=[room_id], users=[actor.pk]) as tx:
        access = load_access(actor, room_id)
        if access.is_member:
            return access.require_member()
        get_policy().check_join(actor, access.room)
        return _enter(access.room, actor, access.member, tx)


@retrying
def leave_room(*, actor: Any, room_id: Id) -> None:
    """Leave a room; an owner hands it on to the longest-standing admin, then member. Leaving twice is once.

    A private room that the last member leaves is archived.

    Raises:
        NotFound: no such room for this user.
        Invalid: a direct chat cannot be left.
    """
    with stream_tx(rooms=[room_id], users=[actor.pk, *_heirs(room_id)]) as tx:
        access = load_access(actor, room_id)
        get_policy().check_leave(actor, access.room)
        if access.is_member:
            _exit(access.room, access.require_member(), tx)


@retrying
def add_member(*, actor: Any, room_id: Id, user_id: object, role: str = Role.MEMBER) -> RoomUser:
    """Add one of the actor's contacts to a room.

    Raises:
        NotFound: no such room for this user.
        Denied: neither owner nor admin of it (or not staff, where staff manage rooms).
        Invalid: no such contact, a member already, or the room is full.
    """
    _check_role(role)
    try:
        user = find_contact(actor, user_id)
    except NotFound:
        raise Invalid("not_found", attr="user_id") from None
    with stream_tx(rooms=[room_id], users=[user.pk]) as tx:
        access = load_access(actor, room_id)
        get_policy().check_manage(actor, access.room, access.member)
        get_policy().check_open(access.room)
        target = RoomUser.objects.filter(room=access.room, user=user.pk).first()
        if target is not None and target.is_active:
            raise Invalid("already_member", attr="user_id")
        target = target or RoomUser(room=access.room, user=user, is_active=False)
        get_policy().check_set_role(actor, access.room, access.member, target, role)
        return _enter(access.room, user, None if target._state.adding else target, tx, role=role)


@retrying
def set_role(*, actor: Any, room_id: Id, user_id: object, role: str) -> RoomUser:
    """Change a member's role. A room keeps at least one owner.

    Raises:
        NotFound: no such room, or no such member, for this user.
        Denied: the actor may not give or take this role.
        Invalid: no such role, or the last owner would lose it.
    """
    _check_role(role)
    key = user_key(user_id)
    with stream_tx(rooms=[room_id], users=[key]) as tx:
        access, target = _target(actor, room_id, key)
        get_policy().check_set_role(actor, access.room, access.member, target, role)
        if target.role == role:
            return target
        if target.role == Role.OWNER and not _other_owners(target).exists():
            raise Invalid("last_owner", attr="role")
        target.role = role
        target.write(tx, update_fields=["role"])
        return target


@retrying
def remove_member(*, actor: Any, room_id: Id, user_id: object) -> None:
    """Remove a member; they receive nothing newer.

    Raises:
        NotFound: no such room, or no such member, for this user.
        Denied: neither owner nor admin of it, or the member is an owner.
        Invalid: a direct chat keeps its two members.
    """
    key = user_key(user_id)
    if actor is not None and key == actor.pk:
        leave_room(actor=actor, room_id=room_id)
        return
    with stream_tx(rooms=[room_id], users=[key, *_heirs(room_id)]) as tx:
        access, target = _target(actor, room_id, key)
        get_policy().check_remove(actor, access.room, access.member, target)
        _exit(access.room, target, tx)


def _check_role(role: str) -> None:
    if role not in Role.values:
        raise Invalid("invalid", attr="role")


def _target(actor: Any, room_id: Id, user_pk: Any) -> tuple[Access, RoomUser]:
    access = load_access(actor, room_id)
    target = RoomUser.objects.active().select_related("user").filter(room=access.room, user=user_pk).first()
    if target is None:
        raise NotFound
    return access, target


def _enter(room: Room, user: Any, former: RoomUser | None, tx: StreamTx, *, role: str = Role.MEMBER) -> RoomUser:
    check_capacity(room, active_count(room) + 1)
    if former is None:
        member = RoomUser(room=room, user=user, role=role)
        member.write(tx, update_fields=())
    else:
        member = former
        member.user, member.role = user, role
        member.write(tx, update_fields={"role", *member.begin(tx)})
    note("joined", room=room, user=user, tx=tx)
    return member


def _exit(room: Room, member: RoomUser, tx: StreamTx) -> None:
    user, was_owner = member.user, member.role == Role.OWNER
    if was_owner and not _other_owners(member).exists():
        _hand_on(room, member, tx)
    member.deactivate(tx)
    note("left", room=room, user=user, tx=tx)
    if not room.is_public and not active_count(room):
        room.is_archived = True
        room.write(tx, update_fields=["is_archived"])


def _hand_on(room: Room, owner: RoomUser, tx: StreamTx) -> None:
    heir = _by_standing(room.pk).exclude(pk=owner.pk).select_related("user").first()
    if heir is not None:
        # Another one than was foreseen, if roles changed before the lock.
        tx.lock([StreamKey.of_user(heir.user_id)])
        heir.role = Role.OWNER
        heir.write(tx, update_fields=["role"])


def _heirs(room_id: Id) -> list[Any]:
    """Users whose streams a hand-over may touch: locked from the start, to keep the one lock order."""
    return list(_by_standing(room_id).values_list("user_id", flat=True)[:2])


def _by_standing(room_id: Id) -> Any:
    # "admin" < "member" < "owner": the alphabet happens to put admins before members, and owners need no heir.
    rows = RoomUser.objects.active().filter(room=to_uuid(room_id)).exclude(role=Role.OWNER)
    return rows.order_by("role", "joined_at", "pk")


def _other_owners(owner: RoomUser) -> Any:
    return RoomUser.objects.active().filter(room=owner.room_id, role=Role.OWNER).exclude(pk=owner.pk)
