"""The process that decodes one image and ends: ``python -m df_chat.media.worker <folder> <pixels> <frames> <seconds>``.

It reads ``source`` in the folder and writes ``original``, ``medium``, ``small`` and ``result.json`` there. Decoders
of images are large and fed by strangers: whatever goes wrong in one, it ends with this process, which may use little
memory and time, opens few files, and starts nothing.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

try:
    import resource
except ImportError:  # Windows has no limits of this kind; the pixels, frames and the time remain.
    resource = None  # type: ignore[assignment]

MEMORY_BYTES = 512 * 2**20
WRITTEN_BYTES = 64 * 2**20
OPEN_FILES = 32


def main(folder: Path, pixels: int, frames: int, seconds: int) -> None:
    """Take the limits, then load Pillow and do the work."""
    limit_resources(seconds)
    from df_chat.media import pictures

    try:
        written = pictures.rewrite(folder / "source", folder, pictures.Limits(pixels, frames))
    except pictures.Refused as refusal:
        _report(folder, {"error": str(refusal)})
    except MemoryError:
        _report(folder, {"error": "image_too_complex"})
    except Exception as error:
        # Decoders raise whatever they like on a damaged image; the log of the parent shows it.
        _report(folder, {"error": "not_an_image", "reason": f"{type(error).__name__}: {error}"[:200]})
    else:
        _report(folder, written._asdict())


def limit_resources(seconds: int) -> None:
    """Let the kernel end this process before it can hurt the others."""
    if resource is None:
        return
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: WRITTEN_BYTES,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_AS: MEMORY_BYTES,
    }
    for limit, value in limits.items():
        # macOS knows some of these by name only.
        with suppress(*(() if sys.platform == "linux" else (ValueError, OSError))):
            resource.setrlimit(limit, (value, value))


def _report(folder: Path, result: dict[str, Any]) -> None:
    (folder / "result.json").write_text(json.dumps(result))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:5]))
