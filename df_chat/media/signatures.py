"""What a file is: its extension, its first bytes and the host's list of allowed types must agree.

Nothing is unpacked or parsed. Archives and documents stay closed; text is read through, for it has no signature.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from django.core.files.base import File

from df_chat.exceptions import Invalid
from df_chat.media.names import clean_name, extension_of
from df_chat.settings import chat_settings

HEAD_BYTES = 512
TEXT = "text/plain; charset=utf-8"
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
# Where a browser that guesses would see a page, an image or a program in what is called text.
_MARKUP = re.compile(
    rb"\s*<(!doctype|!--|html|head|body|script|iframe|style|title|svg|math|\?xml|\?php|xsl|rss|feed)", re.IGNORECASE
)

Sniffer = Callable[[bytes], bool]


class FileKind(NamedTuple):
    """What was found out about an upload: a clean name, and a type of our own naming."""

    name: str
    extension: str
    content_type: str
    size: int


def _starts(*signatures: bytes) -> Sniffer:
    return lambda head: head.startswith(signatures)


def _riff(form: bytes) -> Sniffer:
    return lambda head: head[:4] == b"RIFF" and head[8:12] == form


def _box(*brands: bytes) -> Sniffer:
    """The first box of an ISO media file, which names the brand it follows."""
    return lambda head: head[4:8] == b"ftyp" and (head[8:12].startswith(brands))


def _open_xml(folder: bytes) -> Sniffer:
    """A zip whose first member is one that office files begin with."""
    names = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"customXml/", folder)
    return lambda head: head[:4] == b"PK\x03\x04" and head[30:].startswith(names)


def _open_document(kind: bytes) -> Sniffer:
    """A zip whose first member is the type itself, uncompressed, as the format demands."""
    start = b"mimetype" + _OPEN_DOCUMENT.encode() + kind + b"PK"
    return lambda head: head[:4] == b"PK\x03\x04" and head[30:].startswith(start)


def _mpeg_audio(head: bytes) -> bool:
    return head[:4] in (b"ID3\x02", b"ID3\x03", b"ID3\x04") or (
        head[:1] == b"\xff" and head[1:2] in (b"\xfb", b"\xfa", b"\xf3", b"\xf2")
    )


def _webm(head: bytes) -> bool:
    return head[:4] == b"\x1a\x45\xdf\xa3" and b"webm" in head[:64]


_jpeg = ("image/jpeg", _starts(b"\xff\xd8\xff"))
_text = (TEXT, None)

# Extension -> the type we serve it as, and how it begins; None reads it as text.
KINDS: dict[str, tuple[str, Sniffer | None]] = {
    "png": ("image/png", _starts(b"\x89PNG\r\n\x1a\n")),
    "jpg": _jpeg,
    "jpeg": _jpeg,
    "gif": ("image/gif", _starts(b"GIF87a", b"GIF89a")),
    "webp": ("image/webp", _riff(b"WEBP")),
    "avif": ("image/avif", _box(b"avif", b"avis")),
    "pdf": ("application/pdf", _starts(b"%PDF-")),
    "zip": ("application/zip", _starts(b"PK\x03\x04", b"PK\x05\x06")),
    "gz": ("application/gzip", _starts(b"\x1f\x8b\x08")),
    "7z": ("application/x-7z-compressed", _starts(b"7z\xbc\xaf\x27\x1c")),
    "docx": (f"{_OFFICE}wordprocessingml.document", _open_xml(b"word/")),
    "xlsx": (f"{_OFFICE}spreadsheetml.sheet", _open_xml(b"xl/")),
    "pptx": (f"{_OFFICE}presentationml.presentation", _open_xml(b"ppt/")),
    "odt": (f"{_OPEN_DOCUMENT}text", _open_document(b"text")),
    "ods": (f"{_OPEN_DOCUMENT}spreadsheet", _open_document(b"spreadsheet")),
    "odp": (f"{_OPEN_DOCUMENT}presentation", _open_document(b"presentation")),
    "mp3": ("audio/mpeg", _mpeg_audio),
    "ogg": ("audio/ogg", _starts(b"OggS")),
    "flac": ("audio/flac", _starts(b"fLaC")),
    "wav": ("audio/wav", _riff(b"WAVE")),
    "m4a": ("audio/mp4", _box(b"M4A")),
    "mp4": ("video/mp4", _box(b"isom", b"iso", b"mp4", b"M4V", b"avc1", b"dash", b"MSNV")),
    "mov": ("video/quicktime", _box(b"qt  ")),
    "webm": ("video/webm", _webm),
    "txt": _text,
    "md": _text,
    "log": _text,
    "csv": ("text/csv; charset=utf-8", None),
    "json": ("application/json", None),
}
IMAGES = ("png", "jpg", "gif", "webp", "avif")


def inspect_file(file: File[Any], *, name: str, attr: str = "file") -> FileKind:
    """What an upload is, or a refusal.

    Raises:
        Invalid: empty, too large, of a type that is not allowed, or of another type than its name says.
    """
    clean = clean_name(name)
    extension = extension_of(clean)
    size = measure(file, max_bytes=chat_settings.MAX_FILE_BYTES, attr=attr)
    if extension not in chat_settings.FILE_TYPES or extension not in KINDS:
        allowed = ", ".join(sorted(set(chat_settings.FILE_TYPES) & set(KINDS)))
        raise Invalid("file_type", attr=attr, allowed=allowed)
    content_type, sniffer = KINDS[extension]
    if not (sniffer(head_of(file)) if sniffer else _is_text(file)):
        raise Invalid("file_mismatch", attr=attr, extension=extension)
    return FileKind(clean, extension, content_type, size)


def image_kind(head: bytes) -> str | None:
    """Which kind of image begins like this; None for anything else."""
    return next((kind for kind in IMAGES if _begins(kind, head)), None)


def measure(file: File[Any], *, max_bytes: int, attr: str) -> int:
    """The bytes that are really there, whatever the client declared.

    Raises:
        Invalid: none, or more than ``max_bytes``.
    """
    file.seek(0, 2)
    size = int(file.tell())
    file.seek(0)
    if not size:
        raise Invalid("file_empty", attr=attr)
    if size > max_bytes:
        raise Invalid("file_too_large", attr=attr, max_megabytes=_megabytes(max_bytes))
    return size


def head_of(file: File[Any]) -> bytes:
    """The first bytes."""
    file.seek(0)
    head: bytes = file.read(HEAD_BYTES)
    file.seek(0)
    return head


def _begins(kind: str, head: bytes) -> bool:
    sniffer = KINDS[kind][1]
    return sniffer is not None and sniffer(head)


def _is_text(file: File[Any]) -> bool:
    """Whether all of it is UTF-8 without NUL, and its start is of no other kind."""
    head = head_of(file).removeprefix(codecs.BOM_UTF8)
    if _MARKUP.match(head) or any(_begins(kind, head) for kind in KINDS):
        return False
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in file.chunks():
            if b"\0" in chunk:
                return False
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        file.seek(0)
    return True


def _megabytes(count: int) -> str:
    return f"{count / 2**20:.4g}"
