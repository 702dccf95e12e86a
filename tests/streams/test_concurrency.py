"""Many writers at once: no deadlock, no gap, no duplicate, on whatever database the run is on."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Count

from df_chat import actions
from df_chat.exceptions import ChatError, Invalid
from df_chat.models import Message, MessageMention, Room, RoomUser, Stream
from df_chat.streams import transaction as streams_transaction
from tests.settings import TEST_DB

pytestmark = pytest.mark.django_db(transaction=True)

WRITERS = 16


def run_together(jobs: list[Callable[[], Any]]) -> list[Any]:
    """Run the jobs in threads that start as one; the results, or the exceptions they ended with."""
    barrier, results = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(index: int, job: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            results[index] = job()
        except Exception as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def failures(results):
    return [result for result in results if isinstance(result, Exception)]


def test_sixteen_writers_in_one_room_leave_no_gap(people, make_user, events):
    users = [make_user(f"writer{number}") for number in range(WRITERS)]
    room = actions.create_room(actor=people.ada, title="Hot", user_ids=[user.pk for user in users])
    start = Stream.objects.get(pk=room.pk).version
    events.clear()

    def write(user):
        def job():
            for number in range(5):
                actions.send_message(actor=user, room_id=room.pk, body=f"{number}", client_id=uuid.uuid4())

        return job

    assert failures(run_together([write(user) for user in users])) == []
    seqs = sorted(Message.objects.filter(room=room).values_list("seq", flat=True))
    assert seqs == list(range(start + 1, start + 1 + WRITERS * 5))
    assert Stream.objects.get(pk=room.pk).version == seqs[-1]
    assert sorted((event.prev, event.version) for event in events) == [(seq - 1, seq) for seq in seqs]


def test_writers_that_cross_rooms_and_people_never_deadlock(people, make_user):
    users = [make_user(f"walker{number}") for number in range(8)]
    rooms = [actions.create_room(actor=people.ada, title=f"{number}", is_public=True) for number in range(4)]

    def walk(offset):
        def job():
            user = users[offset % len(users)]
            for step in range(4):
                room = rooms[(offset + step) % len(rooms)]
                actions.join_room(actor=user, room_id=room.pk)
                actions.send_message(actor=user, room_id=room.pk, body="here")
                actions.mark_seen(actor=user, room_id=room.pk, up_to=10_000)
                actions.open_direct(actor=user, user_id=users[(offset + step + 1) % len(users)].pk)
                actions.set_role(actor=people.ada, room_id=room.pk, user_id=user.pk, role="admin")
                actions.leave_room(actor=user, room_id=room.pk)

        return job

    # Two threads share each user, so one may find the member gone: a refusal, never a database error.
    unexpected = [
        error for error in failures(run_together([walk(n) for n in range(WRITERS)])) if not isinstance(error, ChatError)
    ]
    assert unexpected == []
    for room in rooms:
        stream = Stream.objects.get(pk=room.pk)
        newest = [*room.messages.values_list("version", flat=True), *room.memberships.values_list("version", flat=True)]
        assert max(newest) == stream.version
        assert len(newest) == len(set(newest))


def test_savepoints_and_outer_transactions_keep_the_order(people, room):
    def job(number):
        def run():
            with transaction.atomic():
                try:
                    with transaction.atomic():
                        actions.send_message(actor=people.ada, room_id=room.pk, body=f"lost {number}")
                        raise RuntimeError
                except RuntimeError:
                    pass
                actions.send_message(actor=people.ben, room_id=room.pk, body=f"kept {number}")

        return run

    assert failures(run_together([job(number) for number in range(8)])) == []
    seqs = sorted(Message.objects.filter(room=room).values_list("seq", flat=True))
    assert seqs == list(range(4, 12))


def test_two_people_who_open_a_direct_chat_at_once_get_one(people):
    def opening(one, other):
        return lambda: actions.open_direct(actor=one, user_id=other.pk)[0].pk

    jobs = [opening(people.ada, people.ben), opening(people.ben, people.ada)] * 8
    results = run_together(jobs)
    assert failures(results) == []
    assert len(set(results)) == 1
    assert Room.objects.filter(kind="direct").count() == 1


def test_a_room_never_holds_more_than_it_may(people, make_user):
    room = actions.create_room(actor=people.ada, title="Small", is_public=True, max_users=4)
    users = [make_user(f"joiner{number}") for number in range(WRITERS)]
    results = run_together([lambda user=user: actions.join_room(actor=user, room_id=room.pk) for user in users])
    assert all(isinstance(error, Invalid) and error.code == "room_full" for error in failures(results))
    assert RoomUser.objects.active().filter(room=room).count() == 4


def test_the_same_client_id_is_one_message(people, room):
    key = uuid.uuid4()
    results = run_together(
        [lambda: actions.send_message(actor=people.ada, room_id=room.pk, body="once", client_id=key)] * 8
    )
    assert failures(results) == []
    assert sorted(result.created for result in results) == [False] * 7 + [True]
    assert Message.objects.filter(room=room).count() == 1


def test_the_same_reaction_is_one(people, room):
    message = actions.send_message(actor=people.ada, room_id=room.pk, body="hi").message
    jobs = [lambda: actions.react(actor=people.ben, room_id=room.pk, message_id=message.pk, emoji="👍")] * 8
    assert failures(run_together(jobs)) == []
    message.refresh_from_db()
    assert message.reactions == [{"emoji": "👍", "count": 1, "user_ids": [str(people.ben.pk)]}]


def test_senders_against_a_deletion_lose_cleanly(people, room):
    sending = [lambda: actions.send_message(actor=people.ben, room_id=room.pk, body="x")] * 6
    results = run_together([*sending, lambda: actions.delete_room(actor=people.ada, room_id=room.pk)])
    assert [error for error in failures(results) if not isinstance(error, ChatError)] == []
    assert Room.objects.get(pk=room.pk).deleted_at is not None
    assert not Message.objects.filter(room=room).exists()


@pytest.mark.skipif(TEST_DB == "sqlite", reason="SQLite has one writer at a time: there is no lock to switch off")
def test_without_the_lock_the_versions_collide(people, room, monkeypatch):
    """Sabotage: the tests above can fail."""
    barrier = threading.Barrier(2, timeout=5)

    def read_without_locking(db, ids, **kwargs):
        rows = Stream.objects.filter(pk__in=ids)
        streams = [
            streams_transaction.LockedStream(row.pk, row.kind, row.owner_id, row.version, row.acl, row.epoch)
            for row in rows
        ]
        then = kwargs.get("then")
        result = streams_transaction.run_statements(db, [then])[0] if then else []
        barrier.wait()
        return streams, result

    monkeypatch.setattr(streams_transaction, "lock_rows", read_without_locking)
    run_together([lambda: actions.send_message(actor=people.ada, room_id=room.pk, body="x")] * 2)
    monkeypatch.undo()
    doubled = Message.objects.filter(room=room).values("seq").annotate(count=Count("pk")).filter(count__gt=1)
    assert doubled.exists()


def test_who_leaves_while_being_mentioned_is_mentioned_or_not(people, make_user):
    users = [make_user(f"leaver{number}") for number in range(8)]
    room = actions.create_room(actor=people.ada, title="Doors", user_ids=[user.pk for user in users])
    keys = [uuid.uuid4() for _ in users]

    def mention(user, key):
        return actions.send_message(
            actor=people.ada, room_id=room.pk, body="@", mention_ids=[user.pk], client_id=key
        ).message

    pairs = list(zip(users, keys, strict=True))
    jobs: list[Callable[[], Any]] = [lambda pair=pair: mention(*pair) for pair in pairs]
    jobs += [lambda user=user: actions.leave_room(actor=user, room_id=room.pk) for user in users]
    results = run_together(jobs)
    refused = failures(results)
    assert {type(one) for one in refused} <= {Invalid}
    assert {one.code for one in refused} <= {"not_a_member"}
    for pair, result in zip(pairs, results, strict=False):
        if isinstance(result, Message):
            # Whoever was there to be mentioned left after it.
            left = RoomUser.objects.get(room=room, user=pair[0])
            assert (left.version > result.version, mention(*pair).pk) == (True, result.pk)
    assert MessageMention.objects.count() == len(users) - len(refused)
