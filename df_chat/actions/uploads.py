"""Uploads that are in no message yet, and how much may be uploaded."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, Sum

from df_chat.exceptions import Invalid, NotFound
from df_chat.ids import Id, to_uuid
from df_chat.models import Attachment, Message, MessageFile, MessageImage
from df_chat.settings import chat_settings

MODELS: tuple[type[Attachment], ...] = (MessageImage, MessageFile)
# The field of a request that an error of each is about.
ATTRS: dict[type[Attachment], str] = {MessageImage: "image_ids", MessageFile: "file_ids"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """The uploads that a message is to have, by the ids that the client named."""

    image_ids: tuple[uuid.UUID, ...] = ()
    file_ids: tuple[uuid.UUID, ...] = ()

    @classmethod
    def named(cls, image_ids: Collection[Id], file_ids: Collection[Id]) -> Wanted:
        """The ids as they should be. Raises Invalid for too many, and for what can be nobody's."""
        limit = chat_settings.MAX_ATTACHMENTS_PER_MESSAGE
        if len(image_ids) + len(file_ids) > limit:
            raise Invalid("too_many_attachments", attr="image_ids" if image_ids else "file_ids", count=limit)
        return cls(_ids(image_ids, "image_ids"), _ids(file_ids, "file_ids"))

    def __bool__(self) -> bool:
        return bool(self.image_ids or self.file_ids)

    def ids_of(self, model: type[Attachment]) -> tuple[uuid.UUID, ...]:
        return self.image_ids if model is MessageImage else self.file_ids

    def find(self, actor: Any) -> list[Attachment]:
        """These uploads of the actor's, in the order of the ids, whether they are in a message or not.

        Raises:
            Invalid: one is not there, or is somebody else's.
        """
        found: list[Attachment] = []
        for model in MODELS:
            if ids := self.ids_of(model):
                rows = {row.pk: row for row in own_uploads(model, actor).filter(pk__in=ids)}
                if len(rows) < len(ids):
                    raise Invalid("not_found", attr=ATTRS[model])
                found += [rows[pk] for pk in ids]
        return found


def own_uploads(model: type[Attachment], actor: Any) -> QuerySet[Any]:
    """What the actor uploaded; without an actor, what the system did."""
    return model._default_manager.filter(uploader=None if actor is None else actor.pk)


def was_sent_with(message: Message, wanted: Iterable[Attachment]) -> bool:
    """Whether a message was sent with these, or with others of the same content."""
    sent = [row for model in MODELS for row in model._default_manager.filter(message=message, was_sent=True)]
    return Counter(map(_content, sent)) == Counter(map(_content, wanted))


def put_into(message: Message, uploads: Collection[Attachment], *, using: str, was_sent: bool = False) -> None:
    """Put loose uploads into a message, under the locks of its room and of their uploader.

    Raises:
        Invalid: one is in a message already.
    """
    for model in MODELS:
        ids = [upload.pk for upload in uploads if isinstance(upload, model)]
        if ids:
            loose = model._base_manager.using(using).filter(pk__in=ids, message=None)
            if loose.update(message=message, was_sent=was_sent) < len(ids):
                raise Invalid("not_found", attr=ATTRS[model])


def check_user_space(actor: Any, more: int, *, attr: str) -> None:
    """Refuse what goes beyond MAX_UPLOAD_BYTES_PER_USER; exact under the user's lock. Raises Invalid."""
    limit = chat_settings.MAX_UPLOAD_BYTES_PER_USER
    if actor is not None and _sum(own_uploads(model, actor) for model in MODELS) + more > limit:
        raise Invalid("user_storage_full", attr=attr, max_megabytes=_megabytes(limit))


def check_room_space(room_id: uuid.UUID, uploads: Collection[Attachment]) -> None:
    """Refuse what goes beyond MAX_UPLOAD_BYTES_PER_ROOM; exact under the room's lock. Raises Invalid."""
    limit = chat_settings.MAX_UPLOAD_BYTES_PER_ROOM
    more = sum(upload.size for upload in uploads)
    if _sum(model._default_manager.filter(message__room=room_id) for model in MODELS) + more > limit:
        raise Invalid("room_storage_full", attr=ATTRS[type(next(iter(uploads)))], max_megabytes=_megabytes(limit))


def check_count(count: int, *, attr: str) -> None:
    """Refuse more attachments than a message may have. Raises Invalid."""
    if count > chat_settings.MAX_ATTACHMENTS_PER_MESSAGE:
        raise Invalid("too_many_attachments", attr=attr, count=chat_settings.MAX_ATTACHMENTS_PER_MESSAGE)


def _sum(rows: Iterable[QuerySet[Any]]) -> int:
    return sum(one.order_by().aggregate(sum=Sum("size"))["sum"] or 0 for one in rows)


def _content(attachment: Attachment) -> tuple[type[Attachment], str]:
    return type(attachment), attachment.digest or str(attachment.pk)


def _ids(values: Collection[Id], attr: str) -> tuple[uuid.UUID, ...]:
    try:
        return tuple(dict.fromkeys(map(to_uuid, values)))
    except NotFound:
        raise Invalid("not_found", attr=attr) from None


def _megabytes(count: int) -> str:
    return f"{count / 2**20:.4g}"
