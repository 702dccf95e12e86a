from __future__ import annotations

import pytest

from tests.media.worker_probe import Probe


@pytest.fixture
def uploads(settings, tmp_path):
    """The folder for temporary files, empty and of this test alone."""
    folder = tmp_path / "uploads"
    folder.mkdir()
    settings.FILE_UPLOAD_TEMP_DIR = str(folder)
    return folder


@pytest.fixture
def probe(tmp_path, monkeypatch):
    folder = tmp_path / "probe"
    folder.mkdir()
    return Probe(folder, monkeypatch)
