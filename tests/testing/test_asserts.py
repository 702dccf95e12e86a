"""``assert_converged`` is content with what is equal, and names what is not."""

from __future__ import annotations

import itertools
import json
from types import SimpleNamespace
from typing import Any

import pytest

from df_chat import actions
from df_chat.models import Stream
from df_chat.streams.events import to_json
from df_chat.sync import read_snapshot
from df_chat.testing import assert_converged, make_room, send
from df_chat.testing.replica import Replica

pytestmark = pytest.mark.django_db


def client_of(user: Any, *rooms: Any) -> Any:
    """What the assertion needs of a client, holding these rooms as they are now."""
    held = {}
    for room in rooms:
        replica = held[str(room.pk)] = Replica(room.stream_name, itertools.count())
        replica.snapshot_landed(json.loads(to_json(read_snapshot(user, room.pk))))
    return SimpleNamespace(user_id=str(user.pk), rooms=held)


def test_equal_views_converge(chat_room, chat_users):
    message = send(chat_room, chat_users.owner, "one")
    send(chat_room, chat_users.member, "two")
    actions.react(actor=chat_users.owner, room_id=chat_room.pk, message_id=message.pk, emoji="👍")
    actions.delete_message(actor=None, room_id=chat_room.pk, message_id=send(chat_room, body="gone").pk)
    assert_converged(*(client_of(user, chat_room) for user in chat_users[:2]))


def test_a_window_counts_from_its_oldest_message(chat_room, chat_users):
    for number in range(60):
        send(chat_room, chat_users.owner, f"{number}")
    client = client_of(chat_users.owner, chat_room)
    (replica,) = client.rooms.values()
    assert len(replica.objects.messages()) == 50
    assert_converged(client)


def test_each_difference_is_a_line(chat_room, chat_users):
    fresh = client_of(chat_users.owner, chat_room)
    send(chat_room, chat_users.owner, "unheard")
    with pytest.raises(AssertionError) as failure:
        assert_converged(fresh)
    lines = str(failure.value).splitlines()
    assert lines[0] == f"{chat_users.owner} in room {chat_room.pk}:"
    assert {"-version 4", "+version 3"} <= set(lines)
    (message,) = (line for line in lines if line.startswith("-messages"))
    assert '"body": "unheard"' in message


def test_a_long_difference_is_cut(chat_room, chat_users):
    fresh = client_of(chat_users.owner, chat_room)
    for number in range(100):
        send(chat_room, chat_users.owner, f"{number}")
    with pytest.raises(AssertionError, match="lines more"):
        assert_converged(fresh)


def test_rooms_too_few_and_rooms_too_many(chat_room, chat_users):
    with pytest.raises(AssertionError, match="the client has no such room"):
        assert_converged(client_of(chat_users.member))
    client = client_of(chat_users.member, chat_room)
    actions.remove_member(actor=None, room_id=chat_room.pk, user_id=chat_users.member.pk)
    with pytest.raises(AssertionError, match="holds what its user may not see"):
        assert_converged(client)


def test_visitors_of_public_rooms_count_too(chat_users):
    room = make_room(chat_users.owner, is_public=True)
    client = client_of(chat_users.stranger, room)
    assert_converged(client)
    Stream.objects.filter(pk=room.pk).update(version=99)
    with pytest.raises(AssertionError, match="-version 99"):
        assert_converged(client)
