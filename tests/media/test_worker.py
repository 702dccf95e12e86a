"""The worker can neither stay, nor grow, nor leave anything behind; and there are never too many."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest
from PIL import Image

from df_chat.exceptions import Busy, Invalid
from df_chat.media import images as media_images
from df_chat.media import places
from df_chat.media.images import process_image
from tests.media import images
from tests.media.images import encoded, upload
from tests.media.worker_probe import temporary_folders

pytestmark = pytest.mark.once


@pytest.mark.parametrize("code", ["import time; time.sleep(60)", "while True: pass"])
def test_a_worker_that_hangs_is_killed(uploads, probe, monkeypatch, code):
    monkeypatch.setattr(media_images, "WORKER_SECONDS", 1)
    probe.run_first(code)
    started = time.monotonic()
    assert refusal(images.png()) == "image_too_complex"
    # It would have gone on for a minute, or for ever.
    assert time.monotonic() - started < 30
    assert temporary_folders(uploads) == []
    assert workers() == []


def test_a_worker_that_outlives_its_parent_ends_by_itself():
    done = run("from df_chat.media import worker\nworker.limit_resources(1)\nwhile True: pass")
    assert -done.returncode in (signal.SIGXCPU, signal.SIGKILL)


@pytest.mark.parametrize("code", ["import os; os.abort()", "import os; os._exit(3)", "raise SystemExit(1)"])
def test_a_worker_that_dies_is_a_refusal(uploads, probe, caplog, code):
    probe.run_first(code)
    assert refusal(images.png()) == "image_too_complex"
    assert temporary_folders(uploads) == []
    assert "The image worker ended with" in caplog.text


def test_memory_ends_at_its_limit_even_where_the_host_allows_huge_images(settings, uploads):
    settings.DF_CHAT = {"MAX_IMAGE_PIXELS": 400_000_000}
    with process_image(upload(encoded(Image.new("L", (5_000, 5_000)), "PNG"))):
        pass
    assert refusal(encoded(Image.new("L", (18_000, 18_000)), "PNG")) == "image_too_complex"


def test_an_image_that_would_fill_the_disk_is_refused(tmp_path):
    (tmp_path / "source").write_bytes(encoded(Image.effect_noise((200, 200), 90), "PNG"))
    code = f"""
from pathlib import Path
from df_chat.media import worker
worker.WRITTEN_BYTES = 10_000
worker.main(Path({str(tmp_path)!r}), 20_000_000, 200, 10)
"""
    run(code)
    assert json.loads((tmp_path / "result.json").read_text()) == {"error": "image_too_complex"}
    assert not (tmp_path / "original").exists()


def test_the_worker_knows_nothing_of_the_host(uploads, probe, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "secret")
    with process_image(upload(images.png(), name="name-of-the-client.png")):
        report = probe.report()
    assert "SECRET_KEY" not in report["environment"]
    assert "name-of-the-client" not in str(report["argv"])
    loaded = {module.partition(".")[0] for module in report["modules"]}
    assert "PIL" in loaded
    assert not loaded & {"django", "rest_framework", "channels", "numpy"}
    assert report["others"] == []


def test_files_are_there_within_the_context_and_gone_after_it(uploads):
    with process_image(upload(images.png())) as done:
        assert done.original.is_relative_to(uploads)
        assert all(path.is_file() for path in (done.original, done.medium, done.small))
    assert list(uploads.iterdir()) == []
    with pytest.raises(RuntimeError), process_image(upload(images.png())):
        raise RuntimeError
    assert list(uploads.iterdir()) == []


def test_what_a_killed_process_left_is_deleted_by_the_next_upload(uploads):
    for name, age in (("old", 2 * media_images.LEFT_SECONDS), ("new", 1)):
        left = uploads / f"{media_images.FOLDER_PREFIX}{name}"
        left.mkdir()
        (left / "source").write_bytes(b"x")
        os.utime(left, (time.time() - age,) * 2)
    with process_image(upload(images.png())):
        pass
    assert [path.name for path in uploads.iterdir()] == [f"{media_images.FOLDER_PREFIX}new"]


def test_only_so_many_workers_run_at_once(settings, uploads, probe):
    settings.DF_CHAT = {"MAX_IMAGE_WORKERS": 2}
    probe.run_first("import time; time.sleep(1)")
    most, done = 0, []
    threads = [threading.Thread(target=lambda: done.append(refusal(images.png()))) for _ in range(5)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        most = max(most, len(workers()))
        time.sleep(0.02)
    assert most == 2
    assert done == [None] * 5


def test_who_waits_too_long_is_asked_to_try_again(settings, uploads, monkeypatch):
    settings.DF_CHAT = {"MAX_IMAGE_WORKERS": 1}
    monkeypatch.setattr(places, "WAIT_SECONDS", 0.1)
    with media_images.WORKERS.one(), pytest.raises(Busy) as busy, process_image(upload(images.png())):
        pass
    assert busy.value.code == "images_busy"
    assert list(uploads.iterdir()) == []
    # The place is free again, also after refusals.
    assert [refusal(b"x"), refusal(images.png()[:40]), refusal(images.png())] == ["not_an_image"] * 2 + [None]


def test_the_uploading_process_does_not_grow(uploads):
    content = encoded(Image.effect_noise((2500, 2500), 60), "JPEG", quality=90)
    file = upload(content)
    with process_image(file):
        pass
    before = psutil.Process().memory_info().rss
    for _ in range(3):
        with process_image(file):
            pass
    assert psutil.Process().memory_info().rss - before < 5 * 2**20


def test_a_file_of_two_gigabytes_is_refused_unread(uploads, tmp_path):
    class Sparse(io.FileIO):
        def read(self, size: int = -1) -> bytes:
            raise AssertionError("read")

    path = tmp_path / "huge.png"
    with path.open("wb") as target:
        target.truncate(2**31)
    with Sparse(path) as raw:
        file = upload(b"")
        file.file = raw
        with pytest.raises(Invalid) as error, process_image(file):
            pass
    assert (error.value.code, error.value.params) == ("file_too_large", {"max_megabytes": "10"})


def workers() -> list[psutil.Process]:
    """Those of this process; servers of other tests may run beside them."""
    found = []
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.Error):
            if "df_chat.media.worker" in child.cmdline():
                found.append(child)
    return found


def run(code: str) -> subprocess.CompletedProcess[bytes]:
    """Python as the worker gets it."""
    return subprocess.run([sys.executable, "-B", "-c", code], env=media_images._environment(), timeout=60, check=False)


def refusal(content: bytes) -> str | None:
    """The code that an image is refused with; None for one that is taken."""
    try:
        with process_image(upload(content)):
            return None
    except Invalid as error:
        return error.code
