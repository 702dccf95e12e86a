"""Frames of clients: commands or refusals, nothing else."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from df_chat.asgi.protocol import Command, FrameError, parse_frame

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def parse(text):
    return parse_frame(text, max_bytes=65_536)


def test_a_command_is_read():
    frame = '{"action": "send_message", "request_id": 7, "body": "hi"}'
    assert parse(frame) == Command("send_message", 7, {"body": "hi"})


@pytest.mark.parametrize("request_id", ["x", 0, -5, 2**53 - 1, None])
def test_request_ids_come_back_as_they_were(request_id):
    assert parse(json.dumps({"action": "a", "request_id": request_id})).request_id == request_id


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (None, "binary_frame"),
        ("", "not_json"),
        ("not json", "not_json"),
        ("[" * 100_000, "frame_too_large"),
        ("[" * 60_000, "not_json"),
        ('{"a":' * 5_000, "not_json"),
        ('{"action": "a", "n": NaN}', "not_json"),
        ('{"action": "a", "n": ' + "9" * 5_000 + "}", "not_json"),
        ("[]", "not_an_object"),
        ("null", "not_an_object"),
        ("5", "not_an_object"),
        ("{}", "no_action"),
        ('{"action": ["x"]}', "no_action"),
        ('{"action": null}', "no_action"),
        ('{"action": "a", "request_id": []}', "bad_request_id"),
        ('{"action": "a", "request_id": true}', "bad_request_id"),
        ('{"action": "a", "request_id": 1.5}', "bad_request_id"),
        ('{"action": "a", "request_id": 99999999999999999999}', "bad_request_id"),
        (json.dumps({"action": "a", "request_id": "x" * 65}), "bad_request_id"),
        ("é" * 40_000, "frame_too_large"),
    ],
)
def test_everything_else_is_refused_by_name(frame, code):
    with pytest.raises(FrameError) as error:
        parse(frame)
    assert error.value.code == code


@given(JSON)
def test_any_json_is_a_command_or_a_refusal(value):
    with contextlib.suppress(FrameError):
        assert isinstance(parse(json.dumps(value)), Command)


@given(st.text())
def test_any_text_is_a_command_or_a_refusal(text):
    with contextlib.suppress(FrameError):
        assert isinstance(parse(text), Command)
