"""The tables. Every write goes through ``df_chat.streams``, whoever makes it."""

from df_chat.models.attachment import Attachment
from df_chat.models.message import MESSAGES, Message
from df_chat.models.message_file import MessageFile
from df_chat.models.message_image import MessageImage
from df_chat.models.message_mention import MessageMention
from df_chat.models.room import ROOM, Room
from df_chat.models.room_user import MEMBERSHIPS, USERS, RoomUser
from df_chat.models.socket_ticket import SocketTicket
from df_chat.models.user_chat import PresenceLease, UserChat
from df_chat.streams import Stream

__all__ = [
    "MEMBERSHIPS",
    "MESSAGES",
    "ROOM",
    "USERS",
    "Attachment",
    "Message",
    "MessageFile",
    "MessageImage",
    "MessageMention",
    "PresenceLease",
    "Room",
    "RoomUser",
    "SocketTicket",
    "Stream",
    "UserChat",
]
