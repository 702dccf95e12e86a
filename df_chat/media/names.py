"""File names of clients, made safe to show and to save under."""

from __future__ import annotations

import re
import unicodedata

MAX_CHARS = 150
# An extension that is longer is part of the name.
MAX_EXTENSION_CHARS = 10
FALLBACK = "file"
# What separates folders or means something to a shell or to Windows.
_UNSAFE = re.compile(r'[<>:"|?*\x00-\x1f]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
# Joins the parts of one emoji.
_JOINER = "\u200d"
_INVISIBLE = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})


def clean_name(name: object) -> str:
    """The last part of a client's file name: no folder, no control or bidi character, at most 150 characters."""
    text = str(name or "")[-4 * MAX_CHARS :].replace("\\", "/").rpartition("/")[2]
    text = unicodedata.normalize("NFC", "".join(char for char in text if _is_shown(char)))
    text = " ".join(_UNSAFE.sub("_", text).split()).strip(" .")
    if _DEVICES.match(text):
        text = f"_{text}"
    stem, extension = _split(text)
    suffix = f".{extension}" if extension else ""
    return (stem[: MAX_CHARS - len(suffix)].rstrip(" .") + suffix) or FALLBACK


def extension_of(name: str) -> str:
    """What follows the last dot of a clean name, in small letters; empty where there is none."""
    return _split(name)[1].lower()


def with_extension(name: str, extension: str) -> str:
    """A clean name under the extension that its content has now."""
    stem = _split(name)[0] or FALLBACK
    return f"{stem[: MAX_CHARS - len(extension) - 1]}.{extension}"


def _split(name: str) -> tuple[str, str]:
    stem, dot, extension = name.rpartition(".")
    is_extension = bool(dot and stem) and len(extension) <= MAX_EXTENSION_CHARS and extension.isalnum()
    return (stem, extension) if is_extension else (name, "")


def _is_shown(char: str) -> bool:
    return char == _JOINER or unicodedata.category(char) not in _INVISIBLE
