"""What can go wrong, as classes.

ChatError
├── NotFound    no such thing, or none that this user may know of (404)
├── Denied      the user sees it, and may not do this to it (403)
├── Invalid     the input breaks a rule; ``attr`` names the field (400)
├── Conflict    the same key was used for something else (409)
├── RangeNotSatisfiable  a part of a file that begins after its end (416)
└── Busy        the room stayed locked, or the database refused; worth a retry (503)

UnversionedWrite  a bulk write, or one that moves a row: no client would hear of it (a programming error, not a
                  ChatError)
"""

from __future__ import annotations


class ChatError(Exception):
    """A refusal with a stable ``code``; the adapter words it, the faces answer with ``status``."""

    status = 400
    code = "error"

    def __init__(self, code: str | None = None, *, attr: str | None = None, **params: object) -> None:
        self.code = code or self.code
        self.attr = attr
        self.params = params
        super().__init__(self.code)


class NotFound(ChatError):
    status = 404
    code = "not_found"


class Denied(ChatError):
    status = 403
    code = "permission_denied"


class Invalid(ChatError):
    status = 400
    code = "invalid"


class Conflict(ChatError):
    status = 409
    code = "conflict"


class RangeNotSatisfiable(ChatError):
    """``size``: how many bytes the file has."""

    status = 416
    code = "range_not_satisfiable"


class Busy(ChatError):
    status = 503
    code = "busy"


class UnversionedWrite(TypeError):
    """A bulk write on a chat model, or one that moves a row: it would change what no client hears of."""
