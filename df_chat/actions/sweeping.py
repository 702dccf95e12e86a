"""Take away what was uploaded for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from df_chat.actions.uploads import MODELS
from df_chat.exceptions import NotFound
from df_chat.models import Attachment, Room
from df_chat.settings import chat_settings
from df_chat.storage import MESSAGES_FOLDER, ROOMS_FOLDER, chat_storage, delete_bytes
from df_chat.streams import retrying, stream_tx

# Names asked of the database at once.
BATCH = 500


@dataclass(frozen=True, slots=True)
class Swept:
    """How much was taken away.

    Attributes:
        uploads: images and files that were put into no message.
        strays: stored files that no row names; a process that was killed, or a transaction of the host's that was
            rolled back, left them.
    """

    uploads: int
    strays: int


def sweep_uploads(*, older_than: timedelta | None = None) -> Swept:
    """Delete uploads that are in no message after this time, and stored files that nothing names.

    Args:
        older_than: UPLOAD_ORPHAN_SECONDS, if not given.
    """
    age = timedelta(seconds=chat_settings.UPLOAD_ORPHAN_SECONDS) if older_than is None else older_than
    before = timezone.now() - age
    uploads = sum(_sweep(model, before) for model in MODELS)
    strays = [name for folder in (MESSAGES_FOLDER, ROOMS_FOLDER) for name in _strays(folder, before)]
    delete_bytes(strays)
    return Swept(uploads, len(strays))


def _sweep(model: type[Attachment], before: datetime) -> int:
    loose = model._default_manager.filter(message=None, created__lt=before)
    return sum(_remove_loose(attachment) for attachment in loose.order_by("pk").iterator())


@retrying
def _remove_loose(attachment: Attachment) -> bool:
    try:
        # It may have been sent since it was found: decided under its uploader's lock.
        with stream_tx(**attachment.streams()) as tx:
            if not type(attachment)._default_manager.filter(pk=attachment.pk, message=None).exists():
                return False
            attachment.remove(tx)
    except NotFound:
        return False
    return True


def _strays(folder: str, before: datetime) -> Iterator[str]:
    try:
        found = chat_storage.listdir(folder)[1]
    except (FileNotFoundError, NotImplementedError):
        return  # Nothing was ever stored, or the storage cannot tell what was.
    for start in range(0, len(found), BATCH):
        names = {f"{folder}/{name}" for name in found[start : start + BATCH]}
        for name in sorted(names - _named(names)):
            if _is_older(name, before):
                yield name


def _named(names: set[str]) -> set[str]:
    """Those that a row names."""
    named: set[str] = set()
    models: tuple[type[Room | Attachment], ...] = (Room, *MODELS)
    for model in models:
        for field in model.stored_fields:
            rows = model._default_manager.filter(**{f"{field}__in": names})
            named |= set(rows.values_list(field, flat=True))
    return named


def _is_older(name: str, before: datetime) -> bool:
    try:
        modified = chat_storage.get_modified_time(name)
    except (FileNotFoundError, NotImplementedError):
        return False
    return bool(modified < before)
