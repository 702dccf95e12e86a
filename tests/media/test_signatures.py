"""Extension, first bytes and the list of allowed types agree, or the file is not taken."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile

from df_chat.exceptions import Invalid
from df_chat.media.signatures import KINDS, image_kind, inspect_file
from df_chat.settings import DEFAULTS
from tests.media import images
from tests.media.images import encoded, picture


def office(first: str, content: str = "") -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(first, content)
        archive.writestr("content", "x")
    return target.getvalue()


def open_document(kind: str) -> bytes:
    return office("mimetype", f"application/vnd.oasis.opendocument.{kind}")


GOOD = {
    "png": images.png(),
    "jpg": images.jpeg(),
    "jpeg": images.jpeg(),
    "gif": images.gif(),
    "webp": images.webp(),
    "avif": encoded(picture(), "AVIF"),
    "pdf": b"%PDF-1.7\n",
    "zip": office("a"),
    "gz": b"\x1f\x8b\x08\0",
    "7z": b"7z\xbc\xaf\x27\x1c",
    "docx": office("[Content_Types].xml"),
    "xlsx": office("xl/workbook.xml"),
    "pptx": office("_rels/.rels"),
    "odt": open_document("text"),
    "ods": open_document("spreadsheet"),
    "odp": open_document("presentation"),
    "mp3": b"\xff\xfb\x90\x00",
    "ogg": b"OggS\0",
    "flac": b"fLaC\0",
    "wav": b"RIFF\0\0\0\0WAVE",
    "m4a": b"\0\0\0\x20ftypM4A ",
    "mp4": b"\0\0\0\x20ftypisom",
    "mov": b"\0\0\0\x14ftypqt  ",
    "webm": b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\x82\x84webm",
    "txt": "Grüße\n👋".encode(),
    "md": b"ID3 is a tag, <b>bold</b> is another.",
    "csv": b"\xef\xbb\xbfa;b\r\n1;2\r\n",
    "json": b'{"a": 1}',
    "log": b"12:00 ok\n",
}


def test_every_kind_is_tried_and_every_default_is_known():
    assert set(GOOD) == set(KINDS)
    assert set(DEFAULTS["FILE_TYPES"]) <= set(KINDS)


@pytest.mark.parametrize("extension", GOOD)
def test_a_good_file_is_taken_under_its_own_extension(settings, extension):
    settings.DF_CHAT = {"FILE_TYPES": list(KINDS)}
    name = f"../some/Report.{extension.upper()}"
    kind = inspect_file(SimpleUploadedFile("x", GOOD[extension]), name=name)
    assert kind == (f"Report.{extension.upper()}", extension, KINDS[extension][0], len(GOOD[extension]))


@pytest.mark.parametrize("extension", [extension for extension in GOOD if KINDS[extension][1]])
def test_a_good_file_is_refused_under_the_extensions_of_others(settings, extension):
    settings.DF_CHAT = {"FILE_TYPES": list(KINDS)}
    accepted = {other for other in KINDS if other != extension and _is_taken(GOOD[extension], f"x.{other}")}
    # One format under two names, and formats that are zip files.
    same = {
        **{"jpg": {"jpeg"}, "jpeg": {"jpg"}, "docx": {"zip", "xlsx", "pptx"}, "xlsx": {"zip"}},
        **{"pptx": {"zip", "docx", "xlsx"}, "odt": {"zip"}, "ods": {"zip"}, "odp": {"zip"}},
    }
    assert accepted == same.get(extension, set())


@pytest.mark.parametrize("name", ["x.png", "x.jpg", "x.webp", "x.html", "x.svg", "x.exe", "x", "x.pdf.", "x.pdf/"])
def test_types_that_are_not_on_the_list_are_refused(name):
    with pytest.raises(Invalid) as refusal:
        inspect_file(SimpleUploadedFile("x", GOOD["png"]), name=name)
    assert refusal.value.code in {"file_type", "file_mismatch"}


def test_the_host_says_what_is_taken(settings):
    settings.DF_CHAT = {"FILE_TYPES": ["txt", "png"]}
    assert _is_taken(GOOD["png"], "x.png")
    with pytest.raises(Invalid) as refusal:
        inspect_file(SimpleUploadedFile("x", GOOD["pdf"]), name="x.pdf")
    assert refusal.value.params == {"allowed": "png, txt"}


def test_a_type_without_a_signature_of_ours_is_never_taken(settings):
    settings.DF_CHAT = {"FILE_TYPES": ["exe"]}
    assert not _is_taken(b"MZ", "x.exe")


def test_bytes_are_counted_whatever_was_declared(settings):
    settings.DF_CHAT = {"MAX_FILE_BYTES": 5 * 2**20}
    file = SimpleUploadedFile("x.txt", b"a" * 100)
    file.size = 2**31
    assert inspect_file(file, name="x.txt").size == 100
    file = SimpleUploadedFile("x.txt", b"a" * (5 * 2**20 + 1))
    file.size = 1
    with pytest.raises(Invalid) as refusal:
        inspect_file(file, name="x.txt")
    assert (refusal.value.code, refusal.value.params) == ("file_too_large", {"max_megabytes": "5"})


def test_a_file_on_disk_is_read_from_its_start_and_left_there():
    with TemporaryUploadedFile("x.txt", "text/html", 0, None) as file:
        file.write(b"text" * 50_000)
        assert inspect_file(file, name="x.txt").size == 200_000
        assert file.read(4) == b"text"


def test_images_are_told_by_their_first_bytes():
    kinds = {extension: image_kind(content) for extension, content in GOOD.items()}
    images_among = {extension: kind for extension, kind in kinds.items() if kind is not None}
    assert images_among == {
        "png": "png",
        "jpg": "jpg",
        "jpeg": "jpg",
        "gif": "gif",
        "webp": "webp",
        "avif": "avif",
    }


def _is_taken(content: bytes, name: str) -> bool:
    try:
        return bool(inspect_file(SimpleUploadedFile("x", content), name=name))
    except Invalid:
        return False
