"""What a client may say on the socket, without any socket: text in, a command or a refusal out; and answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NoReturn

MAX_REQUEST_ID_CHARS = 64
# JavaScript's largest exact integer: ids beyond it would not come back as they were sent.
MAX_REQUEST_ID = 2**53 - 1

RequestId = str | int | None


@dataclass(frozen=True, slots=True)
class Command:
    """One request of a client: ``data`` is whatever came beside ``action`` and ``request_id``, yet unchecked."""

    action: str
    request_id: RequestId
    data: dict[str, Any]


class FrameError(Exception):
    """A frame that is no command. ``request_id`` is set where the frame had a usable one."""

    def __init__(self, code: str, request_id: RequestId = None) -> None:
        super().__init__(code)
        self.code = code
        self.request_id = request_id


def parse_frame(text: str | None, *, max_bytes: int) -> Command:
    """Read one command.

    Raises:
        FrameError: as of ``parse_object``, or without a usable ``action`` or ``request_id``.
    """
    content = parse_object(text, max_bytes=max_bytes)
    request_id = content.pop("request_id", None)
    if not _is_request_id(request_id):
        raise FrameError("bad_request_id")
    action = content.pop("action", None)
    if not isinstance(action, str):
        raise FrameError("no_action", request_id)
    return Command(action, request_id, content)


def parse_object(text: str | None, *, max_bytes: int) -> dict[str, Any]:
    """Read one frame.

    Raises:
        FrameError: binary, too large, not JSON, or not an object.
    """
    if text is None:
        raise FrameError("binary_frame")
    # A character is at least a byte, so most oversized frames are told without encoding them.
    if len(text) > max_bytes or len(text.encode("utf-8", "surrogatepass")) > max_bytes:
        raise FrameError("frame_too_large")
    try:
        content = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise FrameError("not_json") from None
    if not isinstance(content, dict):
        raise FrameError("not_an_object")
    return content


def answer(
    action: str | None, request_id: RequestId, *, data: Any = None, errors: list[Any] | None = None, status: int = 200
) -> dict[str, Any]:
    """The envelope of an answer to a command."""
    return {
        "action": action,
        "request_id": request_id,
        "response_status": status,
        "errors": errors or [],
        "data": data,
    }


def _is_request_id(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= MAX_REQUEST_ID_CHARS
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_REQUEST_ID)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
