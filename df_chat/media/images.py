"""Images of strangers, decoded and written anew in a process of their own.

This process never decodes one: it hands a file to the worker (``df_chat.media.worker``) and takes files back.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.spawn import get_executable
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.core.files.base import File

from df_chat.exceptions import Invalid
from df_chat.media.names import clean_name, with_extension
from df_chat.media.places import Places
from df_chat.media.signatures import head_of, image_kind, measure
from df_chat.settings import chat_settings

logger = logging.getLogger(__name__)

# Seconds one image may take, of the clock and of the processor.
WORKER_SECONDS = 10
# Of those that wait for a worker.
WORKERS = Places("MAX_IMAGE_WORKERS", "images_busy")
FOLDER_PREFIX = "df_chat-image-"
# A folder this old is nobody's: storing what it holds took less.
LEFT_SECONDS = 3600
THUMBNAIL_TYPE = "image/webp"
TYPES = {"JPEG": ("image/jpeg", "jpg"), "PNG": ("image/png", "png"), "WEBP": ("image/webp", "webp")}
REFUSALS = frozenset({"not_an_image", "too_many_pixels", "too_many_frames", "image_too_complex"})
MAX_RESULT_BYTES = 4096
_PLACEHOLDER = re.compile(r"[A-Za-z0-9+/]{1,1500}={0,2}")
# What the interpreter itself may need; nothing of the host's secrets.
_KEPT_ENVIRONMENT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME", "SYSTEMROOT")


class ProcessedImage(NamedTuple):
    """An image of our own writing. The files are gone when the context ends; thumbnails are ``THUMBNAIL_TYPE``."""

    original: Path
    medium: Path
    small: Path
    width: int
    height: int
    name: str
    content_type: str
    placeholder: str
    size: int


@contextmanager
def process_image(file: File[Any], *, attr: str = "image") -> Iterator[ProcessedImage]:
    """The upload as a harmless image: upright, without metadata, with two thumbnails and a placeholder.

    Raises:
        Invalid: no image, damaged, or beyond a limit.
        Busy: too many images are being decoded just now.
    """
    measure(file, max_bytes=chat_settings.MAX_IMAGE_BYTES, attr=attr)
    if image_kind(head_of(file)) is None:
        raise Invalid("not_an_image", attr=attr)
    _sweep()
    with tempfile.TemporaryDirectory(prefix=FOLDER_PREFIX, dir=settings.FILE_UPLOAD_TEMP_DIR) as name:
        folder = Path(name)
        with (folder / "source").open("wb") as source:
            for chunk in file.chunks():
                source.write(chunk)
        file.seek(0)
        with WORKERS.one():
            _run_worker(folder, attr)
        yield _processed(folder, _result(folder, attr), file.name)


def _sweep() -> None:
    """Delete what processes left behind that were killed in the middle."""
    parent = Path(settings.FILE_UPLOAD_TEMP_DIR or tempfile.gettempdir())
    for left in parent.glob(f"{FOLDER_PREFIX}*"):
        with suppress(OSError):
            if left.stat().st_mtime < time.time() - LEFT_SECONDS:
                shutil.rmtree(left, ignore_errors=True)


def _run_worker(folder: Path, attr: str) -> None:
    """Run the worker to its end, which comes by force when it takes too long."""
    limits = (chat_settings.MAX_IMAGE_PIXELS, chat_settings.MAX_IMAGE_FRAMES, WORKER_SECONDS)
    # -P: no module of the client's folder; -B: compiled code, cut off at the limit of what may be written, would stay.
    command = [get_executable(), "-P", "-B", "-m", "df_chat.media.worker", str(folder), *map(str, limits)]
    with (folder / "errors").open("wb") as errors:
        try:
            # Never a pipe: what the worker writes must not pile up in here.
            done = subprocess.run(  # noqa: S603  # our own module, and no word of the client's
                command,
                cwd=folder,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                timeout=WORKER_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise Invalid("image_too_complex", attr=attr) from error
    if done.returncode:
        logger.warning("The image worker ended with %s: %s", done.returncode, _tail(folder / "errors"))
        raise Invalid("image_too_complex", attr=attr)


def _environment() -> dict[str, str]:
    kept = {key: os.environ[key] for key in _KEPT_ENVIRONMENT if key in os.environ}
    return {**kept, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}


def _result(folder: Path, attr: str) -> dict[str, Any]:
    """What the worker reported. It met a stranger's file: nothing it says is believed unseen."""
    with (folder / "result.json").open("rb") as report:
        result: dict[str, Any] = json.loads(report.read(MAX_RESULT_BYTES))
    code = result.get("error")
    if code is not None:
        limits = {"max_pixels": chat_settings.MAX_IMAGE_PIXELS, "max_frames": chat_settings.MAX_IMAGE_FRAMES}
        logger.info("An image was refused: %s %s", code, result.get("reason", ""))
        raise Invalid(code if code in REFUSALS else "not_an_image", attr=attr, **limits)
    return result


def _processed(folder: Path, result: dict[str, Any], name: str | None) -> ProcessedImage:
    content_type, extension = TYPES[result["format"]]
    placeholder = result["placeholder"]
    if not _PLACEHOLDER.fullmatch(placeholder):
        raise ValueError("The image worker reported no placeholder.")
    original, medium, small = (folder / part for part in ("original", "medium", "small"))
    return ProcessedImage(
        original,
        medium,
        small,
        int(result["width"]),
        int(result["height"]),
        with_extension(clean_name(name), extension),
        content_type,
        placeholder,
        sum(path.stat().st_size for path in (original, medium, small)),
    )


def _tail(path: Path) -> str:
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - 1000))
        return log.read().decode(errors="replace")
