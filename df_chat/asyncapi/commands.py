"""What a client may ask: the actions of the consumer, and what each is answered with."""

from __future__ import annotations

import inspect
from typing import Any, NamedTuple

from df_chat.asgi.protocol import MAX_REQUEST_ID, MAX_REQUEST_ID_CHARS
from df_chat.schema import Schema, input_schema, ref
from df_chat.schema.build import TEXT, USER_ID, array, const, maybe, one_of, record
from df_chat.schema.objects import ERROR

NOTHING: Schema = {"type": "null"}
ANYTHING: Schema = {}
REQUEST_ID: Schema = {
    "description": "Comes back with the answer.",
    "oneOf": [
        {"type": "string", "maxLength": MAX_REQUEST_ID_CHARS},
        {"type": "integer", "minimum": -MAX_REQUEST_ID, "maximum": MAX_REQUEST_ID},
        {"type": "null"},
    ],
}


class Answer(NamedTuple):
    """What an action does, and what it answers when it did it."""

    summary: str
    statuses: tuple[int, ...]
    data: Schema


_SUBSCRIBED = record({name: {"type": "string"} for name in ("stream", "gen")} | {"version": {"type": "integer"}})

ANSWERS: dict[str, Answer] = {
    "send_message": Answer(
        "Send a message; safe to repeat with the same `client_id`.",
        (200, 201),
        one_of("ChatMessage", "ChatDeletedMessage", "ChatHiddenMessage"),
    ),
    "edit_message": Answer("Change a message of one's own.", (200,), ref("ChatMessage")),
    "delete_message": Answer("Delete a message.", (200,), one_of("ChatMessage", "ChatDeletedMessage")),
    "react": Answer("React to a message, or take a reaction back.", (200,), ref("ChatMessage")),
    "mark_seen": Answer("Note how far one has read.", (200,), ref("ChatMembership")),
    "mark_received": Answer("Note what has reached a device.", (200,), ref("ChatMembership")),
    "join": Answer("Join a public room.", (200,), ref("ChatMembership")),
    "leave": Answer("Leave a room.", (204,), NOTHING),
    "sync": Answer(
        "Ask which streams have moved, and what changed.",
        (200,),
        record({"streams": {"type": "object", "additionalProperties": ref("ChatStreamAnswer")}}),
    ),
    "subscribe": Answer("Hear only this room, and those subscribed to before.", (200,), _SUBSCRIBED),
    "unsubscribe": Answer("Stop hearing a room; without `room_id`, hear all rooms again.", (200,), NOTHING),
    "typing": Answer("Tell a room that one types.", (202,), NOTHING),
}

# The one command that is no action of the consumer's: it comes before there is one.
AUTHENTICATE = Answer(
    "Sign in, as the first frame, where the server asks for it.", (200,), record({"user_id": USER_ID})
)

_THERE = {"room_id": "018f4e9a-7c31-7b2e-9a54-3f1d2c6b8e90"}
_ONE = {**_THERE, "message_id": "018f4e9b-0d4c-7f8a-8c1e-5b7a9d3e2f14"}
EXAMPLES: dict[str, dict[str, Any]] = {
    "authenticate": {"authorization": "Bearer eyJhbGciOi..."},
    "send_message": {**_THERE, "body": "Hello", "client_id": "6f1c2b54-8d0e-4f3a-9b7c-2a5e8d4c1f06"},
    "edit_message": {**_ONE, "body": "Hello again"},
    "delete_message": _ONE,
    "react": {**_ONE, "emoji": "👍"},
    "mark_seen": {**_THERE, "up_to": 57},
    "mark_received": {**_THERE, "up_to": 57},
    "join": _THERE,
    "leave": _THERE,
    "sync": {"streams": {"user:7": {"gen": "1.0", "version": 12}}},
    "subscribe": _THERE,
    "unsubscribe": {},
    "typing": {**_THERE, "is_typing": True},
}

REFUSED: Schema = record(
    {
        "action": maybe({**TEXT, "description": "Null where the frame was no command."}),
        "request_id": REQUEST_ID,
        "response_status": {"type": "integer", "minimum": 400, "maximum": 599},
        "errors": array(ref("ChatError"), minItems=1),
        "data": NOTHING,
    },
    examples=[
        {
            "action": "send_message",
            "request_id": 7,
            "response_status": 400,
            "errors": [ERROR["examples"][0]],
            "data": None,
        }
    ],
)


def request_schema(action: str, fields: Schema) -> Schema:
    """The frame that asks for an action: its name, a key for the answer, and its fields."""
    schema = {
        **fields,
        "properties": {"action": const(action), "request_id": REQUEST_ID, **fields.get("properties", {})},
        "required": ["action", *fields.get("required", [])],
    }
    if action in EXAMPLES:
        schema["examples"] = [{"action": action, "request_id": 7, **EXAMPLES[action]}]
    return schema


def reply_schema(action: str, answer: Answer) -> Schema:
    """The frame that answers an action that was done."""
    status = {"type": "integer", "enum": list(answer.statuses)} if answer.statuses else {"type": "integer"}
    return record(
        {
            "action": const(action),
            "request_id": REQUEST_ID,
            "response_status": status,
            "errors": array(ref("ChatError"), maxItems=0),
            "data": answer.data,
        }
    )


def fields_of(method: Any) -> Schema:
    """What an action takes; a plain DCRF action takes whatever its method does."""
    serializer_class = getattr(method, "input_serializer", None)
    return {"type": "object"} if serializer_class is None else input_schema(serializer_class())


def answer_of(action: str, method: Any) -> Answer:
    """What an action answers; of a host's own, only its docstring is known."""
    summary = (inspect.getdoc(method) or action).splitlines()[0]
    return ANSWERS.get(action, Answer(summary, (), ANYTHING))
