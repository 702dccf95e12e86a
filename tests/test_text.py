"""Text and JSON of any kind is stored as it is in NFC, or refused; never another error."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from df_chat.exceptions import Invalid
from df_chat.ids import uuid7
from df_chat.text import clean_metadata, clean_text, clean_title

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=300)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(ANY_TEXT, inner, max_size=5),
    max_leaves=30,
)


@given(ANY_TEXT)
@settings(max_examples=300)
def test_text_is_kept_in_nfc_or_refused(text):
    try:
        cleaned = clean_text(text, attr="body", max_chars=200)
    except Invalid:
        return
    assert cleaned == clean_text(cleaned, attr="body", max_chars=200)
    assert unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip() == cleaned
    cleaned.encode()


@given(ANY_TEXT)
def test_a_title_is_one_line(text):
    try:
        cleaned = clean_title(text, attr="title", max_chars=300)
    except Invalid:
        return
    assert "\n" not in cleaned
    assert not any(0x202A <= ord(char) <= 0x202E for char in cleaned)


@given(JSON)
def test_metadata_is_kept_or_refused(value):
    try:
        assert clean_metadata(value) is value
    except Invalid:
        return
    assert isinstance(value, dict)


def test_a_pile_of_accents_is_refused():
    with pytest.raises(Invalid):
        clean_text("a" + "\u0334" * 60, attr="body", max_chars=1000)
    assert clean_text("a" + "\u0334" * 20, attr="body", max_chars=1000)


def test_megabytes_are_refused_before_they_are_looked_at():
    with pytest.raises(Invalid) as error:
        clean_text("é" * 5_000_000, attr="body", max_chars=10_000)
    assert error.value.code == "max_length"


def test_ids_are_version_seven_and_ordered_by_time():
    ids = [uuid7() for _ in range(100)]
    assert {(value.version, value.variant) for value in ids} == {(7, "specified in RFC 4122")}
    assert len(set(ids)) == 100
    assert [value.int >> 80 for value in ids] == sorted(value.int >> 80 for value in ids)
