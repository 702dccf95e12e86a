"""What a host may reword or decide about people and text, in one class.

Subclass ``ChatAdapter``, name the subclass in ``DF_CHAT["ADAPTER"]``. Methods are small and keep no state.
"""

from __future__ import annotations

import uuid
from functools import lru_cache
from typing import Any

from django.contrib.auth import get_user_model
from django.core.signals import setting_changed
from django.db.models import Q, QuerySet
from django.utils.encoding import force_str
from django.utils.translation import gettext_lazy as _

from df_chat.exceptions import ChatError
from df_chat.settings import chat_settings
from df_chat.text import clean_text

User = Any  # the host's user model: any class, any key


class ChatAdapter:
    """Names, avatars, contacts, wording and text cleaning."""

    # Words for each error code; ``%(name)s`` takes the error's parameters.
    error_messages: dict[str, Any] = {
        "not_found": _("Not found."),
        "permission_denied": _("You may not do this."),
        "not_a_member": _("For members of this room only."),
        "room_archived": _("This room is archived."),
        "room_full": _("This room is full: %(max_users)s members at most."),
        "direct_room": _("A direct chat cannot do this."),
        "not_public": _("This room needs an invitation."),
        "edit_window_closed": _("Messages can be edited for %(seconds)s seconds after sending."),
        "client_id_conflict": _("This client_id was used for another message."),
        "message_deleted": _("This message was deleted."),
        "already_member": _("This user is a member already."),
        "last_owner": _("A room needs an owner: name another one first."),
        "yourself": _("You cannot chat with yourself."),
        "too_few_users": _("Fewer than the %(count)s members it has now."),
        "too_many_users": _("%(max_users)s members at most."),
        "too_many_mentions": _("%(count)s mentions at most."),
        "too_many_reactions": _("%(count)s different reactions at most."),
        "not_an_emoji": _("This is not an emoji."),
        "unknown_field": _("Unknown field."),
        "required": _("This field is required."),
        "blank": _("This field may not be blank."),
        "not_a_string": _("Not a valid string."),
        "not_an_object": _("Not a JSON object."),
        "too_short": _("%(min_length)s characters at least."),
        "max_length": _("%(max_length)s characters at most."),
        "forbidden_character": _("Contains characters that are not allowed."),
        "json_too_large": _("Too large or too deeply nested."),
        "number_too_large": _("A number is too large."),
        "nested_reply": _("Replies cannot be answered: answer the first message."),
        "file_empty": _("The file is empty."),
        "file_too_large": _("%(max_megabytes)s MB at most."),
        "file_type": _("Files of this type are not taken. Allowed: %(allowed)s."),
        "file_mismatch": _("The content is not that of a .%(extension)s file."),
        "not_an_image": _("Not an image that can be read: send PNG, JPEG, WebP or GIF."),
        "too_many_pixels": _("%(max_pixels)s pixels at most, over all frames."),
        "too_many_frames": _("%(max_frames)s frames at most."),
        "image_too_complex": _("This image takes too long or too much memory to decode."),
        "too_many_attachments": _("%(count)s images and files at most."),
        "user_storage_full": _("Your uploads take %(max_megabytes)s MB at most: delete some first."),
        "room_storage_full": _("The room's images and files take %(max_megabytes)s MB at most."),
        "refused_by_scanner": _("This was refused by the scanner."),
        "images_busy": _("Too many images at once. Try again."),
        "uploads_busy": _("Too many uploads at once. Try again."),
        "busy": _("The room is busy. Try again."),
        "unavailable": _("The chat is not available just now. Try again."),
        "conflict": _("This was changed meanwhile."),
        "range_not_satisfiable": _("The file has %(size)s bytes."),
        "invalid": _("Not valid."),
    }

    def error_message(self, error: ChatError) -> str:
        """The words for a refusal."""
        template = force_str(self.error_messages.get(error.code, self.error_messages["invalid"]))
        return template % error.params if error.params else template

    def display_name(self, user: User) -> str:
        """How other people see this user named."""
        return str(user.get_full_name() or user.get_username()) if hasattr(user, "get_full_name") else str(user)

    def avatar_url(self, user: User) -> str | None:
        """Address of this user's picture, if any."""
        return None

    def contacts(self, user: User) -> QuerySet[Any]:
        """The people this user may open a direct chat with, add to rooms and find by search."""
        return get_user_model()._default_manager.filter(is_active=True).exclude(pk=user.pk)

    def search_contacts(self, contacts: QuerySet[Any], text: str) -> QuerySet[Any]:
        """Narrow ``contacts`` to names that begin with ``text``; never by e-mail address, which would confirm one.

        It is also asked to find members of a room and direct chats, with all users for ``contacts``.
        """
        names = {field.name for field in get_user_model()._meta.get_fields()}
        query = Q()
        for field in ("first_name", "last_name", "username"):
            if field in names:
                query |= Q(**{f"{field}__istartswith": text})
        return contacts.filter(query) if query else contacts.none()

    def clean_body(self, body: object) -> str:
        """The text of a message as it is stored. Raises Invalid."""
        return clean_text(body, attr="body", max_chars=chat_settings.MAX_BODY_CHARS, required=True)

    def system_message(self, event: str, *, name: str) -> str:
        """The words of a message of the system; ``event`` is ``joined`` or ``left``."""
        words = {"joined": _("%(name)s joined."), "left": _("%(name)s left.")}
        return force_str(words[event]) % {"name": name}

    def extend_message(self, message: Any, state: dict[str, Any]) -> dict[str, Any]:
        """The state of a message as all viewers get it, over REST and the socket. Cheap: it runs under the lock."""
        return state

    def visible_from(self, room_id: uuid.UUID, version: int) -> int:
        """The first ``seq`` that somebody who joins at ``version`` may read."""
        return version + 1 if chat_settings.NEW_MEMBER_HISTORY == "none" else 0


@lru_cache(maxsize=1)
def get_adapter() -> ChatAdapter:
    """The host's adapter."""
    adapter: ChatAdapter = chat_settings.ADAPTER()
    return adapter


def _forget_adapter(*, setting: str, **kwargs: Any) -> None:
    if setting == "DF_CHAT":
        get_adapter.cache_clear()


setting_changed.connect(_forget_adapter)
