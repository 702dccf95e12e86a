"""Pixels in, pixels out: decodes one image under limits and writes it anew, without anything that is not a pixel.

Runs in the worker only, and imports Pillow and the standard library only.
"""

from __future__ import annotations

import base64
import io
import warnings
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from PIL import AvifImagePlugin, ExifTags, Image, ImageCms, UnidentifiedImageError, features

# A Pillow that was built without libavif has the plugin all the same.
HAS_AVIF = bool(features.check("avif"))
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", *(("AVIF",) if HAS_AVIF else ()))
MEDIUM_SIDE = 1024
SMALL_SIDE = 320
PLACEHOLDER_SIDE = 16
OPTIONS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 90},
    "PNG": {"compress_level": 3},
    # The quickest method: the slow ones take three times as long for the same size.
    "WEBP": {"quality": 85, "method": 0},
}
# Pixels that were not compressed to a quarter repeat nothing: to look for it is a third of the work, and in vain.
NOISY_SHARE = 1 / 4
NOISY_PNG = {"compress_type": zlib.Z_RLE}
# A photo has ten; each one more goes over every pixel again.
MAX_JPEG_SCANS = 40
# Browsers show a frame without a time of its own this long.
DEFAULT_MILLISECONDS = 100
MAX_LOOPS = 65_535
_GRAY_MODES = ("1", "L", "I")
# What turns a picture upright, by the orientation that its camera noted.
_TURNS: dict[object, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Refused(Exception):
    """The image breaks a rule; the argument is the code of the error."""


class Limits(NamedTuple):
    """How much one image may ask of the worker."""

    pixels: int
    frames: int


class Written(NamedTuple):
    """What there is to know of the images that were written."""

    width: int
    height: int
    format: str
    placeholder: str


class Drawn(NamedTuple):
    """Frames that are pixels alone, how many milliseconds each is shown, and how to write them."""

    frames: list[Image.Image]
    durations: list[int]
    loops: int
    format: str
    is_noisy: bool

    def save(self, target: Path) -> None:
        first, *others = self.frames
        moving = {"append_images": others, "duration": self.durations, "loop": self.loops}
        options = OPTIONS[self.format] | ({"save_all": True} | moving if others else {})
        if self.format == "PNG" and self.is_noisy:
            options |= NOISY_PNG
        first.save(target, self.format, **options)


def rewrite(source: Path, folder: Path, limits: Limits) -> Written:
    """Write ``original``, ``medium`` and ``small`` into ``folder``.

    Raises:
        Refused: no image that is taken, or one beyond the limits.
    """
    Image.MAX_IMAGE_PIXELS = limits.pixels
    if HAS_AVIF:
        # Each thread would reserve memory of its own.
        AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        drawn = _draw(source, limits)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused("too_many_pixels") from error
    except UnidentifiedImageError as error:
        raise Refused("not_an_image") from error
    try:
        drawn.save(folder / "original")
    except (OSError, ValueError) as error:
        # An encoder without memory, or one that would write more than it may.
        raise Refused("image_too_complex") from error
    first = drawn.frames[0]
    return Written(*first.size, drawn.format, _write_thumbnails(first, folder))


def _draw(source: Path, limits: Limits) -> Drawn:
    """The image as it is to look. What its decoder holds is free again once this returns."""
    with Image.open(source, formats=FORMATS) as image:
        if image.format in ("JPEG", "MPO"):
            _check_scans(source)
        frames, durations = _read(image, limits)
        loops = min(int(image.info.get("loop", 1)), MAX_LOOPS)
        raw = sum(frame.width * frame.height * len(frame.getbands()) for frame in frames)
        is_noisy = source.stat().st_size > raw * NOISY_SHARE
        return Drawn(frames, durations, loops, _output_format(image.format, frames), is_noisy)


def _check_scans(source: Path) -> None:
    # Compressed data never holds these two bytes in a row: 0xff is followed by a zero there.
    if source.read_bytes().count(b"\xff\xda") > MAX_JPEG_SCANS:
        raise Refused("image_too_complex")


def _read(image: Image.Image, limits: Limits) -> tuple[list[Image.Image], list[int]]:
    """The frames as they are to look, and how many milliseconds each is shown."""
    frames: list[Image.Image] = []
    durations: list[int] = []
    for frame in _frames(image, limits):
        if frames and frame.size != frames[0].size:
            raise Refused("not_an_image")
        durations.append(int(image.info.get("duration") or DEFAULT_MILLISECONDS))
        frames.append(_plain(frame))
    return frames, durations


def _frames(image: Image.Image, limits: Limits) -> Iterator[Image.Image]:
    """Each frame in turn, the size checked before it is decoded. Of the pictures in one JPEG, the first."""
    is_moving = image.format not in ("JPEG", "MPO")
    if is_moving and image.format != "GIF" and getattr(image, "n_frames", 1) > limits.frames:
        raise Refused("too_many_frames")
    number = 0
    while number == 0 or is_moving:
        try:
            image.seek(number)
        except EOFError:
            return
        number += 1
        if number > limits.frames:
            raise Refused("too_many_frames")
        if image.width * image.height * number > limits.pixels:
            raise Refused("too_many_pixels")
        image.load()
        yield image


def _plain(frame: Image.Image) -> Image.Image:
    """The frame upright in gray, RGB or RGBA of 8 bits, in the colours of the web, and nothing attached to it."""
    profile = frame.info.get("icc_profile")
    turn = _TURNS.get(_orientation(frame))
    frame = frame.transpose(turn) if turn is not None else frame
    if frame.mode.startswith("I"):
        # 16 bits of gray: the upper 8.
        frame = frame.convert("I").point(lambda value: value / 256)
    mode = "RGBA" if frame.has_transparency_data else "L" if frame.mode in _GRAY_MODES else "RGB"
    plain = frame if frame.mode == "CMYK" and profile else frame.convert(mode)
    if profile and mode != "L":
        plain = _in_srgb(plain, profile, mode)
    plain.info = {}
    return plain


def _orientation(frame: Image.Image) -> object:
    """How the camera was held; 1 where that cannot be read."""
    with suppress(Exception):
        return frame.getexif().get(ExifTags.Base.Orientation, 1)
    return 1


def _in_srgb(frame: Image.Image, profile: bytes, mode: str) -> Image.Image:
    """The colours that the image's own profile means; a profile that cannot be used is ignored."""
    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" not in ImageCms.getProfileDescription(given) or frame.mode == "CMYK":
            frame = ImageCms.profileToProfile(frame, given, ImageCms.createProfile("sRGB"), outputMode=mode) or frame
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        pass
    return frame.convert(mode)


def _output_format(given: str | None, frames: list[Image.Image]) -> str:
    """What moves becomes WebP; JPEG, PNG and WebP stay; a still GIF becomes PNG, an AVIF what shows it best."""
    if len(frames) > 1:
        return "WEBP"
    if given == "AVIF":
        return "WEBP" if frames[0].mode == "RGBA" else "JPEG"
    return {"MPO": "JPEG", "JPEG": "JPEG", "WEBP": "WEBP"}.get(given or "", "PNG")


def _write_thumbnails(image: Image.Image, folder: Path) -> str:
    """Write the smaller images, each made from the next larger, and return the smallest as text."""
    for name, side in (("medium", MEDIUM_SIDE), ("small", SMALL_SIDE)):
        image = image.copy()
        image.thumbnail((side, side), reducing_gap=2.0)
        image.save(folder / name, "WEBP", quality=80, method=2)
    image.thumbnail((PLACEHOLDER_SIDE, PLACEHOLDER_SIDE))
    placeholder = io.BytesIO()
    image.save(placeholder, "WEBP", quality=50)
    return base64.b64encode(placeholder.getvalue()).decode()
