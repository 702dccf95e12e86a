"""What holds for all of the example's own operations: how they refuse, and where their summary stands."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse

from df_chat.contrib.spectacular.components import Described
from df_chat.contrib.spectacular.operations import REFUSALS

ALIASES = ("/api/token/",)


class ExampleSchema(AutoSchema):
    """The first sentence of a view's docstring is the summary; refusals are the chat's. The chat brings its own."""

    def get_summary(self) -> str | None:
        text = self.get_description()
        return f"{text.partition('.')[0]}." if text else None

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        if any(int(status) >= 400 for status in bodies):
            return bodies
        for status in self._refusals():
            described = OpenApiResponse(Described("ChatRefusal"), REFUSALS[status])
            bodies[str(status)] = self._get_response_for_code(described, str(status), direction=direction)
        return bodies

    def _refusals(self) -> list[int]:
        takes_input = self.method in ("POST", "PUT", "PATCH") and self.get_request_serializer() is not None
        statuses = {401, 403, 429, 503} | ({400, 415} if takes_input else set())
        return sorted(statuses | ({404} if "{" in self.path or "uuid" in self.path else set()))


def leave_out_aliases(endpoints: list[Any], **kwargs: Any) -> list[Any]:
    """Addresses that others are known by are described once."""
    return [endpoint for endpoint in endpoints if not endpoint[0].startswith(ALIASES)]
