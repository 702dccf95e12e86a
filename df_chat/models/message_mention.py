"""Whom messages mention."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.db.models.base import ModelBase
from django.utils.translation import gettext_lazy as _

from df_chat.exceptions import Conflict, Invalid
from df_chat.models.message import Message
from df_chat.models.room_user import RoomUser
from df_chat.streams import VersionedQuerySet, retrying, stream_tx
from df_chat.streams.base import AnchoredModel, VersionedManager


class MessageMentionQuerySet(VersionedQuerySet["MessageMention"]):
    pass


MessageMentionManager = VersionedManager.from_queryset(MessageMentionQuerySet)


class MessageMention(AnchoredModel):
    """A message mentions a member of its room. It shows folded into the message; its row is there to be counted."""

    anchors = ("message_id", "room_user_id")

    id = models.BigAutoField(primary_key=True)
    message = models.ForeignKey(
        Message, models.CASCADE, related_name="mentions", db_index=False, verbose_name=_("message")
    )
    room_user = models.ForeignKey(
        RoomUser, models.CASCADE, related_name="mentions", db_index=False, verbose_name=_("mentioned")
    )
    seq = models.PositiveBigIntegerField(editable=False, help_text=_("That of the message."))
    was_sent = models.BooleanField(default=False, editable=False, help_text=_("It was in its message from the first."))

    objects = MessageMentionManager()

    class Meta:
        verbose_name = _("mention")
        verbose_name_plural = _("mentions")
        constraints = [models.UniqueConstraint(fields=["message", "room_user"], name="df_chat_one_mention")]
        indexes = [models.Index(fields=["room_user", "seq"], name="df_chat_mention_seq")]

    def __str__(self) -> str:
        return f"{self.room_user_id} in {self.message_id}"

    @retrying
    def save(
        self,
        *,
        force_insert: bool | tuple[ModelBase, ...] = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        """Write the row, and fold it into its message.

        Raises:
            Conflict: the message was deleted.
            Invalid: no member of its room.
        """
        is_new = self._state.adding
        try:
            with stream_tx(rooms=[self.message.room_id]) as tx:
                message = Message.locked(self.message_id)
                if message is None or message.deleted_at is not None:
                    raise Conflict("message_deleted")
                members = RoomUser.objects.active().filter(room=message.room_id, pk=self.room_user_id)
                if is_new and not members.exists():
                    raise Invalid("not_a_member", attr="room_user")
                self.seq = message.seq
                super().save(force_insert=is_new, force_update=not is_new, using=tx.using)
                message.fold_mentions(tx)
        except BaseException:
            # What was rolled back is no row: a second try has to insert it again.
            self._state.adding = is_new
            raise

    @retrying
    def delete(self, using: str | None = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        """Delete the row, and fold its message again."""
        with stream_tx(rooms=[self.message.room_id]) as tx:
            current = type(self)._base_manager.using(tx.using).filter(pk=self.pk).first()
            if current is None:
                return 0, {}
            self.check_unmoved(current)
            super().delete(using=tx.using)
            message = Message.locked(current.message_id)
            if message is not None:
                message.fold_mentions(tx)
        return 1, {self._meta.label: 1}
