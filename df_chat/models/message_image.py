"""Images in messages."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db import models, transaction
from django.db.models.base import ModelBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from df_chat.ids import uuid7
from df_chat.models.message import Message
from df_chat.settings import chat_settings
from df_chat.streams import State, VersionedQuerySet, retrying, stream_tx
from df_chat.streams.base import AnchoredModel, VersionedManager


def message_image_path(image: MessageImage, filename: str) -> str:
    """A name of our own making: the client's never reaches the storage."""
    return f"df_chat/messages/{uuid.uuid4().hex}"


class MessageImageQuerySet(VersionedQuerySet["MessageImage"]):
    pass


MessageImageManager = VersionedManager.from_queryset(MessageImageQuerySet)


class MessageImage(AnchoredModel):
    """An image of a message. It shows folded into the message's state, and its changes are versions of the message."""

    anchors = ("message_id",)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    message = models.ForeignKey(Message, models.CASCADE, related_name="images", verbose_name=_("message"))
    image = models.ImageField(_("image"), upload_to=message_image_path, width_field="width", height_field="height")
    width = models.PositiveIntegerField(_("width"), default=0, editable=False)
    height = models.PositiveIntegerField(_("height"), default=0, editable=False)
    created = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = MessageImageManager()

    class Meta:
        verbose_name = _("message image")
        verbose_name_plural = _("message images")

    def __str__(self) -> str:
        return f"Image {self.pk}"

    def state(self) -> State:
        return {"id": str(self.pk), "width": self.width, "height": self.height}

    @retrying
    def save(
        self,
        *,
        force_insert: bool | tuple[ModelBase, ...] = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        """Store the image and fold it into its message."""
        # The bytes first: nothing slow happens under the lock.
        if self.image and not self.image._committed:  # type: ignore[attr-defined]  # Django's own way to tell
            self.image.save(self.image.name or "", self.image.file, save=False)
        if self._state.adding:
            self.width, self.height = self.image.width, self.image.height
        with stream_tx(rooms=[self.message.room_id]) as tx:
            super().save(force_insert=force_insert, using=tx.using, update_fields=update_fields)
            message = Message.locked(self.message_id)
            if message is not None and message.deleted_at is None:
                message.fold_images(tx)

    @retrying
    def delete(self, using: str | None = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        """Delete the image, and fold its message again."""
        with stream_tx(rooms=[self.message.room_id]) as tx:
            current = type(self)._base_manager.using(tx.using).filter(pk=self.pk).first()
            if current is None:
                return 0, {}
            self.check_unmoved(current)
            done = self.remove_row()
            message = Message.locked(self.message_id)
            if message is not None and message.deleted_at is None:
                message.fold_images(tx)
        return done

    def remove_row(self) -> tuple[int, dict[str, int]]:
        """Delete the row under a lock that is already held; its bytes go after the commit."""
        storage, name, alias = self.image.storage, self.image.name or "", chat_settings.DATABASE
        done = super().delete(using=alias)
        transaction.on_commit(lambda: storage.delete(name), using=alias, robust=True)
        return done
