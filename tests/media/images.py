"""Small valid images and files, made quickly: ``upload(png())`` is what a form or an action takes."""

from __future__ import annotations

import base64
import io
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

SIZE = (24, 16)
# picture() as AVIF, which older versions of Pillow cannot write.
AVIF = base64.b64decode(
    "AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUIAAADrbWV0YQAAAAAAAAAhaGRscgAAAAAAAAAAcGljdAAAAAAAAAAAAAAAAAAAAAAOcG"
    "l0bQAAAAAAAQAAAB5pbG9jAAAAAEQAAAEAAQAAAAEAAAETAAAAMwAAAChpaW5mAAAAAAABAAAAGmluZmUCAAAAAAEAAGF2MDFDb2xvcgAAAABq"
    "aXBycAAAAEtpcGNvAAAAFGlzcGUAAAAAAAAAGAAAABAAAAAQcGl4aQAAAAADCAgIAAAADGF2MUOBAAwAAAAAE2NvbHJuY2x4AAEADQAGgAAAAB"
    "dpcG1hAAAAAAAAAAEAAQQBAoMEAAAAO21kYXQSAAoJGBDv7RAQ0GhAMiREQGqQAB5AAIDkjjc3EyQDySatAeepK/gAJM+hH1hb+AnjHXA="
)


def encoded(image: Image.Image, form: str, **options: Any) -> bytes:
    target = io.BytesIO()
    image.save(target, form, **options)
    return target.getvalue()


def picture(size: tuple[int, int] = SIZE, mode: str = "RGB") -> Image.Image:
    """An image whose four corners differ, so that turning or mirroring shows: red, green, blue, white."""
    width, height = size
    image = Image.new("RGB", size, "white")
    image.paste("red", (0, 0, width // 2, height // 2))
    image.paste("lime", (width // 2, 0, width, height // 2))
    image.paste("blue", (0, height // 2, width // 2, height))
    return image.convert(mode)


def png(size: tuple[int, int] = SIZE, **options: Any) -> bytes:
    return encoded(picture(size), "PNG", **options)


def jpeg(size: tuple[int, int] = SIZE, **options: Any) -> bytes:
    return encoded(picture(size), "JPEG", **{"quality": 95, "subsampling": 0} | options)


def webp(size: tuple[int, int] = SIZE, **options: Any) -> bytes:
    return encoded(picture(size), "WEBP", **{"lossless": True} | options)


def gif(size: tuple[int, int] = SIZE, *, frames: int = 1, **options: Any) -> bytes:
    """A GIF; with several frames it moves: each is turned against the one before."""
    first, *others = (picture(size).rotate(90 * number) for number in range(frames))
    moving = {"save_all": True, "append_images": others, "duration": 100, "loop": 0} if others else {}
    return encoded(first, "GIF", **moving | options)


def upload(content: bytes, name: str = "picture.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)
