"""Where images and files are kept: the storage that ``DF_CHAT["STORAGE"]`` names."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable
from typing import Any

from django.core.files.storage import Storage, storages
from django.core.signals import setting_changed
from django.db import transaction
from django.utils.functional import LazyObject, empty

from df_chat.settings import chat_settings

MESSAGES_FOLDER = "df_chat/messages"
ROOMS_FOLDER = "df_chat/rooms"


class ChatStorage(LazyObject):  # type: ignore[type-arg]  # generic in the stubs only
    """Stands for the storage until it is used, so that a wrong alias is told by a system check."""

    def _setup(self) -> None:
        self._wrapped = storages[chat_settings.STORAGE]

    @property  # type: ignore[misc]  # as LazyObject's own
    def __class__(self) -> Any:
        # Asked by FileField while models are loaded, when nothing should be opened yet.
        return Storage if self._wrapped is empty else self._wrapped.__class__


chat_storage: Any = ChatStorage()


def get_storage() -> Any:
    """The storage, for file fields: migrations name this function, not what a host made of it."""
    return chat_storage


def new_name(folder: str) -> str:
    """A name of our own making: the client's never reaches the storage."""
    return f"{folder}/{uuid.uuid4().hex}"


def tag_of(name: str) -> str:
    """What changes with the bytes, for a name is made anew with them, and tells nobody the name."""
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def delete_bytes(names: Iterable[str]) -> None:
    """Delete what is stored under these names, as far as it is there."""
    for name in names:
        chat_storage.delete(name)


def delete_on_commit(names: Iterable[str], *, using: str) -> None:
    """Delete what is stored under these names once the transaction commits; if it does not, it stays."""
    if wanted := [name for name in names if name]:
        transaction.on_commit(lambda: delete_bytes(wanted), using=using, robust=True)


def _forget(*, setting: str, **kwargs: Any) -> None:
    if setting in ("DF_CHAT", "STORAGES"):
        chat_storage._wrapped = empty


setting_changed.connect(_forget)
