"""Input that says no to what it does not know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

MAX_VERSION = 2**63 - 1


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses unknown fields, so that a ``seq`` or ``sender`` a client makes up fails loudly."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = [key for key in data if key not in self.fields or self.fields[key].read_only]
            if unknown:
                raise serializers.ValidationError({str(key)[:64]: _unknown() for key in unknown[:10]})
        return super().to_internal_value(data)


class StrictJSONParser(JSONParser):
    """JSON nested too deep for the parser is a client's error, not a server's."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError("JSON parse error - nested too deep") from None


def _unknown() -> list[Any]:
    return [serializers.ErrorDetail("Unknown field.", code="unknown_field")]


class IdField(serializers.Field[str, Any, str, Any]):
    """A primary key of whatever type the host's users have; the action finds out whose."""

    default_error_messages = {"invalid": "Not a valid id."}

    def to_internal_value(self, data: Any) -> str:
        if isinstance(data, bool) or not isinstance(data, str | int):
            self.fail("invalid")
        try:
            return str(data)
        except ValueError:  # an integer of thousands of digits
            self.fail("invalid")

    def to_representation(self, value: str) -> str:
        return str(value)
