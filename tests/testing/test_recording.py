"""What the recording fixtures hear, and what they do not."""

from __future__ import annotations

import pytest
from django.db import transaction

from df_chat import actions
from df_chat.streams.outbox import get_publisher
from df_chat.testing import RecordingPublisher, make_room, send

pytestmark = pytest.mark.django_db


def test_events_are_sorted_by_stream(chat_room, chat_users, chat_publisher, chat_commit):
    assert isinstance(chat_publisher, RecordingPublisher)
    assert chat_publisher is get_publisher()
    with chat_commit():
        other = make_room(chat_users.owner)
        send(chat_room, chat_users.member, "hi")
        actions.mark_seen(actor=chat_users.owner, room_id=chat_room.pk, up_to=99)
    assert [event.prev for event in chat_publisher.of(chat_room)] == [3]
    assert len(chat_publisher.of(other)) == 1
    assert [list(event.parts) for event in chat_publisher.of(chat_users.owner)] == [["memberships"]] * 2
    assert chat_publisher.of(chat_room.stream_name) == chat_publisher.of(chat_room)
    chat_publisher.clear()
    chat_publisher.tell("typing")
    assert chat_publisher.live == ["typing"]
    chat_publisher.clear()
    assert chat_publisher.events == chat_publisher.live == []


def test_what_is_rolled_back_is_not_heard(chat_room, chat_users, chat_events, chat_commit):
    with chat_commit():
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            send(chat_room, chat_users.owner, "lost")
            _ = 1 / 0
        send(chat_room, chat_users.owner, "kept")
    (event,) = chat_events.of(chat_room)
    assert [message["body"] for message in event.parts["messages"]] == ["kept"]


@pytest.mark.django_db(transaction=True)
def test_where_tests_commit_nothing_has_to_be_said(chat_room, chat_users, chat_events, chat_commit):
    chat_events.clear()
    send(chat_room, chat_users.owner, "one")
    with chat_commit():
        send(chat_room, chat_users.owner, "two")
    assert len(chat_events.of(chat_room)) == 2
