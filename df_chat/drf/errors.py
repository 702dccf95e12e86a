"""Every refusal in one shape: ``{"type": ..., "errors": [{"code", "detail", "attr"}]}``."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from df_chat.adapter import get_adapter
from df_chat.exceptions import Busy, ChatError, Invalid, RangeNotSatisfiable

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 1
MAX_DETAIL_CHARS = 500


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """A refusal as REST and the socket answer it.

    Attributes:
        status: the HTTP status.
        type: ``validation_error`` for 400 on the input, ``client_error`` for other 4xx, ``server_error`` for 5xx.
        errors: one ``{code, detail, attr}`` each; ``attr`` is the dotted path of a field, or None.
    """

    status: int
    type: str
    errors: list[dict[str, Any]]
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def body(self) -> dict[str, Any]:
        return {"type": self.type, "errors": self.errors}


def describe(exc: BaseException) -> ErrorAnswer | None:
    """The answer to an exception; None for one that nobody foresaw."""
    if isinstance(exc, OperationalError | InterfaceError):
        # The database is away, or ended the connection. Whether a commit was reached is unknown: clients try again.
        logger.warning("The database did not answer: %r", exc)
        exc = Busy("unavailable")
    if isinstance(exc, ChatError):
        return _chat_error(exc)
    if isinstance(exc, Http404):
        exc = exceptions.NotFound()
    elif isinstance(exc, SuspiciousOperation):
        # More fields or files than Django takes.
        exc = exceptions.ParseError()
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied()
    if not isinstance(exc, exceptions.APIException):
        return None
    if isinstance(exc, exceptions.ValidationError):
        return ErrorAnswer(exc.status_code, "validation_error", list(_flatten(exc.detail)))
    kind = "server_error" if exc.status_code >= 500 else "client_error"
    return ErrorAnswer(exc.status_code, kind, list(_flatten(exc.detail)), _headers(exc))


def handle(exc: Exception, context: Any) -> Response | None:
    """DRF's exception handler, for the chat's own views only."""
    answer = describe(exc)
    if answer is None:
        return None
    set_rollback()
    return Response(answer.body, status=answer.status, headers=answer.headers)


def _chat_error(exc: ChatError) -> ErrorAnswer:
    error = {"code": exc.code, "detail": get_adapter().error_message(exc), "attr": exc.attr}
    if isinstance(exc, Invalid):
        return ErrorAnswer(exc.status, "validation_error", [error])
    if isinstance(exc, Busy):
        return ErrorAnswer(exc.status, "server_error", [error], {"Retry-After": str(RETRY_AFTER_SECONDS)})
    headers = {"Content-Range": f"bytes */{exc.params['size']}"} if isinstance(exc, RangeNotSatisfiable) else {}
    return ErrorAnswer(exc.status, "client_error", [error], headers)


def _flatten(detail: Any, path: str = "") -> Iterator[dict[str, Any]]:
    """DRF's nested details, one by one, with the path that leads to each."""
    if isinstance(detail, dict):
        for key, value in detail.items():
            yield from _flatten(value, _join(path, key))
    elif isinstance(detail, list):
        # A list of texts is about one field; a list of dicts is about items.
        for index, value in enumerate(detail):
            yield from _flatten(value, _join(path, index) if isinstance(value, dict | list) else path)
    else:
        code = getattr(detail, "code", "invalid")
        yield {"code": code, "detail": _printable(detail), "attr": _printable(path) or None}


def _printable(text: object) -> str:
    """Messages quote the input, which may be no text at all or very long."""
    return str(text)[:MAX_DETAIL_CHARS].encode("utf-8", "replace").decode()


def _join(path: str, key: object) -> str:
    if key == "non_field_errors":
        return path
    return f"{path}.{key}" if path else str(key)


def _headers(exc: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if auth_header := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = str(auth_header)
    if (wait := getattr(exc, "wait", None)) is not None:
        headers["Retry-After"] = str(math.ceil(wait))
    return headers
