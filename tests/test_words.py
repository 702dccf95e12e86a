"""Words: all that is shown can be translated, no catalog lacks one, and projects have the last word."""

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

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "df_chat"
WEB = PACKAGE / "static" / "df_chat" / "web"
FUNCTIONS = {"_", "gettext", "gettext_lazy", "pgettext", "ngettext"}
HOW = "see Words in CONTRIBUTING.md"
KINDS = [("df_chat", "django"), ("df_chat", "djangojs"), ("example_project", "django")]
CATALOGS = [(folder, language, domain) for folder, domain in KINDS for language in ("de", "ar")]


def words_of_scripts() -> set[str]:
    texts = [script.read_text() for script in WEB.rglob("*.js") if script.name != "i18n.js"]
    return {json.loads(word) for text in texts for word in re.findall(r'\bgettext\(\s*("(?:[^"\\]|\\.)*")', text)}


def words_of_python(folder: Path) -> Iterator[str]:
    for module in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in FUNCTIONS
                and node.args
            ):
                assert isinstance(node.args[0], ast.Constant), f"{module}:{node.lineno}"
                yield node.args[0].value


def words_of_templates(folder: Path) -> Iterator[str]:
    for template in folder.rglob("*.html"):
        text = template.read_text()
        yield from re.findall(r"{% translate [\"'](.*?)[\"'] %}", text)
        for block in re.findall(r"{% blocktranslate [^%]*%}(.*?){% endblocktranslate %}", text):
            yield re.sub(r"{{ (\w+) }}", r"%(\1)s", block)


def words_of(folder: str, domain: str) -> set[str]:
    if domain == "djangojs":
        return words_of_scripts()
    return {*words_of_python(ROOT / folder), *words_of_templates(ROOT / folder)}


def read_po(folder: str, language: str, domain: str) -> dict[str, str]:
    """The words of a catalog's text; none of these has plurals or contexts."""
    text = (ROOT / folder / "locale" / language / "LC_MESSAGES" / f"{domain}.po").read_text()
    assert "#, fuzzy" not in text, f"somebody has to look at what is fuzzy: {HOW}"
    assert "#~" not in text, f"obsolete: {HOW}"
    entries = re.findall(r'^msgid ((?:".*"\n)+)msgstr ((?:".*"(?:\n|\Z))+)', text, re.MULTILINE)
    join = lambda lines: "".join(json.loads(line) for line in lines.splitlines())  # noqa: E731
    return {join(word): join(translated) for word, translated in entries if join(word)}


def read_mo(folder: str, language: str, domain: str) -> dict[str, str]:
    compiled = (ROOT / folder / "locale" / language / "LC_MESSAGES" / f"{domain}.mo").read_bytes()
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
@pytest.mark.parametrize(("folder", "language", "domain"), CATALOGS)
def test_every_word_is_translated(folder, language, domain):
    translated, words = read_po(folder, language, domain), words_of(folder, domain)
    assert sorted(words - set(translated)) == [], f"missing: {HOW}"
    assert sorted(set(translated) - words) == [], f"not used any more: {HOW}"
    assert [word for word, text in translated.items() if not text.strip()] == []


@pytest.mark.parametrize(("folder", "language", "domain"), CATALOGS)
def test_translations_take_the_same_names(folder, language, domain):
    names = lambda text: sorted(re.findall(r"%\(\w+\)s", text))  # noqa: E731
    assert [word for word, text in read_po(folder, language, domain).items() if names(word) != names(text)] == []


@pytest.mark.parametrize(("folder", "language", "domain"), CATALOGS)
def test_what_is_compiled_is_what_is_written(folder, language, domain):
    assert read_mo(folder, language, domain) == read_po(folder, language, domain), f"compilemessages: {HOW}"


def test_scripts_name_their_words_where_they_are_used():
    assert words_of_scripts()
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
