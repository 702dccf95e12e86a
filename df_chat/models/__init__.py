"""The tables. Every write goes through ``df_chat.streams``, whoever makes it."""

from df_chat.models.message import MESSAGES, Message
from df_chat.models.message_image import MessageImage
from df_chat.models.room import ROOM, Room
from df_chat.models.room_user import MEMBERSHIPS, USERS, RoomUser
from df_chat.models.user_chat import PresenceLease, UserChat
from df_chat.streams import Stream

__all__ = [
    "MEMBERSHIPS",
    "MESSAGES",
    "ROOM",
    "USERS",
    "Message",
    "MessageImage",
    "PresenceLease",
    "Room",
    "RoomUser",
    "Stream",
    "UserChat",
]
