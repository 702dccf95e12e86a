"""The profile ``mysql`` of compose.yaml, carried out without containers; collected where the tests run on MySQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from df_chat.testing import ChatClient
from tests.example.deployment import MAKE_PEOPLE, NAMES, PASSWORD, serving_compose


@pytest.fixture
def base(tmp_path: Path, django_db_blocker: Any) -> Iterator[str]:
    # Without Redis between them, one worker has to do.
    names = NAMES | {"COMPOSE_PROFILES": "mysql", "WEB_CONCURRENCY": "1"}
    with django_db_blocker.unblock(), serving_compose(tmp_path, **names) as (host, _):
        host.manage("shell", "--verbosity", "0", "-c", MAKE_PEOPLE)
        yield host.base


async def test_two_people_chat_on_the_other_database(base):
    async with (
        await ChatClient.login(base, "ada", PASSWORD) as ada,
        await ChatClient.login(base, "ben", PASSWORD) as ben,
    ):
        await ben.settled()
        room = await ada.request("POST", "rooms/", {"title": "Lunch 🍜", "user_ids": [int(ben.user_id)]})
        await ada.settled()
        await ada.send(room["id"], "Who is hungry? 🍕")
        await ben.settled()
        assert [message["body"] for message in ben.messages(room["id"])][-1] == "Who is hungry? 🍕"
