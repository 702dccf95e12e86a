"""What ``?search=`` asks for."""

from __future__ import annotations

from rest_framework.request import Request

from df_chat.exceptions import Invalid
from df_chat.text import clean_title

MIN_CHARS = 2
MAX_CHARS = 100


def search_text(request: Request, *, min_chars: int = MIN_CHARS) -> str | None:
    """The words to look for, on one line; None where nothing is asked for.

    Raises:
        Invalid: shorter than ``min_chars``, too long, or no text.
    """
    value = request.query_params.get("search")
    if not value:
        return None
    text = clean_title(value, attr="search", max_chars=MAX_CHARS)
    if len(text) < min_chars:
        raise Invalid("too_short", attr="search", min_length=min_chars)
    return text
