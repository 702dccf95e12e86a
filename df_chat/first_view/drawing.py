"""What of a message a first view does not draw as it is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from df_chat.streams import State

_TONES = 8
_SHOWN_IMAGES = 4
# Pixels at the browser's usual size of text.
_WIDEST, _HIGHEST, _NARROWEST = 352, 320, 96
_RATIOS = 0.5, 2.4
_FEW_EMOJI = 3
_EMOJI = {"So", "Sk", "Mn", "Cf"}


def draw_message(message: State, viewer: str, faces: Mapping[str, str | None], held: Mapping[str, State]) -> State:
    """What the template needs beside the message: ``faces`` are pictures by user, ``held`` messages by id."""
    user_id, body, images = message["user_id"], message["body"], message.get("images", [])
    name = "" if user_id is None else message["sender"]["name"]
    return {
        "is_mine": user_id == viewer,
        "is_system": user_id is None,
        "face": faces.get(user_id),
        "initials": _initials(name),
        "tone": _tone(user_id or ""),
        "paragraphs": [text for text in re.split(r"\n\s*\n", body) if text],
        "is_big": _is_few_emoji(body),
        "parent": held.get(message["parent_id"]),
        "reactions": [{**one, "is_mine": viewer in one["user_ids"]} for one in message.get("reactions", [])],
        "images": [_image(image, is_one=len(images) == 1) for image in images[:_SHOWN_IMAGES] if image["url"]],
    }


def _initials(name: str) -> str:
    words = [letters for word in re.split(r"[\s_-]+", name) if (letters := [c for c in word if c.isalnum()])]
    ends = [words[0], words[-1]] if len(words) > 1 else words
    return "".join(letters[0] for letters in ends).upper() or "#"


def _tone(key: str) -> int:
    """Which of the colours a person has, always the same, here and in the web client."""
    total = 0
    for character in key:
        total = (total * 31 + ord(character)) & 0xFFFFFFFF
    return total % _TONES


def _is_few_emoji(body: str) -> bool:
    characters = [character for character in body if not character.isspace()]
    signs = [character for character in characters if unicodedata.category(character) == "So"]
    return 0 < len(signs) <= _FEW_EMOJI and all(unicodedata.category(character) in _EMOJI for character in characters)


def _image(image: State, *, is_one: bool) -> State:
    """An image's place: what stands alone keeps its ratio, within bounds."""
    width, height = image["width"], image["height"]
    low, high = _RATIOS
    ratio = min(high, max(low, width / height)) if width > 0 and height > 0 else 1
    shown = min(_WIDEST, _HIGHEST * ratio, max(width, _NARROWEST))
    place = {"width": round(shown), "height": round(shown / ratio)} if is_one else {}
    return {"source": image["medium"] or image["url"], "name": image["name"], **place}
