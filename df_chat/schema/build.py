"""The few words in which the schemas are written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Schema = dict[str, Any]

PREFIX = "#/components/schemas/"

UUID: Schema = {"type": "string", "format": "uuid"}
TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
TIME: Schema = {"type": "string", "format": "date-time"}
COUNT: Schema = {"type": "integer", "minimum": 0}
USER_ID: Schema = {"type": "string", "description": "The key of a user, as text."}
STREAM: Schema = {"type": "string", "description": "`room:<uuid>` or `user:<key>`.", "examples": ["user:1"]}
GEN: Schema = {
    "type": "string",
    "description": "Drop what you have of the stream when it changes.",
    "examples": ["1.1"],
}
METADATA: Schema = {"type": "object", "additionalProperties": True, "description": "Data of the project's own."}


def ref(name: str) -> Schema:
    """The schema of this name."""
    return {"$ref": PREFIX + name}


def const(value: str | bool) -> Schema:
    """This one value."""
    return {"type": "boolean" if isinstance(value, bool) else "string", "const": value}


def choice(values: Iterable[str]) -> Schema:
    return {"type": "string", "enum": list(values)}


def array(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items, **more}


def maybe(schema: Schema) -> Schema:
    """The same, or null."""
    if "type" in schema and "enum" not in schema:
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        return {**schema, "type": [*types, "null"]}
    return {"oneOf": [schema, {"type": "null"}]}


def one_of(*names: str, **more: Any) -> Schema:
    return {"oneOf": [ref(name) for name in names], **more}


def record(properties: Mapping[str, Schema], *, optional: Mapping[str, Schema] | None = None, **more: Any) -> Schema:
    """An object that has all of ``properties``, and maybe some of ``optional``."""
    return {
        "type": "object",
        "properties": {**properties, **(optional or {})},
        **({"required": list(properties)} if properties else {}),
        **more,
    }


def refs_in(schema: Any) -> Iterator[str]:
    """The names that a schema refers to."""
    if isinstance(schema, dict):
        target = schema.get("$ref")
        if isinstance(target, str) and target.startswith(PREFIX):
            yield target.removeprefix(PREFIX)
        for value in schema.values():
            yield from refs_in(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from refs_in(value)


def closure(schema: Any, components: Mapping[str, Schema]) -> dict[str, Schema]:
    """The components that a schema needs, directly or by way of others."""
    found: dict[str, Schema] = {}
    waiting = list(refs_in(schema))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = components[name]
            waiting += refs_in(components[name])
    return dict(sorted(found.items()))
