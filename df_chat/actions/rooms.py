"""Create, change and delete rooms."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.core.files.base import File

from df_chat.access import load_access
from df_chat.exceptions import Invalid
from df_chat.ids import Id, to_uuid
from df_chat.models import Room, RoomUser
from df_chat.people import find_contacts
from df_chat.policy import get_policy
from df_chat.settings import chat_settings
from df_chat.streams import retrying, stream_tx
from df_chat.text import clean_metadata, clean_text, clean_title

_TITLE_CHARS = 255
_DESCRIPTION_CHARS = 4000


@retrying
def create_room(
    *,
    actor: Any,
    title: str,
    topic: str = "",
    description: str = "",
    is_public: bool = False,
    max_users: int | None = None,
    user_ids: Collection[object] = (),
    metadata: dict[str, Any] | None = None,
    target: Any = None,
) -> Room:
    """Create a group room with the actor as its owner.

    Args:
        user_ids: primary keys of the first members, of the actor's contacts.
        target: an object of the host's that the room hangs on.

    Raises:
        Denied: rooms are made by staff only.
        Invalid: a field breaks a rule, or a user is nobody the actor may add.
    """
    get_policy().check_create_room(actor)
    room = Room(
        creator=actor,
        is_public=is_public,
        **clean_fields(
            {
                "title": title,
                "topic": topic,
                "description": description,
                "metadata": metadata or {},
                "max_users": max_users,
            }
        ),
    )
    if target is not None:
        room.target = target
        room.object_id = str(target.pk)
    users = find_contacts(actor, user_ids)
    check_capacity(room, len(users) + (actor is not None))
    with stream_tx(rooms=[room.pk], users=[user.pk for user in (*users, actor) if user is not None], create=True) as tx:
        room.write(tx, update_fields=())
        for user in users:
            RoomUser(room=room, user=user).write(tx, update_fields=())
    return room


@retrying
def update_room(*, actor: Any, room_id: Id, **fields: Any) -> Room:
    """Change a room's title, topic, description, is_public, is_archived, max_users or metadata.

    Raises:
        NotFound: no such room for this user.
        Denied: neither owner nor admin of it (or not staff, where staff manage rooms).
        Invalid: a field breaks a rule, or more members are in it than ``max_users``.
    """
    cleaned = clean_fields(fields)
    with stream_tx(rooms=[room_id]) as tx:
        access = load_access(actor, room_id)
        room = access.room
        get_policy().check_manage(actor, room, access.member)
        changed = [name for name, value in cleaned.items() if getattr(room, name) != value]
        for name in changed:
            setattr(room, name, cleaned[name])
        if "max_users" in changed and room.max_users is not None:
            count = active_count(room)
            if room.max_users < count:
                raise Invalid("too_few_users", attr="max_users", count=count)
        if changed:
            room.write(tx, update_fields=changed)
    return room


@retrying
def delete_room(*, actor: Any, room_id: Id) -> None:
    """Delete a room with everything in it. Members' clients are told.

    Raises:
        NotFound: no such room for this user.
        Denied: neither owner nor admin of it (or not staff, where staff manage rooms).
    """
    members = RoomUser.objects.active().filter(room=to_uuid(room_id)).values_list("user_id", flat=True)
    with stream_tx(rooms=[room_id], users=members):
        access = load_access(actor, room_id)
        get_policy().check_manage(actor, access.room, access.member)
        access.room.delete()


def set_room_image(*, actor: Any, room_id: Id, image: File[bytes]) -> Room:
    """Give a room an image, or another one.

    Raises:
        NotFound: no such room for this user.
        Denied: neither owner nor admin of it (or not staff, where staff manage rooms).
        Invalid: a direct chat; or no image, or one beyond a limit.
        Busy: too many images are worked on just now.
    """
    # Before any work, and again under the lock.
    access = load_access(actor, room_id)
    get_policy().check_manage(actor, access.room, access.member)
    new = Room()
    try:
        new.take_image(image)
        room = _write_image(actor, room_id, new)
    except BaseException:
        new.discard()
        raise
    return room


def remove_room_image(*, actor: Any, room_id: Id) -> Room:
    """Leave a room without an image; one that has none stays as it is.

    Raises:
        NotFound: no such room for this user.
        Denied: neither owner nor admin of it (or not staff, where staff manage rooms).
        Invalid: a direct chat.
    """
    return _write_image(actor, room_id, Room())


@retrying
def _write_image(actor: Any, room_id: Id, new: Room) -> Room:
    with stream_tx(rooms=[room_id]) as tx:
        access = load_access(actor, room_id)
        room = access.room
        get_policy().check_manage(actor, room, access.member)
        if room.stored_names != new.stored_names:
            room.image, room.image_small = new.stored_names
            room.write(tx, update_fields=room.stored_fields)
    return room


def clean_fields(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of a room, cleaned; unknown ones are refused. Raises Invalid."""
    cleaned: dict[str, Any] = {}
    for name, value in fields.items():
        if name in ("title", "topic"):
            cleaned[name] = clean_title(value, attr=name, max_chars=_TITLE_CHARS, required=name == "title")
        elif name == "description":
            cleaned[name] = clean_text(value, attr=name, max_chars=_DESCRIPTION_CHARS)
        elif name == "metadata":
            cleaned[name] = clean_metadata(value)
        elif name == "max_users":
            cleaned[name] = _clean_max_users(value)
        elif name in ("is_public", "is_archived"):
            if not isinstance(value, bool):
                raise Invalid("invalid", attr=name)
            cleaned[name] = value
        else:
            raise Invalid("unknown_field", attr=name)
    return cleaned


def active_count(room: Room) -> int:
    """How many members the room has; exact under its lock."""
    count: int = RoomUser.objects.active().filter(room=room).count()
    return count


def check_capacity(room: Room, count: int) -> None:
    """Refuse more members than the room holds. Raises Invalid."""
    limit = min(room.max_users or chat_settings.MAX_USERS_IN_ROOM, chat_settings.MAX_USERS_IN_ROOM)
    if count > limit:
        raise Invalid("room_full", max_users=limit)


def _clean_max_users(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise Invalid("invalid", attr="max_users")
    if value > chat_settings.MAX_USERS_IN_ROOM:
        raise Invalid("too_many_users", attr="max_users", max_users=chat_settings.MAX_USERS_IN_ROOM)
    return value
