"""File names of clients: what is left of them can be shown and saved."""

from __future__ import annotations

import pytest

from df_chat.media.names import MAX_CHARS, clean_name, extension_of, with_extension


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("report.pdf", "report.pdf"),
        ("Übung 1.tar.gz", "Übung 1.tar.gz"),
        ("👩‍👩‍👧 ferien.png", "👩‍👩‍👧 ferien.png"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\Users\\me\\a.txt", "a.txt"),
        ("%2e%2e%2fa.txt", "%2e%2e%2fa.txt"),
        ("..", "file"),
        (".", "file"),
        ("", "file"),
        (None, "file"),
        ("   ", "file"),
        (".htaccess", "htaccess"),
        ("a.txt. . ", "a.txt"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("a\u2066b\u200e\u200fc.txt", "abc.txt"),
        ("a\0.png.exe", "a.png.exe"),
        ("a\r\nSet-Cookie: x.txt", "aSet-Cookie_ x.txt"),
        ("\ud800a.txt", "a.txt"),
        ("\u2028\u2029\ufeffa.txt", "a.txt"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("com1.pdf", "_com1.pdf"),
        ("console.txt", "console.txt"),
        ('a"b<c>d|e?f*g:h.txt', "a_b_c_d_e_f_g_h.txt"),
        ("e\u0301.txt", "é.txt"),
    ],
)
def test_a_name_is_cleaned(given, kept):
    assert clean_name(given) == kept
    assert clean_name(kept) == kept


@pytest.mark.parametrize("letter", ["a", "🙂", "é", "字"])
def test_a_long_name_keeps_its_end(letter):
    name = clean_name(letter * 300 + ".docx")
    assert len(name) <= MAX_CHARS
    assert name.endswith(f"{letter}.docx")


def test_a_name_of_megabytes_costs_nothing():
    assert len(clean_name("/" * 5_000_000 + "a" * 5_000_000)) == MAX_CHARS


@pytest.mark.parametrize(
    ("name", "extension"),
    [("a.PDF", "pdf"), ("a.tar.gz", "gz"), ("a", ""), ("a.", ""), ("a.b c", ""), ("a.abcdefghijk", ""), ("v1.2", "2")],
)
def test_the_extension_is_what_follows_the_last_dot(name, extension):
    assert extension_of(name) == extension


def test_a_name_takes_another_extension():
    assert with_extension("photo.heic", "jpg") == "photo.jpg"
    assert with_extension("photo", "jpg") == "photo.jpg"
    assert len(with_extension("a" * 150, "jpg")) == MAX_CHARS
