"""The objects that REST and frames carry: what each ``state()`` makes."""

from __future__ import annotations

from df_chat.models import Room, RoomUser
from df_chat.schema.build import (
    COUNT,
    FLAG,
    METADATA,
    TEXT,
    TIME,
    USER_ID,
    UUID,
    Schema,
    array,
    choice,
    const,
    maybe,
    record,
    ref,
)

ROLE = ref("ChatRole")
VERSION: Schema = {**COUNT, "description": "Which change of the stream made the object what it is."}
SEQ: Schema = {**COUNT, "description": "The order of messages in their room, and the cursor of pages."}

_ROOM_ID = "018f4e9a-7c31-7b2e-9a54-3f1d2c6b8e90"
_MESSAGE_ID = "018f4e9b-0d4c-7f8a-8c1e-5b7a9d3e2f14"
_MEMBER_ID = "018f4e9a-7c44-7d1b-b6a3-9e0f4c2d7a58"
_IMAGE_ID = "018f4e9c-2a10-7c44-8f0d-6b1e9a7d3c52"
_FILE_ID = "018f4e9c-3b77-7e19-9c21-0d5f8e2a4b63"
_TIME = "2026-03-01T09:30:00.000000Z"

SENDER = record({"id": USER_ID, "name": TEXT})
REACTION = record(
    {"emoji": TEXT, "count": COUNT, "user_ids": array(USER_ID, description="The first who chose it.")},
)
MENTION = record({"user_id": USER_ID, "name": {**TEXT, "description": "By which the user was mentioned."}})
_ADDRESS: Schema = maybe({**TEXT, "description": "A path on this site; null while the scanner has not answered."})
_ATTACHMENT: dict[str, Schema] = {
    "id": UUID,
    "name": {**TEXT, "description": "The name the file had, made harmless."},
    "content_type": TEXT,
    "size": {**COUNT, "description": "Bytes in the storage."},
}
_PENDING: Schema = {**FLAG, "description": "The scanner has not answered: there is nothing to load yet."}
IMAGE = record(
    {
        **_ATTACHMENT,
        "width": COUNT,
        "height": COUNT,
        "placeholder": {**TEXT, "description": "A WebP of 16 pixels in base64, to show meanwhile."},
        "is_pending": _PENDING,
        "url": _ADDRESS,
        "medium": {**_ADDRESS, "description": "The same in 1024 pixels at most."},
        "small": {**_ADDRESS, "description": "The same in 320 pixels at most."},
    },
    examples=[
        {
            "id": _IMAGE_ID,
            "name": "lake.jpg",
            "content_type": "image/jpeg",
            "size": 184320,
            "width": 1600,
            "height": 1200,
            "placeholder": "UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA",
            "is_pending": False,
            "url": f"/api/v1/chat/images/{_IMAGE_ID}/original/",
            "medium": f"/api/v1/chat/images/{_IMAGE_ID}/medium/",
            "small": f"/api/v1/chat/images/{_IMAGE_ID}/small/",
        }
    ],
)
FILE = record(
    {**_ATTACHMENT, "is_pending": _PENDING, "url": _ADDRESS},
    examples=[
        {
            "id": _FILE_ID,
            "name": "Route.pdf",
            "content_type": "application/pdf",
            "size": 40960,
            "is_pending": False,
            "url": f"/api/v1/chat/files/{_FILE_ID}/content/",
        }
    ],
)
MESSAGE = record(
    {
        "id": UUID,
        "room_id": UUID,
        "version": VERSION,
        "seq": SEQ,
        "user_id": maybe({**USER_ID, "description": "Null for the system and for deleted users."}),
        "sender": maybe(ref("ChatSender")),
        "parent_id": maybe({**UUID, "description": "The message that this one answers."}),
        "body": TEXT,
        "is_reaction": FLAG,
        "client_id": maybe({**UUID, "description": "The sender's key for retries."}),
        "reactions": array(ref("ChatReaction")),
        "reply_count": COUNT,
        "images": array(ref("ChatImage")),
        "files": array(ref("ChatFile")),
        "mentions": array(ref("ChatMention"), description="Whom it mentions."),
        "metadata": METADATA,
        "created": TIME,
        "edited_at": maybe(TIME),
    },
    examples=[
        {
            "id": _MESSAGE_ID,
            "room_id": _ROOM_ID,
            "version": 57,
            "seq": 57,
            "user_id": "7",
            "sender": {"id": "7", "name": "Alice Berg"},
            "parent_id": None,
            "body": "@Bob Ito Sunday at nine?",
            "is_reaction": False,
            "client_id": "6f1c2b54-8d0e-4f3a-9b7c-2a5e8d4c1f06",
            "reactions": [{"emoji": "👍", "count": 1, "user_ids": ["8"]}],
            "reply_count": 0,
            "images": [],
            "files": [],
            "mentions": [{"user_id": "8", "name": "Bob Ito"}],
            "metadata": {},
            "created": _TIME,
            "edited_at": None,
        }
    ],
)
DELETED_MESSAGE = record(
    {"id": UUID, "room_id": UUID, "version": VERSION, "seq": SEQ, "deleted": const(True)},
    description="A message that was deleted. It stays, so that no older answer brings it back.",
)
ROOM = record(
    {
        "id": UUID,
        "version": VERSION,
        "kind": ref("ChatRoomKind"),
        "title": {**TEXT, "description": "Empty in direct chats: show the other person's name."},
        "topic": TEXT,
        "description": TEXT,
        "image": maybe(
            {**TEXT, "description": "Address of a picture, 1024 pixels wide or high at most; another for each picture."}
        ),
        "image_small": maybe({**TEXT, "description": "Address of the same, 320 pixels wide or high at most."}),
        "is_public": {**FLAG, "description": "Everybody may read and join."},
        "is_archived": {**FLAG, "description": "Readable, but closed to writing."},
        "creator_id": maybe(USER_ID),
        "max_users": maybe({**COUNT, "minimum": 1}),
        "metadata": METADATA,
        "created": TIME,
        "modified": TIME,
    },
    examples=[
        {
            "id": _ROOM_ID,
            "version": 12,
            "kind": "group",
            "title": "Hiking",
            "topic": "Where to next",
            "description": "",
            "image": f"/api/v1/chat/rooms/{_ROOM_ID}/image/?v=6b86b273",
            "image_small": f"/api/v1/chat/rooms/{_ROOM_ID}/image/small/?v=d4735e3a",
            "is_public": True,
            "is_archived": False,
            "creator_id": "7",
            "max_users": None,
            "metadata": {},
            "created": _TIME,
            "modified": _TIME,
        }
    ],
)
DELETED_ROOM = record({"id": UUID, "version": VERSION, "deleted": const(True)}, description="A room that was deleted.")
MEMBER = record(
    {
        "id": UUID,
        "room_id": UUID,
        "version": VERSION,
        "user_id": maybe({**USER_ID, "description": "Null once the user was deleted."}),
        "name": TEXT,
        "image": maybe({**TEXT, "description": "Address of a picture."}),
        "role": ROLE,
        "is_active": {**FLAG, "description": "False: this member left."},
        "joined_at": TIME,
    },
    examples=[
        {
            "id": _MEMBER_ID,
            "room_id": _ROOM_ID,
            "version": 2,
            "user_id": "7",
            "name": "Alice Berg",
            "image": None,
            "role": "owner",
            "is_active": True,
            "joined_at": _TIME,
        }
    ],
)
MEMBERSHIP = record(
    {
        "id": UUID,
        "room_id": UUID,
        "version": {**COUNT, "description": "Which change of the user's own stream made it what it is."},
        "role": ROLE,
        "is_active": FLAG,
        "is_muted": FLAG,
        "member_epoch": COUNT,
        "seen_seq": COUNT,
        "received_seq": COUNT,
    },
    description="A membership as its own user sees it.",
)
PERSON = record(
    {"id": USER_ID, "name": TEXT, "image": maybe({**TEXT, "description": "Address of a picture."}), "is_online": FLAG},
    examples=[{"id": "8", "name": "Bob Ito", "image": None, "is_online": True}],
)
ERROR = record(
    {
        "code": {**TEXT, "description": "What to decide by; it never changes."},
        "detail": {**TEXT, "description": "What to show."},
        "attr": maybe({**TEXT, "description": "Dotted path of the field it is about."}),
    },
    examples=[{"code": "blank", "detail": "This field may not be blank.", "attr": "body"}],
)

OBJECTS: dict[str, Schema] = {
    "ChatRole": choice(RoomUser.Role.values),
    "ChatRoomKind": choice(Room.Kind.values),
    "ChatSender": SENDER,
    "ChatReaction": REACTION,
    "ChatMention": MENTION,
    "ChatImage": IMAGE,
    "ChatFile": FILE,
    "ChatMessage": MESSAGE,
    "ChatDeletedMessage": DELETED_MESSAGE,
    "ChatRoom": ROOM,
    "ChatDeletedRoom": DELETED_ROOM,
    "ChatMember": MEMBER,
    "ChatMembership": MEMBERSHIP,
    "ChatPerson": PERSON,
    "ChatError": ERROR,
}
