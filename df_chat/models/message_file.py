"""Files in messages."""

from __future__ import annotations

from django.core.files.base import File
from django.db import models
from django.utils.translation import gettext_lazy as _

from df_chat.media.signatures import inspect_file
from df_chat.models.attachment import Attachment, attachment_path, digest_of
from df_chat.models.message import Message
from df_chat.storage import get_storage
from df_chat.streams import VersionedQuerySet
from df_chat.streams.base import VersionedManager


class MessageFileQuerySet(VersionedQuerySet["MessageFile"]):
    pass


MessageFileManager = VersionedManager.from_queryset(MessageFileQuerySet)


class MessageFile(Attachment):
    """A file of one of the kinds that are taken, kept as it came."""

    stored_fields = ("file",)
    addresses = {"url": "content/"}
    route = "file"
    folded_into = "file_states"

    message = models.ForeignKey(
        Message, models.CASCADE, null=True, blank=True, related_name="files", verbose_name=_("message")
    )
    file = models.FileField(_("file"), upload_to=attachment_path, storage=get_storage)

    objects = MessageFileManager()

    class Meta:
        verbose_name = _("message file")
        verbose_name_plural = _("message files")

    def take(self, file: File[bytes], *, name: str | None = None) -> None:
        kind = inspect_file(file, name=name or file.name or "")
        self.name, self.content_type, self.size = kind.name, kind.content_type, kind.size
        self.digest = digest_of(file)
        self._store("file", file)
