"""What a serializer takes, as JSON Schema."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from df_chat.drf.strict import IdField, StrictSerializer
from df_chat.schema.build import METADATA, Schema, maybe

# The first that fits; a field of a host's own is described as any JSON.
_TYPES: list[tuple[type[Any], Schema]] = [
    (serializers.UUIDField, {"type": "string", "format": "uuid"}),
    (serializers.ChoiceField, {"type": "string"}),
    (serializers.BooleanField, {"type": "boolean"}),
    (serializers.IntegerField, {"type": "integer"}),
    (serializers.FloatField, {"type": "number"}),
    (serializers.DateTimeField, {"type": "string", "format": "date-time"}),
    (serializers.CharField, {"type": "string"}),
    (serializers.JSONField, METADATA),
    (IdField, {"type": ["string", "integer"]}),
]
_LIMITS = {"min_value": "minimum", "max_value": "maximum", "min_length": "minLength", "max_length": "maxLength"}
_LIST_LIMITS = {"min_length": "minItems", "max_length": "maxItems"}


def input_schema(serializer: serializers.BaseSerializer[Any]) -> Schema:
    """The object that a serializer takes: required fields, limits, and whether it refuses others."""
    fields = {name: field for name, field in getattr(serializer, "fields", {}).items() if not field.read_only}
    required = [name for name, field in fields.items() if field.required]
    return {
        "type": "object",
        "properties": {name: _field(field) for name, field in fields.items()},
        **({"required": required} if required else {}),
        **({"additionalProperties": False} if isinstance(serializer, StrictSerializer) else {}),
    }


def _field(field: Any) -> Schema:
    schema = _bare(field)
    if field.help_text:
        schema["description"] = str(field.help_text)
    if isinstance(field.default, str | bool | int):
        schema["default"] = field.default
    return maybe(schema) if field.allow_null and schema else schema


def _bare(field: Any) -> Schema:
    if isinstance(field, serializers.ListSerializer):
        return {"type": "array", "items": _field(field.child)}
    if isinstance(field, serializers.BaseSerializer):
        return input_schema(field)
    if isinstance(field, serializers.ListField):
        return {"type": "array", "items": _field(field.child), **_limits(field, _LIST_LIMITS)}
    if isinstance(field, serializers.DictField):
        return {"type": "object", "additionalProperties": _field(field.child)}
    schema = next((dict(schema) for kind, schema in _TYPES if isinstance(field, kind)), {})
    if isinstance(field, serializers.ChoiceField):
        schema["enum"] = list(field.choices)
    return {**schema, **_limits(field, _LIMITS)}


def _limits(field: Any, names: dict[str, str]) -> Schema:
    limits = {word: getattr(field, name, None) for name, word in names.items()}
    return {word: limit for word, limit in limits.items() if limit is not None}
