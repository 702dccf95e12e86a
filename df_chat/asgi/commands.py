"""Actions of the socket: DCRF actions with a checked input."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from djangochannelsrestframework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.serializers import Serializer

Method = Callable[..., Awaitable[Any]]


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
