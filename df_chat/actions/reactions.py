"""React to messages."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from df_chat.access import load_access
from df_chat.exceptions import Invalid, NotFound
from df_chat.ids import Id, reaction_client_id
from df_chat.models import Message, RoomUser
from df_chat.policy import get_policy
from df_chat.settings import chat_settings
from df_chat.streams import retrying, stream_tx

_VARIATION = "\ufe0f"
_JOINER = "\u200d"
# One element of an emoji: a flag, a keycap, or a symbol with its skin tone, variation and tags.
_ELEMENT = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}"
    "|[0-9#*]\ufe0f?\u20e3"
    "|(?P<symbol>[^\U0001f1e6-\U0001f1ff])(?:[\U0001f3fb-\U0001f3ff]|\ufe0f)?[\U000e0020-\U000e007f]*",
    re.DOTALL,
)
_MAX_EMOJI_CHARS = 32


@retrying
def react(*, actor: Any, room_id: Id, message_id: Id, emoji: str, on: bool = True) -> Message:
    """Set, or with ``on=False`` take back, the actor's reaction to a message. Setting it twice is once.

    Returns:
        The message reacted to, with its reactions as they now are.

    Raises:
        NotFound: no such message for this user.
        Denied: not a member, or the room is archived.
        Invalid: not an emoji, or one kind more than MAX_REACTIONS_PER_MESSAGE.
    """
    emoji = clean_emoji(emoji)
    with stream_tx(rooms=[room_id]) as tx:
        access = load_access(actor, room_id)
        message = access.message(message_id)
        get_policy().check_post(actor, access.room, access.member)
        if message.is_reaction:
            raise Invalid("invalid", attr="message_id")
        member = access.require_member()
        mine = _reaction_of(member, message, emoji)
        if on and mine is None:
            _check_room_for(emoji, message)
            mine = Message(room=access.room, room_user=member, parent=message, body=emoji, is_reaction=True)
            mine.write(tx, update_fields=())
        elif not on and mine is not None:
            mine.parent = message
            mine.erase(tx)
        return mine.parent if mine is not None and mine.parent is not None else message


def find_reaction(*, actor: Any, message: Message, emoji: str) -> Message:
    """The actor's reaction to a message. Raises NotFound."""
    member = load_access(actor, message.room_id).require_member()
    mine = _reaction_of(member, message, clean_emoji(emoji))
    if mine is None:
        raise NotFound
    return mine


def _reaction_of(member: RoomUser, message: Message, emoji: str) -> Message | None:
    rows = Message.objects.with_sender().filter(room_user=member, is_reaction=True)
    reaction: Message | None = rows.filter(client_id=reaction_client_id(message.pk, emoji)).first()
    return reaction


def clean_emoji(value: object) -> str:
    """One emoji in one spelling, so that two people's hearts are the same heart. Raises Invalid."""
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_EMOJI_CHARS:
        raise Invalid("not_an_emoji", attr="emoji")
    elements = value.split(_JOINER)
    if not all(_is_element(element) for element in elements):
        raise Invalid("not_an_emoji", attr="emoji")
    # Old symbols such as U+2764 show as text unless told otherwise.
    if len(elements) == 1 and len(value) == 1 and ord(value) < 0x1F000:
        return value + _VARIATION
    return value


def _is_element(text: str) -> bool:
    match = _ELEMENT.fullmatch(text)
    if match is None:
        return False
    symbol = match["symbol"]
    return symbol is None or (unicodedata.category(symbol) in ("So", "Sm") and ord(symbol) > 0xA8) or symbol in "‼⁉〰〽"


def _check_room_for(emoji: str, message: Message) -> None:
    kinds = {reaction["emoji"] for reaction in message.reactions}
    if emoji not in kinds and len(kinds) >= chat_settings.MAX_REACTIONS_PER_MESSAGE:
        raise Invalid("too_many_reactions", attr="emoji", count=chat_settings.MAX_REACTIONS_PER_MESSAGE)
