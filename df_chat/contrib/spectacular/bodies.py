"""Request bodies by their component: an example of each, and what the serializer's fields do not say."""

from __future__ import annotations

from typing import Any

from df_chat.schema import Schema

ROOM_ID = "018f4e9a-7c31-7b2e-9a54-3f1d2c6b8e90"
CLIENT_ID = "6f1c2b54-8d0e-4f3a-9b7c-2a5e8d4c1f06"

EXAMPLES: dict[str, dict[str, Any]] = {
    "ChatNewRoom": {"title": "Hiking", "topic": "Where to next", "is_public": True, "user_ids": ["8"]},
    "ChatRoomFields": {"title": "Hiking", "topic": "Where to next", "is_public": True},
    "PatchedChatRoomFields": {"topic": "Where to next"},
    "ChatMemberFields": {"user_id": "8", "role": "member"},
    "ChatRoleChange": {"role": "admin"},
    "PatchedChatRoleChange": {"role": "admin"},
    "ChatMessageFields": {"body": "@Bob Ito Sunday at nine?", "client_id": CLIENT_ID, "mention_ids": ["8"]},
    "ChatFlatMessage": {"room_id": ROOM_ID, "body": "Sunday at nine?", "client_id": CLIENT_ID},
    "ChatEditMessage": {"body": "Sunday at ten?"},
    "PatchedChatEditMessage": {"body": "Sunday at ten?"},
    "ChatReact": {"emoji": "👍", "on": True},
    "ChatMark": {"up_to": 57},
    "ChatSync": {"streams": {f"room:{ROOM_ID}": {"gen": "1.1", "version": 57}}},
}
# A message has a body, or something else.
_CONTENT: Schema = {"anyOf": [{"required": [name]} for name in ("body", "image_ids", "file_ids", "images", "files")]}
LIMITS: dict[str, Schema] = {
    "ChatMark": {"minProperties": 1, "maxProperties": 1},
    "ChatMessageFields": _CONTENT,
    "ChatFlatMessage": _CONTENT,
}
