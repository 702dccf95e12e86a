"""The words of the web client in a language, for the page that loads it."""

from __future__ import annotations

import gettext
import io
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation.trans_real import DjangoTranslation

_DOMAIN = "djangojs"
_LOCALE = Path(__file__).resolve().parent / "locale"


def words_of_page() -> dict[str, str]:
    """What the client's English words are in the active language: those that differ, by the English ones.

    A project's own ``djangojs`` catalogs in its LOCALE_PATHS come first, in languages that the chat lacks as well.
    """
    return dict(_active())


def word(english: str) -> str:
    """One of the client's words, for what a page says in its place."""
    return _active().get(english, english)


def _active() -> Mapping[str, str]:
    language = get_language()
    if language is None:  # translation is switched off
        return {}
    return _words(language, settings.LANGUAGE_CODE, tuple(settings.LOCALE_PATHS))


@lru_cache(maxsize=64)
def _words(language: str, default: str, locale_paths: tuple[str, ...]) -> Mapping[str, str]:
    """The latter two are what Django's catalogs depend on besides the language."""
    catalog = DjangoTranslation(language, domain=_DOMAIN, localedirs=[str(_LOCALE)])
    translated = {text: catalog.gettext(text) for text in _english()}
    return {text: said for text, said in translated.items() if said != text}


@lru_cache(maxsize=1)
def _english() -> frozenset[str]:
    """Every word of the client, as the catalogs that come with the chat list them."""
    files = _LOCALE.glob(f"*/LC_MESSAGES/{_DOMAIN}.mo")
    catalogs = [gettext.GNUTranslations(io.BytesIO(file.read_bytes())) for file in files]
    # Nothing public lists what a catalog holds; Django's own JavaScriptCatalog asks the same.
    return frozenset(text for catalog in catalogs for text in catalog._catalog if text)  # type: ignore[attr-defined]
