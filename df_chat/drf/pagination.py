"""Pages that neither skip nor repeat a row while others write: by cursor, never by offset."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.pagination import BasePagination, CursorPagination
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from df_chat.drf.strict import MAX_VERSION
from df_chat.settings import chat_settings


class ChatCursorPagination(CursorPagination):
    """DRF's cursor pages, their size by PAGE_SIZE, MAX_PAGE_SIZE and ``?limit=``."""

    page_size_query_param = "limit"

    def get_page_size(self, request: Any) -> int | None:
        self.page_size = chat_settings.PAGE_SIZE
        self.max_page_size = chat_settings.MAX_PAGE_SIZE
        return super().get_page_size(request)

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
        try:
            return super().paginate_queryset(queryset, request, view)
        except (DjangoValidationError, ValueError, OverflowError, DataError):
            # A cursor that somebody made up.
            raise NotFound(self.invalid_cursor_message) from None

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return page_schema(schema)


def page_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """A page as OpenAPI describes it."""
    link = {"type": "string", "format": "uri", "nullable": True}
    return {
        "type": "object",
        "required": ["next", "previous", "results"],
        "properties": {"next": link, "previous": link, "results": schema},
    }


class RoomPagination(ChatCursorPagination):
    """Rooms by newest activity."""

    ordering = ("-active_at", "-id")


class RoomUserPagination(ChatCursorPagination):
    """Members in the order in which they joined."""

    ordering = ("joined_at", "id")


class UserPagination(ChatCursorPagination):
    """People by their primary key."""

    ordering = ("pk",)


class AttachmentPagination(ChatCursorPagination):
    """Images and files, newest first."""

    ordering = ("-created", "-id")


class MessagePagination(BasePagination):
    """Messages by ``seq``, newest first: ``?before=``, ``?after=`` or ``?around=``, and ``?limit=``."""

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> list[Any]:
        query = _MessageQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        before, after, around = (query.validated_data.get(name) for name in ("before", "after", "around"))
        limit = min(query.validated_data.get("limit", chat_settings.PAGE_SIZE), chat_settings.MAX_PAGE_SIZE)
        self.url = request.build_absolute_uri()
        if around is not None:
            newer, self.has_newer = _newer(queryset, around - 1, limit // 2 + 1)
            older, self.has_older = _older(queryset, around, max(limit - len(newer), 1))
            self.page = [*newer, *older]
        elif after is not None:
            self.page, self.has_newer = _newer(queryset, after, limit)
            self.has_older = True
        else:
            self.page, self.has_older = _older(queryset, MAX_VERSION if before is None else before, limit)
            self.has_newer = before is not None
        return self.page

    def get_paginated_response(self, data: Any) -> Response:
        """``next`` leads to older messages, ``previous`` to newer ones."""
        older = self._link("before", self.page[-1].seq) if self.page and self.has_older else None
        newer = self._link("after", self.page[0].seq) if self.page and self.has_newer else None
        return Response({"next": older, "previous": newer, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return page_schema(schema)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The query as OpenAPI describes it."""
        number = {"type": "integer", "minimum": 0}
        words = {
            "before": "Older messages than this `seq`.",
            "after": "Newer messages than this `seq`.",
            "around": "This `seq`, and what is before and after it.",
        }
        return [_parameter(name, text, number) for name, text in words.items()] + [
            _parameter("limit", "How many at most.", {**number, "minimum": 1})
        ]

    def _link(self, name: str, seq: int) -> str:
        url = self.url
        for other in ("before", "after", "around"):
            url = remove_query_param(url, other)
        return str(replace_query_param(url, name, seq))


class _MessageQuery(serializers.Serializer[Any]):
    before = serializers.IntegerField(required=False, min_value=0, max_value=MAX_VERSION)
    after = serializers.IntegerField(required=False, min_value=0, max_value=MAX_VERSION)
    around = serializers.IntegerField(required=False, min_value=0, max_value=MAX_VERSION)
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MAX_VERSION)


def _parameter(name: str, text: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": text, "schema": schema}


def _older(queryset: Any, before: int, limit: int) -> tuple[list[Any], bool]:
    rows = list(queryset.filter(seq__lt=before).order_by("-seq")[: limit + 1])
    return rows[:limit], len(rows) > limit


def _newer(queryset: Any, after: int, limit: int) -> tuple[list[Any], bool]:
    rows = list(queryset.filter(seq__gt=after).order_by("seq")[: limit + 1])
    return rows[:limit][::-1], len(rows) > limit
