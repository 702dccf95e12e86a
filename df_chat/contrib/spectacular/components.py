"""What drf-spectacular cannot see in the chat's serializers: they answer with the ``state()`` of a row."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction

from df_chat.contrib.spectacular.bodies import EXAMPLES, LIMITS
from df_chat.contrib.spectacular.dialect import translate
from df_chat.drf import serializers
from df_chat.schema import COMPONENTS, Schema, ref, refs_in
from df_chat.schema.answers import READERS, extend
from df_chat.schema.build import METADATA, maybe

# The schemas that the answers of a serializer have.
_ANSWERS: list[tuple[type[Any], str, tuple[str, ...]]] = [
    (serializers.RoomSerializer, "ChatRoomView", ()),
    (serializers.RoomUserSerializer, "ChatMemberView", ()),
    (serializers.MessageSerializer, "ChatMessageAnswer", ("ChatMessageView", "ChatDeletedMessageView")),
    (serializers.UserSerializer, "ChatPersonView", ()),
    (serializers.ImageSerializer, "ChatImageView", ()),
    (serializers.FileSerializer, "ChatFileView", ()),
]
# Names of request bodies; those of other serializers come from their class.
_BODIES: list[tuple[type[Any], str]] = [
    (serializers.RoomSerializer, "ChatRoomFields"),
    (serializers.RoomUserSerializer, "ChatMemberFields"),
    (serializers.MessageSerializer, "ChatMessageFields"),
    (serializers.RoleSerializer, "ChatRoleChange"),
    (serializers.ImageSerializer, "ChatNewImage"),
    (serializers.FileSerializer, "ChatNewFile"),
]


class Described:
    """A component that stands where drf-spectacular expects a serializer.

    Args:
        name: of the component; one of ``COMPONENTS`` where no schema is given.
        more: properties beside those of the schema, in the words of the document already.
    """

    def __init__(self, name: str, schema: Schema | None = None, more: Schema | None = None) -> None:
        self.name = name
        self.schema = COMPONENTS[name] if schema is None else schema
        self.more = more or {}


class MessageDetail:
    """One message with its readers, and with what a host's serializer adds."""

    def __init__(self, serializer: type[Any]) -> None:
        self.serializer = serializer


class SentBefore:
    """A message that is there already, or lies where its sender may not read any more."""

    def __init__(self, serializer: type[Any]) -> None:
        self.serializer = serializer


class DescribedExtension(OpenApiSerializerExtension):
    target_class = Described

    def get_name(self, auto_schema: AutoSchema, direction: Direction) -> str:
        name: str = self.target.name
        return name

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> Schema:
        for name in refs_in(self.target.schema):
            _resolve(auto_schema, Described(name))
        schema: Schema = translate(self.target.schema)
        return extend(schema, self.target.more) if self.target.more else schema


class MessageDetailExtension(OpenApiSerializerExtension):
    target_class = MessageDetail

    def get_name(self, auto_schema: AutoSchema, direction: Direction) -> str:
        return "ChatMessageDetail"

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> Schema:
        schema = extend(COMPONENTS["ChatMessageView"], READERS, {"seen_by": [], "received_by": []})
        described = Described("", schema, _own_fields(auto_schema, self.target.serializer()))
        return DescribedExtension(described).map_serializer(auto_schema, direction)


class SentBeforeExtension(OpenApiSerializerExtension):
    target_class = SentBefore

    def get_name(self, auto_schema: AutoSchema, direction: Direction) -> str:
        return "ChatSentBefore"

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> Schema:
        options = (self.target.serializer(), Described("ChatHiddenMessage"))
        return {"oneOf": [_resolve(auto_schema, option).ref for option in options]}


class IdFieldExtension(OpenApiSerializerFieldExtension):
    """The key of a user is text, or a number where it is one."""

    target_class = "df_chat.drf.strict.IdField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> Schema:
        return {"oneOf": [{"type": "string"}, {"type": "integer"}]}


class StrictSerializerExtension(OpenApiSerializerExtension):
    """The chat's serializers and a host's subclasses: declared fields are what they take, states what they give."""

    target_class = "df_chat.drf.strict.StrictSerializer"
    match_subclasses = True

    def get_name(self, auto_schema: AutoSchema, direction: Direction) -> str | None:
        if direction == "response":
            return next((name for kind, name, _ in _ANSWERS if self._is(kind)), None)
        own = getattr(self.target, "component", None)
        named = next((name for kind, name in _BODIES if self._is(kind)), None)
        short = type(self.target).__name__.removesuffix("Serializer") if self._is_the_chats() else None
        return own or named or (short and f"Chat{short}")

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> Schema:
        if direction == "response":
            for kind, name, options in _ANSWERS:
                if self._is(kind):
                    return self._map_answer(auto_schema, name, options)
        if not self._is_the_chats():
            schema: Schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
            return schema
        return _map_body(auto_schema, self.target)

    def _is_the_chats(self) -> bool:
        """Not a host's own, which is strict for reasons of its own."""
        return type(self.target).__module__.startswith("df_chat.") or any(self._is(kind) for kind, _ in _BODIES)

    def _is(self, kind: type[Any]) -> bool:
        return isinstance(self.target, kind)

    def _map_answer(self, auto_schema: AutoSchema, name: str, options: tuple[str, ...]) -> Schema:
        more = _own_fields(auto_schema, self.target)
        if not options:
            return DescribedExtension(Described(name, more=more)).map_serializer(auto_schema, "response")
        for option in options:
            _resolve(auto_schema, Described(option, more=more))
        return {"oneOf": [ref(option) for option in options]}


def _resolve(auto_schema: Any, described: Any) -> Any:
    """The component of a serializer's answer, or of what stands for one."""
    return auto_schema.resolve_serializer(described, "response")


def _own_fields(auto_schema: AutoSchema, serializer: Any) -> Schema:
    """The readable fields that a host's subclass declares."""
    schema = auto_schema._map_serializer(serializer, "response", bypass_extensions=True)
    fields = serializer.fields
    return {name: value for name, value in schema.get("properties", {}).items() if not fields[name].write_only}


def _map_body(auto_schema: AutoSchema, serializer: Any) -> Schema:
    """What a serializer takes. Bodies are components of their own, so that nothing in them is only written."""
    schema = auto_schema._map_serializer(serializer, "request", bypass_extensions=True)
    schema.pop("description", None)
    for name, value in schema.get("properties", {}).items():
        value.pop("writeOnly", None)
        if value.get("enum") == COMPONENTS["ChatRole"]["enum"]:
            _resolve(auto_schema, Described("ChatRole"))
            default = {"default": value["default"]} if "default" in value else {}
            schema["properties"][name] = {"allOf": [ref("ChatRole")], **default}
        if name == "metadata":
            is_nullable = serializer.fields[name].allow_null
            schema["properties"][name] = translate(maybe(METADATA) if is_nullable else METADATA)
    name = auto_schema._get_serializer_name(serializer, "request").removesuffix("Request")
    example = {"examples": [EXAMPLES[name]]} if name in EXAMPLES else {}
    return {**schema, **LIMITS.get(name, {}), **translate(example), "additionalProperties": False}
