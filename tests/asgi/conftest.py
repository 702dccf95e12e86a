"""Sockets hear of presence only where a test is about it: it comes from a thread, whenever it comes."""

from __future__ import annotations

import pytest

from df_chat.actions import presence


@pytest.fixture(autouse=True)
def quiet_presence(request, monkeypatch):
    if not request.module.__name__.endswith("test_presence"):
        monkeypatch.setattr(presence, "_tell", lambda *args, **kwargs: None)
