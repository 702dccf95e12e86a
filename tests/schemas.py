"""Values checked against named schemas, more strictly than clients may: what is not described fails."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import best_match

formats = FormatChecker(["uuid"])


@formats.checks("date-time", raises=ValueError)
def is_utc_time(value: object) -> bool:
    """Times are in UTC, as the API promises."""
    return not isinstance(value, str) or (value.endswith("Z") and datetime.fromisoformat(value) is not None)


class Checker:
    """Checks values against the schemas of one document."""

    def __init__(self, schemas: dict[str, Any]) -> None:
        self._components = {"components": {"schemas": closed(schemas)}}

    def check(self, schema: dict[str, Any], value: Any) -> None:
        """Raises AssertionError with what is wrong, and where."""
        validator = Draft202012Validator({**closed(schema), **self._components}, format_checker=formats)
        error = best_match(validator.iter_errors(value))
        assert error is None, f"{error.json_path}: {error.message[:500]}" if error else ""


def closed(schema: Any) -> Any:
    """The schema, its objects having no properties beside those that it names."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: closed(value) for key, value in schema.items()}
    if schema.get("type") == "object" and isinstance(schema.get("properties"), dict):
        result.setdefault("additionalProperties", False)
    return result
