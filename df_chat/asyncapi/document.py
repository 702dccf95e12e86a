"""The AsyncAPI 3.0 document: one channel, what the server takes on it, and what it sends."""

from __future__ import annotations

from typing import Any

from df_chat import __version__
from df_chat.asgi.inputs import Authenticate
from df_chat.asyncapi.commands import (
    AUTHENTICATE,
    REFUSED,
    Answer,
    answer_of,
    fields_of,
    reply_schema,
    request_schema,
)
from df_chat.asyncapi.frames import CLOSE_CODES, FRAMES
from df_chat.asyncapi.security import security_schemes
from df_chat.schema import COMPONENTS, Schema, closure, input_schema, ref
from df_chat.settings import chat_settings

ASYNCAPI = "3.0.0"
CHANNEL = {"$ref": "#/channels/chat"}

DESCRIPTION = """\
One WebSocket carries all rooms of a user. The document speaks as the server does: it *receives* commands and *sends*
frames. A command is a JSON object with `action` and `request_id`; its answer has the same two. Under load, several
frames come as one JSON array of them, in order."""


class _Document:
    """Collects messages, their schemas and the operations that use them."""

    def __init__(self) -> None:
        self.messages: dict[str, dict[str, Any]] = {}
        self.schemas: dict[str, Schema] = {}
        self.operations: dict[str, dict[str, Any]] = {}

    def add_message(self, name: str, summary: str, schema: Schema) -> dict[str, str]:
        """Describe a message, and return a reference to it."""
        component = "Chat" + "".join(word.title() for word in name.replace(".", "_").split("_"))
        self.schemas[component] = schema
        self.messages[name] = {"name": name, "summary": summary, "payload": ref(component)}
        if "examples" in schema:
            self.messages[name]["examples"] = [{"payload": example} for example in schema["examples"]]
        return {"$ref": f"#/channels/chat/messages/{name}"}

    def add_command(self, action: str, answer: Answer, fields: Schema) -> None:
        command = self.add_message(action, answer.summary, request_schema(action, fields))
        reply = self.add_message(f"{action}.reply", f"`{action}` was done.", reply_schema(action, answer))
        self.operations[action] = {
            "action": "receive",
            "summary": answer.summary,
            "channel": CHANNEL,
            "messages": [command],
            "reply": {"channel": CHANNEL, "messages": [reply, {"$ref": "#/channels/chat/messages/refused"}]},
        }

    def add_frames(self) -> None:
        for kind, frame in FRAMES.items():
            message = self.add_message(f"{kind}.frame", frame.summary, frame.schema)
            self.operations[f"on_{kind}"] = {
                "action": "send",
                "summary": frame.summary,
                "channel": CHANNEL,
                "messages": [message],
            }

    def add_batch(self) -> None:
        """Whatever the server sends may come in an array."""
        single = [message["payload"] for name, message in self.messages.items() if "." in name or name == "refused"]
        batch = {"type": "array", "minItems": 1, "items": {"anyOf": single}}
        message = self.add_message("batch", "Several frames at once, in order.", batch)
        self.operations["on_batch"] = {"action": "send", "channel": CHANNEL, "messages": [message]}


def build_document(consumer: Any = None, *, host: str | None = None, secure: bool = True) -> dict[str, Any]:
    """The document of the project's consumer, or of another.

    Args:
        consumer: a consumer class; ``DF_CHAT["CONSUMER"]`` when left out.
        host: where the site is reached, as ``chat.example.com``; without it the document names no server.
        secure: whether that is over TLS.
    """
    consumer = consumer or chat_settings.CONSUMER
    document = _Document()
    document.add_message("refused", "An action was refused; the errors are those of REST.", REFUSED)
    document.add_command("authenticate", AUTHENTICATE, input_schema(Authenticate()))
    for action, method_name in sorted(consumer.available_actions.items()):
        method = getattr(consumer, method_name)
        document.add_command(action, answer_of(action, method), fields_of(method))
    document.add_frames()
    document.add_batch()
    return {
        "asyncapi": ASYNCAPI,
        "info": {"title": "Chat over WebSocket", "version": __version__, "description": DESCRIPTION},
        "defaultContentType": "application/json",
        **({"servers": {"site": _server(host, secure)}} if host else {}),
        "channels": {"chat": _channel(document.messages)},
        "operations": document.operations,
        "components": {
            "messages": document.messages,
            "schemas": {**closure(document.schemas, {**COMPONENTS, **document.schemas}), **document.schemas},
            "securitySchemes": security_schemes(),
        },
    }


def _server(host: str, secure: bool) -> dict[str, Any]:
    return {
        "host": host,
        "protocol": "wss" if secure else "ws",
        "security": [{"$ref": f"#/components/securitySchemes/{name}"} for name in security_schemes()],
    }


def _channel(messages: dict[str, Any]) -> dict[str, Any]:
    return {
        "address": f"/{chat_settings.WEBSOCKET_PATH}",
        "title": "The socket",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {"ws": {"query": _QUERY, "bindingVersion": "0.1.0"}},
        "x-close-codes": {str(code): reason for code, reason in CLOSE_CODES.items()},
    }


_QUERY: Schema = {
    "type": "object",
    "properties": {"backlog": {"type": "string", "enum": ["0"], "description": "Send no `backlog` after `ready`."}},
}
