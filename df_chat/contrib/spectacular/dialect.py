"""JSON Schema in the words of the OpenAPI version that the project chose."""

from __future__ import annotations

from typing import Any

from drf_spectacular.settings import spectacular_settings

from df_chat.schema import Schema

NULL = {"type": "null"}


def translate(schema: Any) -> Any:
    """The schema for the project's document: 3.1 takes it as it is, 3.0 has words of its own for null and examples."""
    return schema if _is_3_1() else _to_3_0(schema)


def modernize(schema: Any) -> Any:
    """The other way, for what Django REST framework describes: it speaks 3.0."""
    if not isinstance(schema, dict) or not _is_3_1():
        return schema
    result = {key: modernize(value) for key, value in schema.items() if key != "nullable"}
    if schema.get("nullable") is True:
        result["type"] = [schema["type"], "null"]
    return result


def _is_3_1() -> bool:
    return str(spectacular_settings.OAS_VERSION).startswith("3.1")


def _to_3_0(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_to_3_0(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    # What stands under these is data, or names of properties; 3.0 knows no ``const``.
    kept = {key: value for key, value in schema.items() if key not in ("const", "examples", "properties", "default")}
    result = {key: _to_3_0(value) for key, value in kept.items()}
    if "default" in schema:
        result["default"] = schema["default"]
    if "properties" in schema:
        result["properties"] = {name: _to_3_0(value) for name, value in schema["properties"].items()}
    if schema.get("examples"):
        result["example"] = schema["examples"][0]
    return _nullable(result)


def _nullable(schema: Schema) -> Schema:
    kinds = schema.get("type")
    if isinstance(kinds, list):
        (kind,) = [kind for kind in kinds if kind != "null"]
        return {**schema, "type": kind, "nullable": True}
    if (options := schema.get("oneOf")) and NULL in options:
        others = [option for option in options if option != NULL]
        rest = {key: value for key, value in schema.items() if key != "oneOf"}
        return {**rest, "allOf" if len(others) == 1 else "oneOf": others, "nullable": True}
    return schema
