"""The chat works with nothing set. Run by tests/projects/test_projects.py, in a process of its own."""

from __future__ import annotations

import sys

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import run_checks
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db


def test_nothing_is_set_and_the_checks_are_content():
    assert not hasattr(settings, "DF_CHAT")
    assert run_checks() == []


def test_a_message_is_sent_and_read():
    make = get_user_model().objects.create_user
    client = APIClient()
    client.force_authenticate(make("ada"))
    room = client.post("/api/v1/chat/rooms/", {"title": "r"}, format="json").json()
    url = f"/api/v1/chat/rooms/{room['id']}/messages/"
    assert client.post(url, {"body": "hi"}, format="json").status_code == 201
    assert client.get(url).json()["results"][0]["body"] == "hi"


def test_nothing_optional_is_imported():
    optional = {"channels_redis", "redis", "drf_spectacular", "rest_framework_simplejwt", "daphne"}
    assert not optional & {name.split(".")[0] for name in sys.modules}
