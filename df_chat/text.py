"""Hostile text and JSON made safe to store: the rules every input passes, whatever door it came through."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from df_chat.exceptions import Invalid

MAX_COMBINING = 50
MAX_JSON_DEPTH = 8
MAX_JSON_NODES = 1_000
MAX_JSON_CHARS = 16_384
MAX_INT = 2**63 - 1

# C0 controls but newline, tab and return; DEL and C1; line separators that break scripts; surrogates; non-characters.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | low) for plane in range(17) for low in (0xFFFE, 0xFFFF))
    + "]"
)
# Format characters, combining marks and blanks that look like nothing when they stand alone.
_BLANK_CATEGORIES = frozenset({"Cf", "Mn", "Cn", "Zs", "Cc"})
_BLANK_LETTERS = "\u2800\u3164\u115f\u1160\uffa0"

# Characters that reorder the text around them: harmless in a body that is isolated, a disguise in a name.
_BIDI = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F])


def clean_text(value: object, *, attr: str, max_chars: int, required: bool = False) -> str:
    """Text in NFC without surrounding space, control characters other than newline and tab, or surrogates.

    Raises:
        Invalid: not a string, a forbidden character, too long, or blank while ``required``.
    """
    if not isinstance(value, str):
        raise Invalid("not_a_string", attr=attr)
    # Length first: normalising a megabyte costs more than refusing it.
    if len(value) > max_chars * 2:
        raise Invalid("max_length", attr=attr, max_length=max_chars)
    if _FORBIDDEN.search(value):
        raise Invalid("forbidden_character", attr=attr)
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if len(text) > max_chars:
        raise Invalid("max_length", attr=attr, max_length=max_chars)
    if required and not _is_visible(text):
        raise Invalid("blank", attr=attr)
    if not text.isascii() and _longest_combining_run(text) > MAX_COMBINING:
        raise Invalid("forbidden_character", attr=attr)
    return text


def clean_title(value: object, *, attr: str, max_chars: int, required: bool = False) -> str:
    """One line of text without direction overrides: for names, titles and topics."""
    text = clean_text(value, attr=attr, max_chars=max_chars)
    text = " ".join(text.translate(_BIDI).split())
    if required and not _is_visible(text):
        raise Invalid("blank", attr=attr)
    return text


def clean_metadata(value: object, *, attr: str = "metadata") -> dict[str, Any]:
    """A JSON object that every database stores: bounded depth, size and numbers, clean strings.

    Raises:
        Invalid: not an object, or a tree that breaks a bound.
    """
    if not isinstance(value, dict):
        raise Invalid("not_an_object", attr=attr)
    budget = _JsonBudget(attr)
    budget.walk(value, 1)
    return value


class _JsonBudget:
    """Counts the nodes and characters of one JSON tree while it is walked."""

    def __init__(self, attr: str) -> None:
        self.attr = attr
        self.nodes = 0
        self.chars = 0

    def walk(self, value: object, depth: int) -> None:
        self.nodes += 1
        if depth > MAX_JSON_DEPTH or self.nodes > MAX_JSON_NODES:
            raise Invalid("json_too_large", attr=self.attr)
        if isinstance(value, dict):
            for key, item in value.items():
                if not isinstance(key, str):
                    raise Invalid("invalid", attr=self.attr)
                self.walk(key, depth)
                self.walk(item, depth + 1)
        elif isinstance(value, list):
            for item in value:
                self.walk(item, depth + 1)
        else:
            self._leaf(value)

    def _leaf(self, value: object) -> None:
        if isinstance(value, str):
            self.chars += len(value)
            if self.chars > MAX_JSON_CHARS:
                raise Invalid("json_too_large", attr=self.attr)
            if _FORBIDDEN.search(value):
                raise Invalid("forbidden_character", attr=self.attr)
        elif isinstance(value, bool) or value is None:
            return
        elif isinstance(value, int):
            if abs(value) > MAX_INT:
                raise Invalid("number_too_large", attr=self.attr)
        # NaN and infinities are not JSON; NaN is the one number unlike itself.
        elif not isinstance(value, float) or value != value or value in (float("inf"), float("-inf")):
            raise Invalid("invalid", attr=self.attr)


def _is_visible(text: str) -> bool:
    return any(char not in _BLANK_LETTERS and unicodedata.category(char) not in _BLANK_CATEGORIES for char in text)


def _longest_combining_run(text: str) -> int:
    longest = run = 0
    for char in text:
        run = run + 1 if unicodedata.combining(char) else 0
        longest = max(longest, run)
    return longest
