"""Messages, and the reactions to them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from typing import Any, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from df_chat.adapter import get_adapter
from df_chat.ids import reaction_client_id
from df_chat.models.attachment import Attachment, remove_attachments
from df_chat.models.room import Room
from df_chat.models.room_user import RoomUser
from df_chat.streams import Part, State, StreamNames, StreamTx, VersionedModel, VersionedQuerySet, retrying, stream_tx
from df_chat.streams.base import VersionedManager
from df_chat.streams.insert import insert_statement, is_listened_to, mark_saved

# Users named in a reaction's state; its count goes on beyond.
REACTION_USERS = 100


class MessageQuerySet(VersionedQuerySet["Message"]):
    def shown(self) -> Self:
        """Messages of their own, tombstones included: reactions show inside their message."""
        return self.filter(is_reaction=False)

    def live(self) -> Self:
        """Messages that were not deleted."""
        return self.shown().filter(deleted_at=None)

    def with_sender(self) -> Self:
        """With what a message's state needs, in one query."""
        return self.select_related("room_user__user")


MessageManager = VersionedManager.from_queryset(MessageQuerySet)


class Message(VersionedModel):
    """A message. Its ``seq``, the version at which it was sent, never changes: it is the order and the page cursor.

    A reaction is a row of its own with ``is_reaction``, and shows only folded into the message it reacts to.
    """

    anchors = ("room_id", "parent_id")
    state_relations = ("room_user__user",)
    derived_fields = frozenset(
        {"deleted_at", "seq", "reactions", "reply_count", "image_states", "file_states", "mention_states"}
    )

    room = models.ForeignKey(Room, models.CASCADE, related_name="messages", db_index=False, verbose_name=_("room"))
    room_user = models.ForeignKey(
        RoomUser, models.CASCADE, related_name="messages", db_index=False, verbose_name=_("sender")
    )
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="replies", verbose_name=_("parent")
    )
    body = models.TextField(_("body"), blank=True)
    is_reaction = models.BooleanField(_("reaction"), default=False)
    client_id = models.UUIDField(null=True, blank=True, editable=False, help_text=_("The sender's key for retries."))
    seq = models.PositiveBigIntegerField(default=0, editable=False)
    edited_at = models.DateTimeField(_("edited"), null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True, editable=False)
    metadata = models.JSONField(_("metadata"), default=dict, blank=True, help_text=_("Data of the host's own."))
    # Folded from other rows under the room's lock, so that reading a message is reading one row.
    reactions = models.JSONField(default=list, editable=False)
    image_states = models.JSONField(default=list, editable=False)
    file_states = models.JSONField(default=list, editable=False)
    mention_states = models.JSONField(default=list, editable=False)
    reply_count = models.PositiveIntegerField(default=0, editable=False)

    objects = MessageManager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [models.UniqueConstraint(fields=["room_user", "client_id"], name="df_chat_one_per_client_id")]
        indexes = [
            models.Index(fields=["room", "version"], name="df_chat_message_version"),
            models.Index(fields=["room", "seq"], name="df_chat_message_seq"),
        ]

    def __str__(self) -> str:
        # Never the text: this shows in logs and in the admin's history.
        return f"Message {self.pk}"

    def state(self) -> State:
        """What every viewer sees of the message; a deleted one shows only that it was deleted."""
        base: State = {"id": str(self.pk), "room_id": str(self.room_id), "version": self.version, "seq": self.seq}
        if self.deleted_at is not None:
            return {**base, "deleted": True}
        user = self.room_user.user
        state: State = {
            **base,
            "user_id": None if user is None else str(user.pk),
            "sender": None if user is None else {"id": str(user.pk), "name": get_adapter().display_name(user)},
            "parent_id": None if self.parent_id is None else str(self.parent_id),
            "body": self.body,
            "is_reaction": self.is_reaction,
            "client_id": None if self.client_id is None else str(self.client_id),
            "reactions": self.reactions,
            "reply_count": self.reply_count,
            "images": self._show("images", self.image_states),
            "files": self._show("files", self.file_states),
            "mentions": self.mention_states,
            "metadata": self.metadata,
            "created": self.created,
            "edited_at": self.edited_at,
        }
        return get_adapter().extend_message(self, state)

    def streams(self) -> StreamNames:
        return {"rooms": [self.room_id]}

    def stamp(self, tx: StreamTx) -> None:
        if self.is_reaction:
            return
        version = tx.stamp(self.room_id, MESSAGES, self)
        if self._state.adding:
            self.seq = version
            tx.mark_active(self.room_id, self.created)

    def write(self, tx: StreamTx, **kwargs: Any) -> None:
        """Store the message, and fold a new reply or reaction into its parent."""
        is_new = self._state.adding
        if self.is_reaction and self.parent_id is not None:
            self.client_id = reaction_client_id(self.parent_id, self.body)
        # Rows of attachments and mentions will refer to it: what they need cannot come last.
        is_alone = self.parent_id is None and not self.has_attachments and not self.mention_states
        if is_new and is_alone and not is_listened_to(Message):
            self.stamp(tx)
            tx.run_last(insert_statement(self, using=tx.using))
            mark_saved(self, using=tx.using)
            return
        super().write(tx, **kwargs)
        if self.parent_id is not None and (is_new or self.is_reaction):
            self._fold_into_parent(tx)

    @retrying
    def delete(self, using: str | None = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        """Delete: a reaction's row goes, a message keeps an empty tombstone that clients hear of."""
        with stream_tx(**self.streams()) as tx:
            current = type(self).locked(self.pk)
            if current is None or current.deleted_at is not None:
                return 0, {}
            self.check_unmoved(current)
            current.erase(tx)
        self.body, self.deleted_at, self.version = "", current.deleted_at, current.version
        return 1, {self._meta.label: 1}

    @classmethod
    def wipe_room(cls, room_id: uuid.UUID, *, using: str) -> None:
        """Delete every message of a room for good, under its lock; the bytes of attachments go after the commit."""
        rows = cls._base_manager.using(using).filter(room=room_id)
        cls.mention_model()._base_manager.using(using).filter(message__room=room_id).delete()
        for model in cls.attachment_models():
            remove_attachments(model._base_manager.filter(message__room=room_id), using=using)
        # MySQL checks a table's references to itself row by row.
        rows.exclude(parent=None).update(parent=None)
        rows._raw_delete(using)

    def erase(self, tx: StreamTx) -> None:
        """Delete a message that was read under the lock of ``tx``."""
        if self.is_reaction:
            models.Model.delete(self, using=tx.using)
            self._fold_into_parent(tx)
            return
        for model in self.attachment_models() if self.has_attachments else ():
            remove_attachments(model._base_manager.filter(message=self.pk), using=tx.using)
        if self.mention_states:
            self.mention_model()._base_manager.using(tx.using).filter(message=self.pk)._raw_delete(tx.using)
        type(self)._base_manager.using(tx.using).filter(parent=self.pk, is_reaction=True)._raw_delete(tx.using)
        self.body, self.metadata, self.deleted_at = "", {}, timezone.now()
        self.reactions, self.image_states, self.file_states, self.mention_states = [], [], [], []
        wiped = ["body", "metadata", "reactions", "image_states", "file_states", "mention_states"]
        self.write(tx, update_fields=[*wiped, "deleted_at"])
        if self.parent_id is not None:
            self._fold_into_parent(tx)

    def _fold_into_parent(self, tx: StreamTx) -> None:
        parent = type(self).locked(self.parent_id)
        if parent is not None and parent.deleted_at is None:
            parent.fold_reactions(tx) if self.is_reaction else parent.fold_replies(tx)
        # Whoever holds the parent sees it as it now is.
        if "parent" in self._state.fields_cache:
            self.parent = parent

    def fold_replies(self, tx: StreamTx) -> None:
        """Count the live replies again."""
        replies = type(self)._base_manager.using(tx.using).filter(parent=self.pk, is_reaction=False, deleted_at=None)
        self.reply_count = replies.count()
        self.write(tx, update_fields=["reply_count"])

    def fold_reactions(self, tx: StreamTx) -> None:
        """Gather the reactions again, in the order in which each emoji first came."""
        rows = type(self)._base_manager.using(tx.using).filter(parent=self.pk, is_reaction=True)
        users_by_emoji: dict[str, list[Any]] = defaultdict(list)
        for emoji, user_id in rows.order_by("created", "pk").values_list("body", "room_user__user"):
            users_by_emoji[emoji].append(user_id)
        self.reactions = [
            {
                "emoji": emoji,
                "count": len(users),
                "user_ids": [str(pk) for pk in users if pk is not None][:REACTION_USERS],
            }
            for emoji, users in users_by_emoji.items()
        ]
        self.write(tx, update_fields=["reactions"])

    # -- Mentions ------------------------------------------------------------------------------------------
    def fold_mentions(self, tx: StreamTx) -> None:
        """Gather again whom the message mentions, by the names they have now."""
        rows = self.mention_model()._base_manager.using(tx.using).filter(message=self.pk, room_user__user__isnull=False)
        rows = rows.select_related("room_user__user").order_by("pk")
        self.mention_states = [row.room_user.mention_state() for row in rows]
        self.write(tx, update_fields=["mention_states"])

    @classmethod
    def mention_model(cls) -> type[Any]:
        found: type[Any] = cls.mentions.rel.related_model
        return found

    # -- Images and files ----------------------------------------------------------------------------------
    @property
    def has_attachments(self) -> bool:
        return bool(self.image_states or self.file_states)

    def fold_attachments(self, tx: StreamTx, model: type[Attachment]) -> None:
        """Gather the images, or the files, again."""
        rows = model._base_manager.using(tx.using).filter(message=self.pk).order_by("created", "pk")
        setattr(self, model.folded_into, [row.fold() for row in rows])
        self.write(tx, update_fields=[model.folded_into])

    @classmethod
    def attachment_models(cls) -> tuple[type[Attachment], ...]:
        found: Any = (cls.images.rel.related_model, cls.files.rel.related_model)
        return found  # type: ignore[no-any-return]  # django-stubs knows them as models only

    def _show(self, relation: str, folded: list[State]) -> list[State]:
        model = getattr(type(self), relation).rel.related_model if folded else None
        return [model.show(one) for one in folded] if model else []


MESSAGES = Part("messages", "version", Message.state)
