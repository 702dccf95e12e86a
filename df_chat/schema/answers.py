"""What answers are made of beside the objects, and what only one viewer sees."""

from __future__ import annotations

from typing import Any

from df_chat.schema.build import (
    COUNT,
    FLAG,
    GEN,
    STREAM,
    TEXT,
    TIME,
    USER_ID,
    UUID,
    Schema,
    array,
    choice,
    const,
    maybe,
    one_of,
    record,
    ref,
)
from df_chat.schema.objects import DELETED_MESSAGE, FILE, IMAGE, MEMBER, MESSAGE, PERSON, ROLE, ROOM

# -- What the viewer's part adds: the viewer_state() of each serializer -------------------------------------
VIEWED_ROOM: dict[str, Schema] = {
    "gen": maybe(GEN),
    "stream_version": {
        **COUNT,
        "description": "What happened up to this version of the room's stream is told here; 0 where that is not known.",
    },
    "is_member": FLAG,
    "role": maybe(ROLE),
    "can_manage": FLAG,
    "is_muted": FLAG,
    "unread_count": COUNT,
    "mention_count": {**COUNT, "description": "How many of the unread messages mention me."},
    "member_count": COUNT,
    "online_count": COUNT,
    "last_message": maybe(ref("ChatMessage")),
    "peer": maybe(ref("ChatPerson")),
}
VIEWED_MESSAGE: dict[str, Schema] = {"is_me": FLAG, "is_seen_by_me": FLAG}
VIEWED_ATTACHMENT: dict[str, Schema] = {
    "room_id": maybe({**UUID, "description": "Null while it is in no message."}),
    "message_id": maybe({**UUID, "description": "Null while it is in no message."}),
    "is_mine": {**FLAG, "description": "I uploaded it."},
    "created": TIME,
}
VIEWED_MEMBER: dict[str, Schema] = {"is_me": FLAG, "is_online": FLAG, "seen_seq": COUNT, "received_seq": COUNT}


def extend(schema: Schema, properties: dict[str, Schema], example: dict[str, Any] | None = None) -> Schema:
    """The record with more properties, all of them required."""
    extended = {
        **schema,
        "properties": {**schema["properties"], **properties},
        "required": [*schema["required"], *properties],
    }
    if "examples" in schema:
        extended["examples"] = [{**schema["examples"][0], **(example or {})}]
    return extended


VIEWED = {
    "ChatRoomView": extend(
        ROOM,
        VIEWED_ROOM,
        {
            "gen": "1.1",
            "stream_version": 57,
            "is_member": True,
            "role": "owner",
            "can_manage": True,
            "is_muted": False,
            "unread_count": 0,
            "mention_count": 0,
            "member_count": 2,
            "online_count": 1,
            "last_message": MESSAGE["examples"][0],
            "peer": None,
        },
    ),
    "ChatMessageView": extend(MESSAGE, VIEWED_MESSAGE, {"is_me": True, "is_seen_by_me": True}),
    "ChatDeletedMessageView": extend(DELETED_MESSAGE, VIEWED_MESSAGE),
    "ChatMemberView": extend(
        MEMBER, VIEWED_MEMBER, {"is_me": True, "is_online": True, "seen_seq": 57, "received_seq": 57}
    ),
}
_LOOSE = {"room_id": None, "message_id": None, "is_mine": True, "created": "2026-03-01T09:30:00.000000Z"}
VIEWED["ChatImageView"] = extend(IMAGE, VIEWED_ATTACHMENT, _LOOSE)
VIEWED["ChatFileView"] = extend(FILE, VIEWED_ATTACHMENT, _LOOSE)
VIEWED["ChatPersonView"] = PERSON

# -- Streams --------------------------------------------------------------------------------------------------
POSITION: dict[str, Schema] = {"stream": STREAM, "gen": GEN, "version": COUNT}
MESSAGES = array({"oneOf": [ref("ChatMessage"), ref("ChatDeletedMessage")]})
MEMBERS = array(ref("ChatMember"))
SOME_ROOM = one_of("ChatRoom", "ChatDeletedRoom")
_CHANGES = {
    **POSITION,
    "acl": COUNT,
    "next": {**COUNT, "description": "The new cursor."},
    "more": {**FLAG, "description": "Ask again, from `next`."},
}

STREAMS: dict[str, Schema] = {
    "ChatSnapshot": record(
        {
            **POSITION,
            "acl": COUNT,
            "room": ref("ChatRoom"),
            "messages": array(ref("ChatMessage"), description="The newest, oldest first."),
            "users": MEMBERS,
            "more_users": FLAG,
            "member_count": COUNT,
            "receipts": {
                "type": "object",
                "description": "By the keys of users.",
                "additionalProperties": record({"seen_seq": COUNT, "received_seq": COUNT}),
            },
        }
    ),
    "ChatRoomChanges": record({**_CHANGES, "messages": MESSAGES, "users": MEMBERS}, optional={"room": SOME_ROOM}),
    "ChatOwnChanges": record({**_CHANGES, "memberships": array(ref("ChatMembership"))}),
    "ChatReset": record({**POSITION, "reset": const(True)}, description="Only a snapshot can tell what changed."),
    "ChatBehind": record({**POSITION, "behind": const(True)}, description="Ask for the changes of this stream."),
    "ChatRemoved": record({"stream": STREAM, "removed": const(True)}, description="Forget this stream."),
    "ChatStreamAnswer": one_of("ChatRoomChanges", "ChatOwnChanges", "ChatReset", "ChatBehind", "ChatRemoved"),
    "ChatRoomAnswer": one_of("ChatRoomChanges", "ChatReset"),
    "ChatSyncAnswer": record(
        {
            "user_id": USER_ID,
            "streams": {
                "type": "object",
                "description": "By name; streams where nothing changed are left out.",
                "additionalProperties": ref("ChatStreamAnswer"),
            },
        }
    ),
    "ChatMemberships": record({**POSITION, "memberships": array(ref("ChatMembership"))}),
}

# -- Single answers -------------------------------------------------------------------------------------------
READERS: dict[str, Schema] = {"seen_by": array(ref("ChatReader")), "received_by": array(ref("ChatReader"))}
SINGLE: dict[str, Schema] = {
    "ChatReader": record({"user_id": USER_ID, "name": TEXT, "at": TIME}),
    "ChatName": record({"user_id": USER_ID, "name": TEXT}),
    "ChatNames": array(ref("ChatName")),
    "ChatMarks": record(
        {"seen_seq": COUNT, "received_seq": COUNT},
        optional={"message_ids": array(UUID, description="Those of the named messages that are in the room.")},
        examples=[{"seen_seq": 57, "received_seq": 57}],
    ),
    "ChatTicket": record({"ticket": TEXT, "expires_in": {**COUNT, "description": "Seconds."}}),
    "ChatHiddenMessage": record(
        {"id": UUID, "hidden": const(True)},
        description="The message was sent before, and lies where its sender may not read any more.",
    ),
    "ChatRefusalType": choice(["validation_error", "client_error", "server_error"]),
    "ChatRefusal": record(
        {"type": ref("ChatRefusalType"), "errors": array(ref("ChatError"))},
        examples=[
            {
                "type": "validation_error",
                "errors": [{"code": "blank", "detail": "This field may not be blank.", "attr": "body"}],
            }
        ],
    ),
}

ANSWERS: dict[str, Schema] = {**VIEWED, **STREAMS, **SINGLE}
