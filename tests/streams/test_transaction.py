"""The one door: versions, rollback, nesting."""

from __future__ import annotations

import uuid

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from df_chat import actions
from df_chat.exceptions import Busy, NotFound
from df_chat.models import MESSAGES, Message, RoomUser, Stream
from df_chat.streams import retrying, stream_tx

pytestmark = pytest.mark.django_db(transaction=True)


def versions(events, room):
    """The (prev, version) of each event of a room."""
    return [(event.prev, event.version) for event in events if event.stream_id == room.pk]


def test_events_of_a_stream_follow_on_one_another(people, room, events):
    message = actions.send_message(actor=people.ada, room_id=room.pk, body="one").message
    actions.send_message(actor=people.ben, room_id=room.pk, body="two", parent_id=message.pk)
    actions.edit_message(actor=people.ada, room_id=room.pk, message_id=message.pk, body="uno")
    assert versions(events, room) == [(3, 4), (4, 6), (6, 7)]


def test_each_changed_object_has_a_version_of_its_own(people, room, events):
    message = actions.send_message(actor=people.ada, room_id=room.pk, body="one").message
    actions.send_message(actor=people.ben, room_id=room.pk, body="two", parent_id=message.pk)
    changed = [state["version"] for event in events for state in event.parts.get("messages", ())]
    assert changed == [4, 5, 6]


def test_a_rolled_back_transaction_announces_nothing_and_uses_no_version(people, room, events):
    with pytest.raises(RuntimeError), transaction.atomic():
        actions.send_message(actor=people.ada, room_id=room.pk, body="lost")
        raise RuntimeError
    assert events == []
    assert Stream.objects.get(pk=room.pk).version == 3
    assert actions.send_message(actor=people.ada, room_id=room.pk, body="kept").message.seq == 4


def test_a_rolled_back_savepoint_announces_only_what_stayed(people, room, events):
    with transaction.atomic():
        actions.send_message(actor=people.ada, room_id=room.pk, body="kept")
        with pytest.raises(RuntimeError), transaction.atomic():
            actions.send_message(actor=people.ada, room_id=room.pk, body="lost")
            raise RuntimeError
        actions.send_message(actor=people.ada, room_id=room.pk, body="after")
        assert events == []
    bodies = [state["body"] for event in events for state in event.parts["messages"]]
    assert bodies == ["kept", "after"]
    assert list(Message.objects.order_by("seq").values_list("seq", flat=True)) == [4, 5]


def test_an_error_in_a_nested_block_dooms_the_whole(people, room, events):
    message = actions.send_message(actor=people.ada, room_id=room.pk, body="one").message
    events.clear()
    with pytest.raises(transaction.TransactionManagementError), stream_tx(rooms=[room.pk]):
        with pytest.raises(RuntimeError), stream_tx(rooms=[room.pk]) as tx:
            tx.stamp(room.pk, MESSAGES, message)
            raise RuntimeError
        Message.objects.count()
    assert events == []
    assert Stream.objects.get(pk=room.pk).version == 4


def test_an_unknown_room_is_not_found(db):
    with pytest.raises(NotFound), stream_tx(rooms=[uuid.uuid4()]):
        pass


def test_nothing_changed_announces_nothing(people, room, events):
    with stream_tx(rooms=[room.pk]):
        pass
    assert events == []


def test_a_failing_publisher_fails_no_writer(people, room, settings, caplog):
    settings.DF_CHAT = {"PUBLISHER": "tests.streams.test_transaction.BrokenPublisher"}
    assert actions.send_message(actor=people.ada, room_id=room.pk, body="stored").created
    assert "Publishing" in caplog.text


class BrokenPublisher:
    def publish(self, event):
        raise ConnectionError("no layer")


def test_a_large_event_travels_as_a_poke(people, room, events):
    actions.send_message(actor=people.ada, room_id=room.pk, body="x" * 9000)
    assert '"messages"' in events[0].encode(16_384)
    assert '"messages"' not in events[0].encode(1_000)
    assert '"version":4' in events[0].encode(1_000)


def test_a_commit_that_the_database_refuses_announces_nothing(people, room, events):
    nobody = RoomUser(room=room, user=people.ada)
    with pytest.raises(IntegrityError):
        Message.objects.create(room=room, room_user=nobody, body="from a member that was never stored")
    assert events == []
    assert not Message.objects.exists()
    assert actions.send_message(actor=people.ada, room_id=room.pk, body="next").message.seq == 4
    assert [event.version for event in events] == [4]


def test_a_deadlock_inside_a_hosts_transaction_is_tried_again_on_postgresql_only(people, room, monkeypatch):
    calls = []

    @retrying
    def write():
        calls.append(1)
        if len(calls) == 1:
            error = OperationalError("deadlock detected")
            error.__cause__ = type("Deadlock", (Exception,), {"sqlstate": "40P01"})()
            raise error
        return "done"

    assert write() == "done"
    calls.clear()
    with transaction.atomic():
        if connection.vendor == "postgresql":
            assert write() == "done"
        else:
            with pytest.raises(OperationalError):
                write()


@pytest.mark.parametrize(("code", "tries"), [("40001", 5), ("55P03", 1), (1213, 5), (1205, 1)])
def test_a_room_that_stays_locked_is_busy(db, monkeypatch, code, tries):
    calls = []

    @retrying
    def write():
        calls.append(1)
        error = OperationalError()
        error.__cause__ = type("Refusal", (Exception,), {})(code)
        raise error

    monkeypatch.setattr("df_chat.streams.transaction.time.sleep", lambda seconds: None)
    with pytest.raises(Busy):
        write()
    assert len(calls) == tries
