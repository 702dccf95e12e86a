"""Images in messages."""

from __future__ import annotations

from django.core.files.base import File
from django.db import models
from django.utils.translation import gettext_lazy as _

from df_chat.media.images import process_image
from df_chat.media.names import clean_name
from df_chat.models.attachment import Attachment, attachment_path, digest_of
from df_chat.models.message import Message
from df_chat.storage import get_storage
from df_chat.streams import VersionedQuerySet
from df_chat.streams.base import VersionedManager

# By this name the first migration knows it.
message_image_path = attachment_path


class MessageImageQuerySet(VersionedQuerySet["MessageImage"]):
    pass


MessageImageManager = VersionedManager.from_queryset(MessageImageQuerySet)


class MessageImage(Attachment):
    """An image: made anew from what was uploaded, in three sizes, without what cameras write into it."""

    stored_fields = ("image", "medium", "small")
    told_fields = (*Attachment.told_fields, "width", "height", "placeholder")
    addresses = {"url": "original/", "medium": "medium/", "small": "small/"}
    route = "image"
    folded_into = "image_states"

    message = models.ForeignKey(
        Message, models.CASCADE, null=True, blank=True, related_name="images", verbose_name=_("message")
    )
    image = models.ImageField(_("image"), upload_to=attachment_path, storage=get_storage)
    medium = models.FileField(upload_to=attachment_path, storage=get_storage, blank=True, editable=False)
    small = models.FileField(upload_to=attachment_path, storage=get_storage, blank=True, editable=False)
    width = models.PositiveIntegerField(_("width"), default=0, editable=False)
    height = models.PositiveIntegerField(_("height"), default=0, editable=False)
    placeholder = models.TextField(blank=True, editable=False, help_text=_("A tiny picture, to show meanwhile."))

    objects = MessageImageManager()

    class Meta:
        verbose_name = _("message image")
        verbose_name_plural = _("message images")

    def take(self, file: File[bytes], *, name: str | None = None) -> None:
        with process_image(file) as processed:
            self.digest = digest_of(file)
            self.name = processed.name if name is None else clean_name(name)
            self.width, self.height = processed.width, processed.height
            self.content_type, self.placeholder = processed.content_type, processed.placeholder
            self.size = processed.size
            try:
                self._store("image", processed.original)
                self._store("medium", processed.medium)
                self._store("small", processed.small)
            except BaseException:
                self.discard()
                raise
