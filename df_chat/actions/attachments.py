"""Upload images and files, put them into messages, change and remove them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from df_chat.access import load_access
from df_chat.actions.uploads import MODELS, Wanted, check_count, check_room_space, check_user_space, put_into
from df_chat.exceptions import Invalid, NotFound
from df_chat.ids import Id
from df_chat.models import Attachment, Message, MessageFile, MessageImage
from df_chat.policy import get_policy
from df_chat.settings import chat_settings
from df_chat.streams import StreamTx, retrying, stream_tx

A = TypeVar("A", bound=Attachment)


@dataclass(frozen=True, slots=True)
class Uploads:
    """What was uploaded for one message, as ``send_message`` and ``attach`` take it."""

    image_ids: list[Id]
    file_ids: list[Id]

    @property
    def ids(self) -> dict[str, Any]:
        """As arguments of ``send_message`` and ``attach``."""
        return {"image_ids": self.image_ids, "file_ids": self.file_ids}

    @property
    def one(self) -> Id:
        """The only one."""
        (only,) = (*self.image_ids, *self.file_ids)
        return only


def upload_image(*, actor: Any, file: File[bytes]) -> MessageImage:
    """Take an image that is in no message yet; only its uploader sees it.

    Raises:
        Invalid: no image, one beyond a limit, or no space left for this user.
        Busy: too many images are worked on just now.
    """
    return _upload(MessageImage(uploader=actor), file, attr="image")


def upload_file(*, actor: Any, file: File[bytes]) -> MessageFile:
    """Take a file that is in no message yet; only its uploader sees it.

    Raises:
        Invalid: of a kind that is not taken, too large, or no space left for this user.
    """
    return _upload(MessageFile(uploader=actor), file, attr="file")


@contextmanager
def uploading(
    *,
    actor: Any,
    images: Iterable[File[bytes]] = (),
    files: Iterable[File[bytes]] = (),
    room_id: Id | None = None,
    message_id: Id | None = None,
) -> Iterator[Uploads]:
    """Upload these for one message; what is in none when the block ends is removed again.

    Args:
        room_id: where the message will be sent: who may not write there is refused before any work.
        message_id: the message of that room that they will be put into; likewise.

    Raises:
        NotFound: no such room or message for this user.
        Denied: the user may not write there.
        Invalid: one of them is not taken, or there are more than a message may have.
    """
    if room_id is not None:
        _check_place(actor, room_id, message_id)
    images, files, done = list(images), list(files), list[Attachment]()
    check_count(len(images) + len(files), attr="images" if images else "files")
    try:
        for file in images:
            done.append(_upload(MessageImage(uploader=actor), file, attr="images"))
        for file in files:
            done.append(_upload(MessageFile(uploader=actor), file, attr="files"))
        yield Uploads(
            [one.pk for one in done if isinstance(one, MessageImage)],
            [one.pk for one in done if isinstance(one, MessageFile)],
        )
    finally:
        for model in MODELS:
            ids = [one.pk for one in done if isinstance(one, model)]
            if ids:
                model._default_manager.filter(pk__in=ids, message=None).delete()


@retrying
def attach(
    *, actor: Any, room_id: Id, message_id: Id, image_ids: Collection[Id] = (), file_ids: Collection[Id] = ()
) -> Message:
    """Put uploads of the actor's into a message of theirs; those that are in it already stay.

    Raises:
        NotFound: no such message for this user.
        Denied: not the author, not a member any more, or the edit window closed.
        Invalid: no such upload, or more than the message or the room may have.
    """
    wanted = Wanted.named(image_ids, file_ids)
    with stream_tx(rooms=[room_id], users=[] if actor is None else [actor.pk]) as tx:
        access = load_access(actor, room_id)
        message = access.message(message_id)
        get_policy().check_edit(actor, access.room, access.member, message)
        new = [upload for upload in wanted.find(actor) if upload.message_id != message.pk]
        if new:
            there = len(message.image_states) + len(message.file_states)
            check_count(there + len(new), attr="image_ids" if image_ids else "file_ids")
            check_room_space(message.room_id, new)
            put_into(message, new, using=tx.using)
            _fold(message, {type(upload) for upload in new}, tx)
    return message


def replace_attachment(*, actor: Any, attachment: A, file: File[bytes]) -> A:
    """Put other content into the place of an attachment; its id and place in the message stay.

    Raises:
        NotFound: it is not there any more, or not for this user.
        Denied: not the author of the message, not a member any more, or the edit window closed.
        Invalid: the content is not taken, or there is no space left.
    """
    attr = "image" if isinstance(attachment, MessageImage) else "file"
    if attachment.message is not None:
        _check_place(actor, attachment.message.room_id, attachment.message_id)
    new = type(attachment)(uploader=attachment.uploader, pk=attachment.pk)
    new.take(file)
    try:
        current = _replace(actor, attachment, new, attr)
    except BaseException:
        new.discard()
        raise
    _ask_scanner(current, attr)
    return current


@retrying
def _replace(actor: Any, attachment: A, new: A, attr: str) -> A:
    with stream_tx(**attachment.streams()) as tx:
        current, message = _locked(actor, attachment, tx)
        if message is not None:
            access = load_access(actor, message.room_id)
            get_policy().check_edit(actor, access.room, access.member, message)
            check_room_space(message.room_id, [new])
        check_user_space(actor, new.size - current.size, attr=attr)
        current.become(new)
        current.scan = _first_scan()
        current.write(tx)
        new.forget()
        if message is not None:
            message.edited_at = timezone.now()
            _fold(message, {type(current)}, tx, "edited_at")
    return current


@retrying
def remove_attachment(*, actor: Any, attachment: Attachment) -> None:
    """Remove an image or a file; a message that is left with nothing is deleted.

    Raises:
        NotFound: it is not there any more, or not for this user.
        Denied: neither the author of the message nor a manager of the room.
    """
    with stream_tx(**attachment.streams()) as tx:
        current, message = _locked(actor, attachment, tx)
        if message is not None:
            access = load_access(actor, message.room_id)
            get_policy().check_delete(actor, access.room, access.member, message)
        _remove(current, message, tx)


@retrying
def finish_scan(attachment: Attachment, *, is_clean: bool) -> None:
    """Show a pending attachment to everybody who sees its message, or delete it. Without effect on one that is gone."""
    with stream_tx(**attachment.streams()) as tx:
        try:
            current, message = _locked(None, attachment, tx)
        except NotFound:
            return
        if not is_clean:
            _remove(current, message, tx)
        elif current.scan != Attachment.Scan.CLEAN:
            current.scan = Attachment.Scan.CLEAN
            current.write(tx, update_fields=["scan"])
            if message is not None:
                _fold(message, {type(current)}, tx)


def _upload(attachment: A, file: File[bytes], *, attr: str) -> A:
    actor = attachment.uploader
    # Before any work, and again under the lock.
    check_user_space(actor, file.size, attr=attr)
    try:
        attachment.take(file)
    except Invalid as error:
        error.attr = attr
        raise
    attachment.scan = _first_scan()
    try:
        _insert(attachment, actor, attr)
    except BaseException:
        attachment.discard()
        raise
    _ask_scanner(attachment, attr)
    return attachment


@retrying
def _insert(attachment: Attachment, actor: Any, attr: str) -> None:
    attachment._state.adding = True
    with stream_tx(users=[] if actor is None else [actor.pk]) as tx:
        check_user_space(actor, attachment.size, attr=attr)
        attachment.write(tx)


def _check_place(actor: Any, room_id: Id, message_id: Id | None) -> None:
    """Refuse early what is refused under the lock later."""
    access = load_access(actor, room_id)
    if message_id is None:
        get_policy().check_post(actor, access.room, access.member)
    else:
        get_policy().check_edit(actor, access.room, access.member, access.message(message_id))


def _first_scan() -> str:
    return Attachment.Scan.CLEAN if chat_settings.SCANNER is None else Attachment.Scan.PENDING


def _ask_scanner(attachment: Attachment, attr: str) -> None:
    """Let the host's scanner look, once the row can be found. Raises Invalid where it refuses at once."""
    if chat_settings.SCANNER is None:
        return
    verdicts: list[bool | None] = []

    def ask() -> None:
        verdicts.append(chat_settings.SCANNER(attachment))
        if verdicts[0] is not None:
            finish_scan(attachment, is_clean=verdicts[0])

    transaction.on_commit(ask, using=chat_settings.DATABASE, robust=True)
    if verdicts == [False]:
        raise Invalid("refused_by_scanner", attr=attr)
    if verdicts == [True]:
        attachment.scan = Attachment.Scan.CLEAN


def _locked(actor: Any, attachment: A, tx: StreamTx) -> tuple[A, Message | None]:
    """The attachment and its message as they now stand, where the actor may see them. Raises NotFound."""
    current = type(attachment)._base_manager.using(tx.using).filter(pk=attachment.pk).first()
    if current is None:
        raise NotFound
    message = current.lock_message(tx)
    if current.message_id is None:
        if actor is not None and current.uploader_id != actor.pk:
            raise NotFound
    elif message is None:
        raise NotFound
    else:
        message = load_access(actor, message.room_id).message(message.pk)
    return current, message


def _remove(attachment: Attachment, message: Message | None, tx: StreamTx) -> None:
    attachment.remove(tx)
    if message is None:
        return
    message.fold_attachments(tx, type(attachment))
    if not message.body and not message.has_attachments:
        message.erase(tx)
    else:
        message.edited_at = timezone.now()
        message.write(tx, update_fields=["edited_at"])


def _fold(message: Message, models: Collection[type[Attachment]], tx: StreamTx, *fields: str) -> None:
    for model in models:
        message.fold_attachments(tx, model)
    if fields:
        message.write(tx, update_fields=fields)
