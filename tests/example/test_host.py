"""The example runs as in production, configured by its environment alone."""

from __future__ import annotations

import pytest
from websockets.exceptions import ConnectionClosed

from tests.example.host import RECEIVE_SECONDS, hear

pytestmark = pytest.mark.host


def test_strangers_are_sent_to_the_login(example):
    with example.http() as client:
        answer = client.get("/chat/")
        assert answer.status_code == 302
        assert answer.headers["location"].startswith("/accounts/login/")


def test_strangers_hear_nothing_on_a_socket(example):
    with example.socket() as socket:
        assert hear(socket) == {"type": "authenticate", "within": 5}
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=RECEIVE_SECONDS)
    assert closed.value.rcvd.code == 4401


def test_debug_is_off_unless_asked_for(example):
    with example.http() as client:
        answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert "Using the URLconf" not in answer.text
