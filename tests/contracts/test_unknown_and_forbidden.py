"""Whoever may not know of a room cannot tell it from one that does not exist: not by the answer, nor by its time."""

from __future__ import annotations

import statistics
import time
import uuid

import pytest

ROUNDS = 60
# By the difference of medians, in seconds.
MOST = 0.010

pytestmark = pytest.mark.django_db


def ask(client, room_id):
    began = time.perf_counter()
    answer = client.get(f"/api/v1/chat/rooms/{room_id}/messages/")
    return time.perf_counter() - began, answer


def test_they_look_the_same_and_take_as_long(client, people, room):
    client.force_login(people.cleo)
    unknown, forbidden = [], []
    for _ in range(ROUNDS):
        seconds, answer = ask(client, uuid.uuid4())
        unknown.append(seconds)
        seconds, other = ask(client, room.pk)
        forbidden.append(seconds)
        assert (answer.status_code, answer.json(), dict(answer.headers)) == (404, other.json(), dict(other.headers))
    assert abs(statistics.median(unknown) - statistics.median(forbidden)) < MOST
