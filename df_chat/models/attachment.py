"""What images and files of messages share: a row of their own, and bytes in the storage."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, ClassVar

from django.conf import settings
from django.core.files.base import File
from django.db import models
from django.db.models.base import ModelBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from df_chat.exceptions import Conflict
from df_chat.ids import uuid7
from df_chat.media import names
from df_chat.models.stored import StoredFiles, address_of
from df_chat.storage import MESSAGES_FOLDER, delete_bytes, delete_on_commit, new_name
from df_chat.streams import State, StreamKey, StreamNames, StreamTx, retrying, stream_tx
from df_chat.streams.base import AnchoredModel


def attachment_path(attachment: Attachment, filename: str) -> str:
    """Where the bytes of an attachment are kept."""
    return new_name(MESSAGES_FOLDER)


class Attachment(StoredFiles, AnchoredModel):
    """An image or a file: uploaded into no message at first, or created in one, where it then stays.

    It shows folded into the message's state, and its changes are versions of the message.
    """

    class Scan(models.TextChoices):
        CLEAN = "clean", _("clean")
        PENDING = "pending", _("pending")

    anchors = ("message_id",)
    late_anchors = frozenset({"message_id"})
    # The fields that say what is stored.
    told_fields: ClassVar[tuple[str, ...]] = ("name", "content_type", "size")
    # The addresses that its state shows, by the last part of each; below the route of this name.
    addresses: ClassVar[dict[str, str]] = {}
    route: ClassVar[str] = ""
    # The column of its message that its states are folded into.
    folded_into: ClassVar[str] = ""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # Each model has its own, for the name that messages know it by.
    message = models.ForeignKey("df_chat.Message", models.CASCADE, null=True, blank=True, related_name="+")
    uploader = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("uploader")
    )
    name = models.CharField(_("name"), max_length=names.MAX_CHARS, blank=True)
    content_type = models.CharField(_("content type"), max_length=100, blank=True, editable=False)
    size = models.PositiveBigIntegerField(_("size"), default=0, editable=False)
    digest = models.CharField(max_length=64, blank=True, editable=False, help_text=_("SHA-256 of what was uploaded."))
    scan = models.CharField(_("scan"), max_length=7, choices=Scan.choices, default=Scan.CLEAN, editable=False)
    was_sent = models.BooleanField(default=False, editable=False, help_text=_("It was in its message from the first."))
    created = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.object_name} {self.pk}"

    # -- What clients see ----------------------------------------------------------------------------------
    def fold(self) -> State:
        """What the message keeps of it: everything but the addresses."""
        told = {name: getattr(self, name) for name in self.told_fields}
        return {"id": str(self.pk), **told, "is_pending": self.scan != self.Scan.CLEAN}

    def state(self) -> State:
        """What every viewer of the message sees of it."""
        return self.show(self.fold())

    @classmethod
    def show(cls, folded: State) -> State:
        """The state that ``fold`` was made for, with its addresses; none while it waits for the scanner."""
        place = None if folded["is_pending"] else address_of(f"{cls.route}-detail", folded["id"])
        return {**folded, **{key: place and place + end for key, end in cls.addresses.items()}}

    # -- Bytes ---------------------------------------------------------------------------------------------
    def take(self, file: File[bytes], *, name: str | None = None) -> None:
        """Check these bytes, and store them for the row that ``save()`` writes.

        Raises:
            Invalid: they are not what they should be, or too many.
        """
        raise NotImplementedError

    def take_if_new(self) -> None:
        """Take bytes that were assigned to the file field, or stored by it as they were."""
        file = getattr(self, self.stored_fields[0])
        if not file:
            return
        if not file._committed:  # Django's own way to tell
            self.take(file.file, name=self.name or None)
        elif self._state.adding and not self.content_type:
            raw = file.name
            with file.open() as opened:
                self.take(opened, name=self.name or None)
            delete_bytes([raw])

    def become(self, other: Attachment) -> None:
        """Take over what was stored for another, and what is told of it."""
        for field in (*self.stored_fields, *self.told_fields, "digest"):
            setattr(self, field, getattr(other, field))
        self._fresh = other._fresh

    # -- Writes --------------------------------------------------------------------------------------------
    def streams(self) -> StreamNames:
        """The room that shows it, and the user who alone has it before that."""
        message = self.message
        return {
            "rooms": [] if message is None else [message.room_id],
            "users": [] if self.uploader_id is None else [self.uploader_id],
        }

    def save(
        self,
        *,
        force_insert: bool | tuple[ModelBase, ...] = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        """Store the bytes and fold the row into its message.

        Raises:
            Invalid: the bytes are not what they should be.
            Conflict: the message was deleted.
        """
        # The bytes first: nothing slow happens under the lock.
        self.take_if_new()
        is_new = self._state.adding
        try:
            self._save(None if self._fresh else update_fields)
        except BaseException:
            # What was rolled back is no row: a second try has to insert it again.
            self._state.adding = is_new
            self.discard()
            raise

    @retrying
    def _save(self, update_fields: Iterable[str] | None) -> None:
        with stream_tx(**self.streams()) as tx:
            message = self.lock_message(tx)
            if self.message_id is not None and message is None:
                raise Conflict("message_deleted")
            self.write(tx, update_fields=update_fields)
            if message is not None:
                message.fold_attachments(tx, type(self))

    def write(self, tx: StreamTx, *, update_fields: Iterable[str] | None = None) -> None:
        """Write the row under the lock of ``tx``; bytes that it named before go after the commit."""
        is_new = self._state.adding
        if self._fresh and not is_new:
            self.delete_replaced(using=tx.using)
        super().save(force_insert=is_new, force_update=not is_new, using=tx.using, update_fields=update_fields)
        self.forget()

    @retrying
    def delete(self, using: str | None = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        """Delete the row, and fold its message again; the bytes go after the commit."""
        with stream_tx(**self.streams()) as tx:
            current = type(self)._base_manager.using(tx.using).filter(pk=self.pk).first()
            if current is None:
                return 0, {}
            if self.message_id is not None:
                self.check_unmoved(current)
            message = current.lock_message(tx)
            current.remove(tx)
            if message is not None:
                message.fold_attachments(tx, type(self))
        return 1, {self._meta.label: 1}

    def remove(self, tx: StreamTx) -> None:
        """Delete the row under the lock of ``tx``."""
        remove_attachments(type(self)._base_manager.filter(pk=self.pk), using=tx.using)

    def lock_message(self, tx: StreamTx) -> Any:
        """Its message as it now stands, live and with its room locked; None where there is no such."""
        message = self.message
        if message is None:
            return None
        # Put into it since the streams were named: most often there is nothing left to lock.
        tx.lock([StreamKey.of_room(message.room_id)])
        locked = type(message).locked(message.pk)
        return None if locked is None or locked.deleted_at is not None else locked


def digest_of(file: File[bytes]) -> str:
    """SHA-256 of a file, read in chunks."""
    digest = hashlib.sha256()
    file.seek(0)
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def remove_attachments(rows: models.QuerySet[Any], *, using: str) -> None:
    """Delete these rows under a lock that is held already; their bytes go after the commit."""
    found = rows.using(using)
    names = found.values_list(*rows.model.stored_fields)
    delete_on_commit([name for row in names for name in row], using=using)
    found.delete()
