"""Hostile uploads, made here: each a name, its bytes, and what must come of it.

``python -m tests.media.corpus <folder>`` writes them all out, to look at them or to throw them at something else.
"""

from __future__ import annotations

import gzip
import io
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageCms, PngImagePlugin

from df_chat.media.pictures import HAS_AVIF
from tests.media.images import AVIF, encoded, gif, jpeg, picture, png, webp

# Stands in every place where data can hide, and must stand nowhere in what comes out.
CANARY = b"CANARY-48.2082N-16.3738E"
SCRIPT = b"<script>alert(1)</script>"
IMAGE = "image"
NO_IMAGE = {"not_an_image"}
TOO_LARGE = {"too_many_pixels"}
MARKUP = {
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "html": b"<!DOCTYPE html><html><body>" + SCRIPT,
    "mathml": b'<math xmlns="http://www.w3.org/1998/Math/MathML"><maction xlink:href="javascript:alert(1)"/></math>',
    "xml": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
}


class Hostile(NamedTuple):
    """One upload. ``outcome``: the codes it may be refused with, or IMAGE for one that is written anew."""

    label: str
    content: bytes
    outcome: set[str] | str
    name: str = "picture.png"


def images() -> Iterator[Hostile]:
    """What is sent where an image is asked for."""
    yield from _bombs()
    yield from _other_formats()
    yield from _polyglots()
    yield from _laden()
    yield from _damaged()
    yield from _moving()


def files() -> Iterator[Hostile]:
    """What is sent where a file is asked for: all of it to be refused."""
    for extension in ("svg", "html", "htm", "xhtml", "mht", "xml", "js", "exe", "php", "pdf.exe", "html.", "SVG", ""):
        yield Hostile(f"type {extension}", SCRIPT, {"file_type"}, f"x.{extension}")
    for kind, markup in MARKUP.items():
        for extension in ("pdf", "txt", "csv", "md", "zip", "docx", "mp4", "mp3"):
            yield Hostile(f"{kind} as {extension}", markup, {"file_mismatch"}, f"x.{extension}")
        yield Hostile(f"{kind} after blanks", b"\xef\xbb\xbf \r\n\t" + markup, {"file_mismatch"}, "x.txt")
    yield from _wrong_files()


def _bombs() -> Iterator[Hostile]:
    yield Hostile("png of 30,000 x 30,000", _png(30_000, 30_000, b"\0" * 9_000_000), TOO_LARGE)
    yield Hostile("png of 2 GP declared", _png(2**31 - 1, 1, b""), TOO_LARGE | NO_IMAGE)
    yield Hostile("png just over the limit", encoded(Image.new("1", (5001, 4000)), "PNG"), TOO_LARGE)
    yield Hostile("png of one row", encoded(Image.new("1", (20_000_001, 1)), "PNG"), TOO_LARGE)
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "A" * 60_000_000, zip=True)
    yield Hostile("png with text of 60 MB", png(pnginfo=text), NO_IMAGE)
    profile = b"icc\0\0" + zlib.compress(b"A" * 60_000_000)
    yield Hostile("png with a profile of 60 MB", _inserted(png(), _chunk(b"iCCP", profile)), NO_IMAGE)
    yield Hostile("gif of 65,535 x 65,535", _resized_gif(65_535, 65_535), TOO_LARGE)
    yield Hostile("gif whose frame outgrows it", _gif_with_large_frame(), TOO_LARGE)
    yield Hostile("webp of 16,383 x 16,383", _large_webp(), TOO_LARGE | NO_IMAGE)
    yield Hostile("jpeg of 65,500 x 65,500", _resized_jpeg(65_500, 65_500), TOO_LARGE)
    yield Hostile("jpeg of 300 scans", _jpeg_of_many_scans(300), {"image_too_complex"})
    yield Hostile("avif of 12,000 x 12,000", _resized_avif(12_000, 12_000), TOO_LARGE | NO_IMAGE)
    yield Hostile("tiff bomb", encoded(Image.new("1", (20_000, 20_000)), "TIFF", compression="tiff_deflate"), NO_IMAGE)
    yield Hostile(
        "pdf bomb", b"%PDF-1.7\n1 0 obj<</Filter/FlateDecode>>stream\n" + zlib.compress(b"0" * 10**8), NO_IMAGE
    )
    yield Hostile("zip bomb", _zip({"0": b"0" * 10**8}), NO_IMAGE)
    yield Hostile("gzip bomb", gzip.compress(b"0" * 10**8), NO_IMAGE)


def _other_formats() -> Iterator[Hostile]:
    """Every format that Pillow can write and we do not read, under a name that we take."""
    forms = ("BMP", "DDS", "DIB", "ICO", "ICNS", "JPEG2000", "MSP", "PCX", "PDF", "PPM", "SGI", "SPIDER", "TGA")
    for form in (*forms, "TIFF", "XBM", "EPS"):
        mode = {"XBM": "1", "MSP": "1", "SPIDER": "F"}.get(form, "RGB")
        for name in ("picture.png", "picture.jpg") if form in ("EPS", "TIFF", "ICO") else ("picture.png",):
            yield Hostile(f"{form} as {name}", encoded(picture((32, 32), mode), form), NO_IMAGE, name)
    yield Hostile("PSD", b"8BPS\0\1" + b"\0" * 6 + b"\0\3\0\0\0\1\0\0\0\1\0\10\0\3" + b"\0" * 99, NO_IMAGE)
    yield Hostile("FLI", struct.pack("<IHHHHHHI", 128, 0xAF11, 1, 8, 8, 8, 3, 1) + b"\0" * 108, NO_IMAGE)
    yield Hostile("EPS that runs", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%pipe%id) (w) file", NO_IMAGE)
    yield Hostile("WMF", b"\xd7\xcd\xc6\x9a" + b"\0" * 60, NO_IMAGE)
    yield Hostile("MPEG", b"\0\0\1\xb3" + b"\0" * 60, NO_IMAGE)
    yield Hostile("ImageMagick script", b"push graphic-context\nimage over 0,0 0,0 'https://x/|id'\n", NO_IMAGE)


def _polyglots() -> Iterator[Hostile]:
    yield Hostile("jpeg + html", jpeg(comment=MARKUP["html"]) + MARKUP["html"], IMAGE, "x.html")
    yield Hostile("gif + script", _gif_with_comment(b"*/=alert(1)//" + SCRIPT) + SCRIPT, IMAGE, "x.js")
    yield Hostile("png + zip", png() + _zip({"evil.txt": CANARY}), IMAGE, "x.zip")
    yield Hostile("png + php", _inserted(png(), _chunk(b"tEXt", b"a\0<?php system($_GET[0]);")), IMAGE, "x.php")
    yield Hostile("webp + html", webp() + MARKUP["html"], IMAGE)
    yield Hostile("pdf behind a jpeg", jpeg() + b"%PDF-1.7\n" + CANARY, IMAGE, "x.pdf")
    yield Hostile("html before a png", SCRIPT + png(), NO_IMAGE)
    yield Hostile("gif of letters", b"GIF89a/*" + SCRIPT + b"*/=1;", NO_IMAGE)
    for kind, markup in MARKUP.items():
        for name in ("x.png", "x.svg", "x.jpg"):
            yield Hostile(f"{kind} as {name}", markup, NO_IMAGE, name)


def _laden() -> Iterator[Hostile]:
    """Good images with more on board than pixels."""
    exif = _exif()
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">' + CANARY + b"</x:xmpmeta>"
    for label, make in (("jpeg", jpeg), ("png", png), ("webp", webp)):
        yield Hostile(f"{label} with the place in EXIF", make(exif=exif), IMAGE)
    if HAS_AVIF:
        yield Hostile("avif with the place in EXIF", encoded(picture(), "AVIF", exif=exif, xmp=xmp), IMAGE)
    yield Hostile("jpeg with XMP", jpeg(xmp=xmp), IMAGE)
    yield Hostile("webp with XMP", webp(xmp=xmp), IMAGE)
    yield Hostile("jpeg with a comment", jpeg(comment=CANARY), IMAGE)
    yield Hostile("gif with a comment", _gif_with_comment(CANARY), IMAGE)
    text = PngImagePlugin.PngInfo()
    for key in ("Comment", "XML:com.adobe.xmp", "Raw profile type exif"):
        text.add_text(key, CANARY.decode())
        text.add_itxt(key, CANARY.decode(), zip=True)
    yield Hostile("png with texts", png(pnginfo=text), IMAGE)
    yield Hostile("png with a chunk of its own", _inserted(png(), _chunk(b"caNy", CANARY)), IMAGE)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    yield Hostile("jpeg with a profile", jpeg(icc_profile=profile + CANARY), IMAGE)
    yield Hostile("jpeg with a broken profile", jpeg(icc_profile=b"\xff" * 500 + CANARY), IMAGE)
    yield Hostile("jpeg with IPTC", _jpeg_with(b"\xed", b"Photoshop 3.0\0" + CANARY), IMAGE)
    yield Hostile("jpeg with a broken EXIF", _jpeg_with(b"\xe1", b"Exif\0\0II*\0\xff\xff\xff\x7f" + CANARY), IMAGE)
    thumbnail = b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0" + jpeg() + CANARY
    yield Hostile("jpeg with a thumbnail", _jpeg_with(b"\xe1", thumbnail), IMAGE)


def _damaged() -> Iterator[Hostile]:
    yield Hostile("nothing", b"", {"file_empty"})
    yield Hostile("one byte", b"\x89", NO_IMAGE)
    for label, content in (("png", png()), ("jpeg", jpeg((200, 200))), ("webp", webp()), ("gif", gif())):
        yield Hostile(f"{label} cut to its signature", content[:12], NO_IMAGE)
        yield Hostile(f"{label} cut in half", content[: len(content) // 2], NO_IMAGE)
    yield Hostile("png with a wrong checksum", png()[:30] + b"\0\0\0\0" + png()[34:], NO_IMAGE)
    yield Hostile("png with broken pixels", _png(24, 16, b"\xff" * 99), NO_IMAGE)
    yield Hostile("png with a chunk of 2 GiB declared", png()[:33] + struct.pack(">I", 2**31 - 1) + b"IDATx", NO_IMAGE)
    yield Hostile("png of no size", _png(0, 0, b""), NO_IMAGE)
    yield Hostile("png of unknown depth", _png(8, 8, b"\0" * 99, depth=7), NO_IMAGE)
    yield Hostile("webp of 2 GiB declared", b"RIFF\xff\xff\xff\x7fWEBPVP8 \xff\xff\xff\x7f" + b"\0" * 99, NO_IMAGE)
    yield Hostile("jpeg without tables", b"\xff\xd8\xff\xda" + b"\0" * 99, NO_IMAGE)
    yield Hostile("avif without an image", b"\0\0\0\x1cftypavif" + b"\0" * 99, NO_IMAGE)
    yield Hostile("random bytes behind a signature", b"\xff\xd8\xff\xe0" + bytes(range(256)) * 99, NO_IMAGE)


def _moving() -> Iterator[Hostile]:
    frames = [Image.new("P", (1, 1), number % 2) for number in range(10_000)]
    many = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], optimize=False, duration=20)
    yield Hostile("gif of 10,000 frames", many, {"too_many_frames"})
    yield Hostile("gif of many large frames", _gif_of_large_frames(190), TOO_LARGE)
    yield Hostile("webp of 300 frames", _moving_images("WEBP", 300), {"too_many_frames"})
    yield Hostile("apng of 300 frames", _moving_images("PNG", 300), {"too_many_frames"})
    control = _chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0))
    yield Hostile("apng of 2 G frames declared", _inserted(png(), control), {"too_many_frames"} | NO_IMAGE)
    yield Hostile("moving gif with a comment", gif(frames=3, comment=CANARY), IMAGE)
    yield Hostile("apng", _moving_images("PNG", 5), IMAGE)
    yield Hostile("moving webp with the place", _moving_images("WEBP", 5, exif=_exif(), xmp=CANARY), IMAGE)


def _wrong_files() -> Iterator[Hostile]:
    mismatch = {"file_mismatch"}
    yield Hostile("nothing", b"", {"file_empty"}, "x.txt")
    yield Hostile("text with NUL", b"a\0b", mismatch, "x.txt")
    yield Hostile("text in Latin-1", "é".encode("latin-1"), mismatch, "x.txt")
    yield Hostile("text cut in a letter", b"a" * 70_000 + "é".encode()[:1], mismatch, "x.csv")
    yield Hostile("text with a late NUL", b"a" * 200_000 + b"\0", mismatch, "x.md")
    yield Hostile("gif that is a script", b"GIF89a=1;alert(1)", mismatch, "x.txt")
    yield Hostile("pdf as text", b"%PDF-1.7", mismatch, "x.txt")
    yield Hostile("pdf behind a page", MARKUP["html"] + b"%PDF-1.7", mismatch, "x.pdf")
    yield Hostile("program as pdf", b"MZ\x90\0" + b"\0" * 99, mismatch, "x.pdf")
    yield Hostile("program as zip", b"\x7fELF" + b"\0" * 99, mismatch, "x.zip")
    yield Hostile("png + zip as zip", png() + _zip({"a": b"b"}), mismatch, "x.zip")
    yield Hostile("any zip as docx", _zip({"evil.exe": b"MZ"}), mismatch, "x.docx")
    yield Hostile("docx as odt", _zip({"[Content_Types].xml": b""}), mismatch, "x.odt")
    yield Hostile("image that may hold a place", jpeg(exif=_exif()), {"file_type"}, "x.jpg")
    yield Hostile("riff of another kind", b"RIFF\0\0\0\0AVI ", mismatch, "x.wav")
    yield Hostile("other Matroska as webm", b"\x1a\x45\xdf\xa3matroska", mismatch, "x.webm")


# -- Parts of formats that Pillow would not write like this ----------------------------------------------


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(width: int, height: int, pixels: bytes, *, depth: int = 8) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(pixels)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _inserted(content: bytes, chunk: bytes) -> bytes:
    """A PNG with one more chunk behind its header."""
    return content[:33] + chunk + content[33:]


def _resized_gif(width: int, height: int) -> bytes:
    content = gif()
    return content[:6] + struct.pack("<HH", width, height) + content[10:]


def _gif_with_large_frame() -> bytes:
    content = gif()
    place = content.index(b"\x2c")
    return content[: place + 5] + struct.pack("<HH", 60_000, 60_000) + content[place + 9 :]


def _gif_with_comment(comment: bytes) -> bytes:
    content = gif()
    place = content.index(b"\x2c")
    return content[:place] + b"\x21\xfe" + bytes([len(comment)]) + comment + b"\0" + content[place:]


def _gif_of_large_frames(count: int) -> bytes:
    frames = [Image.new("P", (1000, 1000), number % 2) for number in range(count)]
    return encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], optimize=False, duration=20)


def _moving_images(form: str, count: int, **options: object) -> bytes:
    first, *others = (Image.new("RGB", (8, 8), (number % 256, 0, 0)) for number in range(count))
    return encoded(first, form, save_all=True, append_images=others, duration=20, lossless=True, **options)


def _large_webp() -> bytes:
    """A few bytes whose header opens a canvas of the largest size."""
    data = webp()[12:]
    header = b"VP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + (16_382).to_bytes(3, "little") * 2
    return b"RIFF" + struct.pack("<I", 4 + len(header) + len(data)) + b"WEBP" + header + data


def _resized_jpeg(width: int, height: int) -> bytes:
    content = jpeg()
    place = content.index(b"\xff\xc0") + 5
    return content[:place] + struct.pack(">HH", height, width) + content[place + 4 :]


def _jpeg_of_many_scans(count: int) -> bytes:
    content = jpeg((1000, 1000), progressive=True)
    start = content.rindex(b"\xff\xda")
    return content[:start] + content[start:-2] * count + content[-2:]


def _jpeg_with(marker: bytes, data: bytes) -> bytes:
    content = jpeg()
    return content[:2] + b"\xff" + marker + struct.pack(">H", len(data) + 2) + data + content[2:]


def _resized_avif(width: int, height: int) -> bytes:
    place = AVIF.index(b"ispe") + 8
    return AVIF[:place] + struct.pack(">II", width, height) + AVIF[place + 8 :]


def _zip(members: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def _exif() -> bytes:
    exif = Image.Exif()
    exif[0x010E] = exif[0x013B] = exif[0x9286] = CANARY.decode()
    place = exif.get_ifd(0x8825)
    place.update({1: "N", 2: (48.0, 12.0, 29.0), 3: "E", 4: (16.0, 22.0, 25.0), 29: CANARY.decode()})
    return exif.tobytes()


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for place, made in (("images", images()), ("files", files())):
        (folder / place).mkdir(parents=True, exist_ok=True)
        for number, one in enumerate(made):
            (folder / place / f"{number:03} {one.label.replace('/', '_')}").write_bytes(one.content)
