"""Actions of the socket: DCRF actions with a checked input, and how many a socket may ask for."""

from __future__ import annotations

import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any

from djangochannelsrestframework.decorators import action
from rest_framework.exceptions import Throttled, ValidationError
from rest_framework.serializers import Serializer

Method = Callable[..., Awaitable[Any]]


class Allowance:
    """A token bucket: so many actions a second, twice as many in a burst.

    Args:
        per_second: None sets no limit.
    """

    __slots__ = ("_at", "_left", "_per_second")

    def __init__(self, per_second: float | None) -> None:
        self._per_second = per_second
        self._left = 0.0 if per_second is None else 2.0 * per_second
        self._at = time.monotonic()

    def take(self) -> None:
        """Use up one. Raises Throttled with the seconds until there is another."""
        if self._per_second is None:
            return
        now = time.monotonic()
        self._left = min(2.0 * self._per_second, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left < 1.0:
            raise Throttled(wait=(1.0 - self._left) / self._per_second)
        self._left -= 1.0


def command(serializer_class: type[Serializer[Any]]) -> Callable[[Method], Method]:
    """Make a consumer's method an action whose arguments are what ``serializer_class`` makes of the frame's data."""

    def decorate(method: Method) -> Method:
        decorated: Any = action()(method)
        decorated.input_serializer = serializer_class
        result: Method = decorated
        return result

    return decorate


def validate(method: Method, data: dict[str, Any]) -> dict[str, Any]:
    """The arguments for an action. A plain DCRF action of a host's takes the data as it is, if it fits.

    Raises:
        ValidationError: the data is not what the action takes.
    """
    serializer_class = getattr(method, "input_serializer", None)
    if serializer_class is None:
        return _fitting(method, data)
    serializer = serializer_class(data=data)
    serializer.is_valid(raise_exception=True)
    arguments: dict[str, Any] = serializer.validated_data
    return arguments


def _fitting(method: Method, data: dict[str, Any]) -> dict[str, Any]:
    try:
        inspect.signature(method).bind(**{**data, "request_id": None, "action": ""})
    except TypeError:
        raise ValidationError("These are not the arguments of the action.") from None
    # Never let the data stand in for what the consumer itself passes.
    if {"action", "request_id", "self", "scope", "consumer"} & set(data):
        raise ValidationError("These are not the arguments of the action.")
    return data
