"""Send, edit and delete messages."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from df_chat import metrics
from df_chat.access import Access, load_access
from df_chat.actions.mentions import (
    add_mentions,
    clean_mentions,
    find_mentioned,
    replace_mentions,
    was_sent_mentioning,
)
from df_chat.actions.sender import sender_access, sender_statement
from df_chat.actions.system import system_member
from df_chat.actions.uploads import Wanted, check_room_space, put_into, was_sent_with
from df_chat.adapter import get_adapter
from df_chat.exceptions import Conflict, Invalid, NotFound
from df_chat.ids import Id, to_uuid
from df_chat.models import Message
from df_chat.policy import get_policy
from df_chat.settings import chat_settings
from df_chat.streams import StreamTx, retrying, stream_tx
from df_chat.text import clean_metadata


@dataclass(frozen=True, slots=True)
class SendResult:
    """What became of a send.

    Attributes:
        created: False when the same ``client_id`` had been sent before; ``message`` is that one, then.
        hidden: the message of before is outside what the sender may read now; show no more than its id.
    """

    message: Message
    created: bool
    hidden: bool = False


@retrying
def send_message(
    *,
    actor: Any,
    room_id: Id,
    body: str,
    parent_id: Id | None = None,
    client_id: Id | None = None,
    metadata: dict[str, Any] | None = None,
    image_ids: Collection[Id] = (),
    file_ids: Collection[Id] = (),
    mention_ids: Collection[object] = (),
) -> SendResult:
    """Send a message, or a reply to one.

    Args:
        body: may be empty where there is an image or a file.
        client_id: the sender's key for this message: sent again, it answers with the message it made.
        image_ids: uploads of the actor's that are in no message yet.
        file_ids: the same.
        mention_ids: keys of the users it mentions: members of the room, MAX_MENTIONS at most.

    Raises:
        NotFound: no such room or parent for this user.
        Denied: not a member, or the room is archived.
        Invalid: the text, the metadata, the parent, an upload or a mention breaks a rule.
        Conflict: ``client_id`` was used for another message.
    """
    wanted = Wanted.named(image_ids, file_ids)
    text = _clean_body(body, may_be_empty=bool(wanted))
    data = {} if metadata is None else clean_metadata(metadata)
    mentioned = clean_mentions(mention_ids)
    parent_id, client_id = _key(parent_id, attr="parent_id"), _key(client_id, attr="client_id")
    query = None if actor is None else sender_statement(actor, room_id, client_id)
    # Loose uploads change under the lock of their uploader.
    uploaders = [actor.pk] if wanted and actor is not None else []
    with stream_tx(rooms=[room_id], users=uploaders, then=query) as tx:
        access, sent_id = _system_access(room_id, client_id) if actor is None else sender_access(actor, tx.rows)
        if sent_id is not None and (access.is_member or actor is None):
            return _sent_before(access, sent_id, text, parent_id, wanted, mentioned)
        get_policy().check_post(actor, access.room, access.member)
        message = Message(
            room=access.room,
            room_user=access.member or system_member(access.room, tx),
            parent=None if parent_id is None else _parent(access, parent_id),
            body=text,
            client_id=client_id,
            metadata=data,
        )
        _write_with(message, wanted, mentioned, actor, tx)
    return SendResult(message, created=True)


def send_message_on_commit(**kwargs: Any) -> None:
    """Send a message once the host's transaction commits, so that its work does not hold the room's lock.

    Takes what ``send_message`` takes. If the host rolls back, nothing is sent.
    """
    transaction.on_commit(lambda: send_message(**kwargs), using=chat_settings.DATABASE)


@retrying
def edit_message(
    *,
    actor: Any,
    room_id: Id,
    message_id: Id,
    body: str | None = None,
    metadata: dict[str, Any] | None = None,
    mention_ids: Collection[object] | None = None,
) -> Message:
    """Change the text, the metadata or the mentions of a message; None leaves them as they are.

    Args:
        mention_ids: keys of the users it mentions from now on: members of the room, or mentioned in it already.

    Raises:
        NotFound: no such message for this user.
        Denied: not the author, not a member any more, or the edit window closed.
        Invalid: the text, the metadata or a mention breaks a rule.
    """
    text = None if body is None else _clean_body(body, may_be_empty=True)
    data = None if metadata is None else clean_metadata(metadata)
    mentioned = None if mention_ids is None else clean_mentions(mention_ids)
    with stream_tx(rooms=[room_id]) as tx:
        access = load_access(actor, room_id)
        message = access.message(message_id)
        get_policy().check_edit(actor, access.room, access.member, message)
        if text == "" and not message.has_attachments:
            raise Invalid("blank", attr="body")
        fields = []
        if text is not None and text != message.body:
            message.body, message.edited_at = text, timezone.now()
            fields += ["body", "edited_at"]
        if mentioned is not None and replace_mentions(message, mentioned, using=tx.using):
            message.edited_at = timezone.now()
            fields += ["mention_states", "edited_at"]
        if data is not None and data != message.metadata:
            message.metadata = data
            fields += ["metadata"]
        if fields:
            message.write(tx, update_fields=fields)
    return message


@retrying
def delete_message(*, actor: Any, room_id: Id, message_id: Id) -> Message:
    """Delete a message, leaving a tombstone; or take back a reaction.

    Raises:
        NotFound: no such message for this user.
        Denied: neither the author nor a manager of the room.
    """
    with stream_tx(rooms=[room_id]) as tx:
        access = load_access(actor, room_id)
        message = access.message(message_id)
        get_policy().check_delete(actor, access.room, access.member, message)
        message.erase(tx)
    return message


def _system_access(room_id: Id, client_id: uuid.UUID | None) -> tuple[Access, uuid.UUID | None]:
    sent = Message.objects.filter(room=to_uuid(room_id), room_user__user=None, room_user__is_active=True)
    sent_id = None if client_id is None else sent.filter(client_id=client_id).values_list("pk", flat=True).first()
    return load_access(None, room_id), sent_id


def _clean_body(body: object, *, may_be_empty: bool) -> str:
    """The text as the adapter cleans it; none at all never gets there. Raises Invalid."""
    if may_be_empty and isinstance(body, str) and not body.strip():
        return ""
    return get_adapter().clean_body(body)


def _write_with(message: Message, wanted: Wanted, mentioned: list[Any], actor: Any, tx: StreamTx) -> None:
    """Write a message with its attachments and mentions, as one change. Raises Invalid."""
    members = find_mentioned(message.room, mentioned)
    message.mention_states = [member.mention_state() for member in members]
    uploads = wanted.find(actor)
    if uploads:
        check_room_space(message.room_id, uploads)
    for upload in uploads:
        getattr(message, upload.folded_into).append(upload.fold())
    message.write(tx, update_fields=())
    if uploads:
        put_into(message, uploads, using=tx.using, was_sent=True)
    if members:
        add_mentions(message, members, using=tx.using, was_sent=True)


def _sent_before(
    access: Access,
    sent_id: uuid.UUID,
    text: str,
    parent_id: uuid.UUID | None,
    wanted: Wanted,
    mentioned: list[Any],
) -> SendResult:
    message: Message = Message.objects.with_sender().get(pk=sent_id)
    # A deleted or edited message no longer tells what was sent; a live one must be what is sent now.
    unchanged = message.deleted_at is None and message.edited_at is None
    is_same = not unchanged or (
        _is_same(message, text, parent_id, wanted, access.actor) and _mentions_same(message, mentioned)
    )
    if message.is_reaction or not is_same:
        raise Conflict("client_id_conflict", attr="client_id")
    metrics.count("retries_deduped")
    return SendResult(message, created=False, hidden=message.seq < access.visible_from)


def _is_same(message: Message, text: str, parent_id: uuid.UUID | None, wanted: Wanted, actor: Any) -> bool:
    if message.body != text or message.parent_id != parent_id:
        return False
    # Most messages have no attachments: then nothing is asked.
    return not (wanted or message.has_attachments) or was_sent_with(message, wanted.find(actor))


def _mentions_same(message: Message, mentioned: list[Any]) -> bool:
    return not (mentioned or message.mention_states) or was_sent_mentioning(message, mentioned)


def _key(value: Id | None, *, attr: str) -> uuid.UUID | None:
    try:
        return None if value is None else to_uuid(value)
    except NotFound:
        raise Invalid("not_found", attr=attr) from None


def _parent(access: Access, parent_id: uuid.UUID) -> Message:
    """The message to reply to: of this room, live, and not a reply itself: threads are one level deep."""
    try:
        parent = access.message(parent_id)
    except NotFound:
        raise Invalid("not_found", attr="parent_id") from None
    if parent.is_reaction or parent.parent_id is not None:
        raise Invalid("nested_reply", attr="parent_id")
    return parent
