"""Users by the keys that clients name, within what the adapter lets the actor reach."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from df_chat.adapter import get_adapter
from df_chat.exceptions import Invalid, NotFound
from df_chat.settings import chat_settings

_MAX_KEY_CHARS = 64
_MAX_INT_KEY = 2**63 - 1


def user_key(value: object) -> Any:
    """A primary key in the user model's own type. Raises NotFound for what can be nobody's."""
    text = str(value)
    if len(text) > _MAX_KEY_CHARS or not text.isprintable():
        raise NotFound
    try:
        key = get_user_model()._meta.pk.to_python(text)
    except ValidationError:
        raise NotFound from None
    if isinstance(key, int) and not 0 <= key <= _MAX_INT_KEY:
        raise NotFound
    return key


def contacts_of(actor: Any) -> QuerySet[Any]:
    """Whom the actor may reach; the system reaches every active user."""
    if actor is None:
        return get_user_model()._default_manager.filter(is_active=True)
    return get_adapter().contacts(actor)


def find_contact(actor: Any, user_id: object) -> Any:
    """One user the actor may reach. Raises NotFound, for unknown and unreachable alike."""
    user = contacts_of(actor).filter(pk=user_key(user_id)).first()
    if user is None:
        raise NotFound
    return user


def find_contacts(actor: Any, user_ids: Collection[object]) -> list[Any]:
    """The users with these keys. Raises Invalid on ``user_ids`` if the actor may not reach every one."""
    wanted = set(map(str, user_ids))
    if not wanted:
        return []
    if len(wanted) > chat_settings.MAX_USERS_IN_ROOM:
        raise Invalid("too_many_users", attr="user_ids", max_users=chat_settings.MAX_USERS_IN_ROOM)
    try:
        keys = [user_key(value) for value in wanted]
    except NotFound:
        raise Invalid("not_found", attr="user_ids") from None
    users = list(contacts_of(actor).filter(pk__in=keys))
    if len(users) < len(wanted):
        raise Invalid("not_found", attr="user_ids")
    return users


def people_named(text: str) -> QuerySet[Any]:
    """The users whom the adapter finds by a name, whoever may reach them: narrow it to those who are seen anyway."""
    return get_adapter().search_contacts(get_user_model()._default_manager.all(), text)


def is_online(user: Any) -> bool:
    """Whether the user has a socket open somewhere."""
    chat = getattr(user, "chat", None)
    return chat is not None and bool(chat.is_online)


def person_state(user: Any) -> dict[str, Any]:
    """A user as other users see one."""
    adapter = get_adapter()
    return {
        "id": str(user.pk),
        "name": adapter.display_name(user),
        "image": adapter.avatar_url(user),
        "is_online": is_online(user),
    }
