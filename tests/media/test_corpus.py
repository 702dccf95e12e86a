"""Hostile uploads: each is refused with a clear code, or becomes an image that holds nothing but pixels."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from PIL import Image

from df_chat.adapter import get_adapter
from df_chat.exceptions import Invalid
from df_chat.media.images import process_image
from df_chat.media.signatures import inspect_file
from tests.media import corpus
from tests.media.images import upload
from tests.media.worker_probe import Probe, temporary_folders

pytestmark = pytest.mark.once

# Of the processor, for one image; two are wanted, and machines differ.
MAX_SECONDS = 8
MAX_MEMORY = 512 * 2**20
TRACES = (corpus.CANARY, corpus.SCRIPT, b"Exif", b"EXIF", b"xmpmeta", b"ICCP", b"iCCP", b"Photoshop", b"<?php", b"%PDF")


class Outcome(NamedTuple):
    hostile: corpus.Hostile
    code: str | None
    words: str
    seconds: float
    parts: dict[str, bytes]
    worker: dict[str, Any] | None


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """The whole corpus, sent once."""
    folder = tmp_path_factory.mktemp("corpus")
    with pytest.MonkeyPatch.context() as patch:
        probe = Probe(tmp_path_factory.mktemp("probe"), patch)
        # However busy the machine is: none is to end for that.
        patch.setattr("df_chat.media.images.WORKER_SECONDS", 60)
        patch.setattr("django.conf.settings.FILE_UPLOAD_TEMP_DIR", str(folder))
        sent = [_send(hostile, probe) for hostile in corpus.images()]
    assert temporary_folders(folder) == []
    return sent


def test_each_is_refused_as_it_should_be_or_becomes_an_image(outcomes):
    assert len(outcomes) >= 100
    wrong = {
        one.hostile.label: one.code
        for one in outcomes
        if one.code not in ({None} if one.hostile.outcome == corpus.IMAGE else one.hostile.outcome)
    }
    assert wrong == {}


def test_refusals_are_told_in_words_without_a_trace_of_the_decoder(outcomes):
    refused = [one for one in outcomes if one.code]
    assert len(refused) >= 70
    unworded = get_adapter().error_message(Invalid("invalid"))
    for one in refused:
        assert one.words not in ("", unworded), one.hostile.label
        assert not any(trace in one.words for trace in ("%", "Error", "/", "PIL")), one.words


def test_nothing_but_pixels_comes_out(outcomes):
    inert = {one.hostile.label: one.parts for one in outcomes if one.parts}
    assert len(inert) >= 20
    found = [
        (label, name, trace)
        for label, parts in inert.items()
        for name, part in parts.items()
        for trace in TRACES
        if trace in part
    ]
    assert found == []


def test_what_comes_out_is_a_whole_image_of_our_own_formats(outcomes, tmp_path):
    for one in outcomes:
        for name, part in one.parts.items():
            path = tmp_path / "part"
            path.write_bytes(part)
            with Image.open(path, formats=["PNG", "JPEG", "WEBP"]) as image:
                image.load()
                kept = {"exif", "xmp", "icc_profile", "comment", "photoshop"} & set(image.info)
                assert not kept, (one.hostile.label, name)


def test_each_is_done_in_time_and_memory(outcomes):
    slow = {one.hostile.label: one.seconds for one in outcomes if one.seconds > MAX_SECONDS}
    large = {label: worker["memory"] for label, worker in _workers(outcomes).items() if worker["memory"] > MAX_MEMORY}
    assert (slow, large) == ({}, {})


def test_no_worker_writes_outside_its_folder_or_starts_anything(outcomes):
    for label, worker in _workers(outcomes).items():
        folder = Path(worker["argv"][1])
        assert folder / "result.json" in map(Path, worker["written"]), label
        assert [path for path in worker["written"] if not Path(path).is_relative_to(folder)] == [], label
        assert worker["others"] == [], label


@pytest.mark.parametrize("hostile", list(corpus.files()), ids=lambda hostile: f"{hostile.label} {hostile.name}")
def test_files_are_refused(hostile):
    with pytest.raises(Invalid) as refusal:
        inspect_file(upload(hostile.content, hostile.name), name=hostile.name)
    assert refusal.value.code in hostile.outcome
    assert refusal.value.attr == "file"


def _send(hostile: corpus.Hostile, probe: Probe) -> Outcome:
    probe.forget()
    code, words, parts = None, "", {}
    started = time.monotonic()
    try:
        with process_image(upload(hostile.content, hostile.name)) as done:
            parts = {path.name: path.read_bytes() for path in (done.original, done.medium, done.small)}
    except Invalid as error:
        code, words = error.code, get_adapter().error_message(error)
    report = probe.report() if probe.report_path.exists() else None
    # Without a worker's report there was no worker, or it was killed: its time is that of the clock.
    seconds = time.monotonic() - started if report is None else report["seconds"]
    return Outcome(hostile, code, words, seconds, parts, report)


def _workers(outcomes: list[Outcome]) -> dict[str, dict[str, Any]]:
    """The reports of those that came as far as a worker."""
    reports = {one.hostile.label: one.worker for one in outcomes if one.worker is not None}
    assert len(reports) >= 50
    return reports
