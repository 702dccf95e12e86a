"""Words: all that is shown can be translated, the catalogs of the chat lack none, and projects have the last word."""

from __future__ import annotations

import ast
import gettext
import io
import json
import re
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

from df_chat.words import words_of_page
from tests.test_pages import elements, render

PACKAGE = Path(__file__).resolve().parent.parent / "df_chat"
WEB = PACKAGE / "static" / "df_chat" / "web"
FUNCTIONS = {"_", "gettext", "gettext_lazy", "pgettext", "ngettext"}
HOW = "see Words in CONTRIBUTING.md"
CATALOGS = [(language, domain) for language in ("de", "ar") for domain in ("django", "djangojs")]


def words_of_scripts() -> set[str]:
    texts = [script.read_text() for script in WEB.rglob("*.js") if script.name != "i18n.js"]
    return {json.loads(word) for text in texts for word in re.findall(r'\bgettext\(\s*("(?:[^"\\]|\\.)*")', text)}


def words_of_python() -> Iterator[str]:
    for module in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in FUNCTIONS
                and node.args
            ):
                assert isinstance(node.args[0], ast.Constant), f"{module}:{node.lineno}"
                yield node.args[0].value


def words_of_templates() -> Iterator[str]:
    for template in PACKAGE.rglob("*.html"):
        assert "blocktranslate" not in template.read_text(), "this test does not read it yet"
        yield from re.findall(r"{% translate [\"'](.*?)[\"'] %}", template.read_text())


WORDS = {"django": {*words_of_python(), *words_of_templates()}, "djangojs": words_of_scripts()}


def read_po(language: str, domain: str) -> dict[str, str]:
    """The words of a catalog's text; none of this chat's has plurals or contexts."""
    text = (PACKAGE / "locale" / language / "LC_MESSAGES" / f"{domain}.po").read_text()
    assert "#, fuzzy" not in text, f"somebody has to look at what is fuzzy: {HOW}"
    assert "#~" not in text, f"obsolete: {HOW}"
    entries = re.findall(r'^msgid ((?:".*"\n)+)msgstr ((?:".*"(?:\n|\Z))+)', text, re.MULTILINE)
    join = lambda lines: "".join(json.loads(line) for line in lines.splitlines())  # noqa: E731
    return {join(word): join(translated) for word, translated in entries if join(word)}


def read_mo(language: str, domain: str) -> dict[str, str]:
    compiled = (PACKAGE / "locale" / language / "LC_MESSAGES" / f"{domain}.mo").read_bytes()
    return {word: text for word, text in gettext.GNUTranslations(io.BytesIO(compiled))._catalog.items() if word}


def write_mo(folder: Path, language: str, words: dict[str, str]) -> Path:
    """A compiled catalog of a project's own."""
    texts = [("", "Content-Type: text/plain; charset=UTF-8\n"), *sorted(words.items())]
    start, at, content = 28 + 16 * len(texts), [], b""
    for side in (0, 1):
        for pair in texts:
            encoded = pair[side].encode()
            at.append(struct.pack("<II", len(encoded), start + len(content)))
            content += encoded + b"\0"
    header = struct.pack("<7I", 0x950412DE, 0, len(texts), 28, 28 + 8 * len(texts), 0, 0)
    file = folder / language / "LC_MESSAGES" / "djangojs.mo"
    file.parent.mkdir(parents=True)
    file.write_bytes(header + b"".join(at) + content)
    return folder


# -- The catalogs ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("language", "domain"), CATALOGS)
def test_every_word_is_translated(language, domain):
    translated = read_po(language, domain)
    assert sorted(WORDS[domain] - set(translated)) == [], f"missing: {HOW}"
    assert sorted(set(translated) - WORDS[domain]) == [], f"not used any more: {HOW}"
    assert [word for word, text in translated.items() if not text.strip()] == []


@pytest.mark.parametrize(("language", "domain"), CATALOGS)
def test_translations_take_the_same_names(language, domain):
    names = lambda text: sorted(re.findall(r"%\(\w+\)s", text))  # noqa: E731
    assert [word for word, text in read_po(language, domain).items() if names(word) != names(text)] == []


@pytest.mark.parametrize(("language", "domain"), CATALOGS)
def test_what_is_compiled_is_what_is_written(language, domain):
    assert read_mo(language, domain) == read_po(language, domain), f"compilemessages: {HOW}"


def test_scripts_name_their_words_where_they_are_used():
    assert WORDS["djangojs"]
    for script in WEB.rglob("*.js"):
        for call in re.findall(r"\bgettext\(\s*[^\s\"].*", script.read_text()):
            assert script.name == "i18n.js", f"{script.name}: {call}: no catalog can list it"


# -- The words of a page --------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_words_go_with_the_language_and_survive_as_an_attribute(people):
    with translation.override("de"):
        assert json.loads(elements(render("{% df_chat %}", people.ada))[0]["data-words"])["Send"] == "Senden"
    with translation.override("en"):
        assert elements(render("{% df_chat %}", people.ada))[0]["data-words"] == "{}"


@pytest.mark.parametrize(("language", "word"), [("de-at", "Senden"), ("ar", "إرسال"), ("en-gb", None), ("fr", None)])
def test_variants_speak_their_language_and_others_english(language, word):
    with translation.override(language):
        assert words_of_page().get("Send") == word


def test_without_translation_words_stay_as_they_are():
    with translation.override(None):
        assert words_of_page() == {}


def test_a_site_in_german_speaks_english_to_those_who_want_it(settings):
    settings.LANGUAGE_CODE = "de"
    for language, word in (("en", None), ("fr", "Senden")):
        with translation.override(language):
            assert words_of_page().get("Send") == word


def test_a_projects_own_catalogs_come_first(settings, tmp_path):
    own = {"Send": "Abschicken", "The project's own": "Eigenes"}
    settings.LOCALE_PATHS = [str(write_mo(tmp_path, "de", own)), str(write_mo(tmp_path, "fr", {"Send": "Envoyer"}))]
    with translation.override("de"):
        words = words_of_page()
    assert (words["Send"], words["Messages"]) == ("Abschicken", "Nachrichten")
    assert "The project's own" not in words
    with translation.override("fr"):
        assert words_of_page() == {"Send": "Envoyer"}
