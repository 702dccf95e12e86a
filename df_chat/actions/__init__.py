"""Everything that changes a chat, as functions: the one write API of REST, socket, admin, commands and host code.

Arguments are by keyword, ids as UUID or as text. ``actor`` is the user who acts, or None for the system, whom no rule
stops. Each function decides permission, limits and idempotency under the room's lock, and raises a ``ChatError`` where
it refuses.
"""

from df_chat.actions.attachments import (
    Uploads,
    attach,
    finish_scan,
    remove_attachment,
    replace_attachment,
    upload_file,
    upload_image,
    uploading,
)
from df_chat.actions.direct import find_direct, open_direct
from df_chat.actions.membership import add_member, join_room, leave_room, remove_member, set_role
from df_chat.actions.messages import SendResult, delete_message, edit_message, send_message, send_message_on_commit
from df_chat.actions.preferences import set_muted
from df_chat.actions.presence import expire_presence, set_offline, set_online
from df_chat.actions.reactions import find_reaction, react
from df_chat.actions.receipts import mark_received, mark_seen
from df_chat.actions.rooms import create_room, delete_room, remove_room_image, set_room_image, update_room
from df_chat.actions.sweeping import Swept, sweep_uploads

__all__ = [
    "SendResult",
    "Swept",
    "Uploads",
    "add_member",
    "attach",
    "create_room",
    "delete_message",
    "delete_room",
    "edit_message",
    "expire_presence",
    "find_direct",
    "find_reaction",
    "finish_scan",
    "join_room",
    "leave_room",
    "mark_received",
    "mark_seen",
    "open_direct",
    "react",
    "remove_attachment",
    "remove_member",
    "remove_room_image",
    "replace_attachment",
    "send_message",
    "send_message_on_commit",
    "set_muted",
    "set_offline",
    "set_online",
    "set_role",
    "set_room_image",
    "sweep_uploads",
    "update_room",
    "upload_file",
    "upload_image",
    "uploading",
]
