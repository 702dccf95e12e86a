"""Mentions: who can be mentioned, what an edit and a retry do to them, and what is left of them."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from df_chat import actions
from df_chat.actions.mentions import MAX_MENTIONS
from df_chat.exceptions import Conflict, Invalid, UnversionedWrite
from df_chat.models import Message, MessageMention, RoomUser
from df_chat.sync import Cursor, read_changes, read_snapshot

pytestmark = pytest.mark.django_db


def send(actor, room, *mentioned, **fields):
    ids = [getattr(one, "pk", one) for one in mentioned]
    return actions.send_message(actor=actor, room_id=room.pk, body="hello", mention_ids=ids, **fields)


def edit(actor, message, **fields):
    return actions.edit_message(actor=actor, room_id=message.room_id, message_id=message.pk, **fields)


def names(message):
    return [mention["name"] for mention in message.state()["mentions"]]


def counted():
    return sorted(MessageMention.objects.values_list("room_user__user__username", flat=True))


def test_a_message_tells_whom_it_mentions_in_the_order_named(people, room):
    message = send(people.ben, room, people.ben, people.ada).message
    expected = [{"user_id": str(user.pk), "name": user.username} for user in (people.ben, people.ada)]
    assert message.state()["mentions"] == expected
    assert read_snapshot(people.ada, room.pk)["messages"][0]["mentions"] == expected
    assert read_changes(people.ada, room.pk, Cursor("1.1", 0))["messages"][0]["mentions"] == expected
    assert counted() == ["ada", "ben"]


def test_most_messages_mention_nobody(people, room):
    assert actions.send_message(actor=people.ben, room_id=room.pk, body="hi").message.state()["mentions"] == []


def test_the_same_user_is_mentioned_once_however_often_and_however_spelled(people, room):
    message = send(people.ada, room, people.ben.pk, str(people.ben.pk), people.ben.pk).message
    assert names(message) == ["ben"]
    again = send(people.ada, room, *[people.ben] * (MAX_MENTIONS + 1)).message
    assert names(again) == ["ben"]


def test_the_system_mentions_too(people, room):
    assert names(send(None, room, people.ben).message) == ["ben"]


def test_replies_and_messages_of_direct_chats_mention(people, room):
    parent = send(people.ada, room).message
    assert names(send(people.ben, room, people.ada, parent_id=parent.pk).message) == ["ada"]
    direct, _ = actions.open_direct(actor=people.ada, user_id=people.ben.pk)
    assert names(send(people.ada, direct, people.ben).message) == ["ben"]


NOBODY = ["999999", -1, "", "x", "9" * 400, "\x00", "1\n", "\ud800", None, {"a": 1}, 2**80, 1.5, True]


@pytest.mark.parametrize("who", ["stranger", "ex", "elsewhere", *map(repr, NOBODY)])
def test_only_members_of_now_are_mentioned(people, room, make_user, who):
    users = {"stranger": people.cleo, "ex": make_user("ex"), "elsewhere": make_user("elsewhere")}
    actions.add_member(actor=people.ada, room_id=room.pk, user_id=users["ex"].pk)
    actions.leave_room(actor=users["ex"], room_id=room.pk)
    actions.create_room(actor=users["elsewhere"], title="Elsewhere", user_ids=[people.ada.pk])
    value = users.get(who) or dict(zip(map(repr, NOBODY), NOBODY, strict=True))[who]
    with pytest.raises(Invalid) as error:
        send(people.ada, room, people.ben, value)
    assert (error.value.code, error.value.attr) == ("not_a_member", "mention_ids")
    assert not Message.objects.exists()
    message = send(people.ada, room, people.ben).message
    with pytest.raises(Invalid) as error:
        edit(people.ada, message, mention_ids=[getattr(value, "pk", value)])
    assert (error.value.code, error.value.attr) == ("not_a_member", "mention_ids")
    assert counted() == ["ben"]


def test_the_systems_own_row_is_nobody(people, room):
    send(None, room)
    assert RoomUser.objects.filter(room=room, user=None, is_active=True).exists()
    with pytest.raises(Invalid):
        send(people.ada, room, None)


def test_too_many_are_refused(people, room):
    with pytest.raises(Invalid) as error:
        send(people.ada, room, *range(1, MAX_MENTIONS + 2))
    assert (error.value.code, error.value.params) == ("too_many_mentions", {"count": MAX_MENTIONS})


def test_an_edit_keeps_replaces_and_clears_them(people, room):
    message = send(people.ada, room, people.ben).message
    assert names(edit(people.ada, message, body="new")) == ["ben"]
    edited = edit(people.ada, message, mention_ids=[people.ada.pk, people.ben.pk])
    assert (names(edited), counted()) == (["ada", "ben"], ["ada", "ben"])
    assert names(edit(people.ada, message, mention_ids=[people.ada.pk])) == ["ada"]
    assert counted() == ["ada"]
    assert names(edit(people.ada, message, mention_ids=[])) == []
    assert counted() == []


def test_an_edit_that_changes_nobody_is_no_change(people, room):
    message = send(people.ada, room, people.ben).message
    same = edit(people.ada, message, mention_ids=[people.ben.pk, str(people.ben.pk)])
    assert (same.version, same.edited_at) == (message.version, None)
    assert edit(people.ada, message, mention_ids=[]).edited_at is not None


def test_who_left_since_stays_mentioned_and_cannot_be_mentioned_anew(people, room):
    message = send(people.ada, room, people.ben).message
    actions.leave_room(actor=people.ben, room_id=room.pk)
    edited = edit(people.ada, message, body="new", mention_ids=[people.ben.pk, people.ada.pk])
    assert (names(edited), counted()) == (["ben", "ada"], ["ada", "ben"])
    edit(people.ada, message, mention_ids=[])
    with pytest.raises(Invalid):
        edit(people.ada, message, mention_ids=[people.ben.pk])


def test_a_retry_is_the_same_message_only_with_the_same_mentions(people, room):
    key = uuid.uuid4()
    first = send(people.ada, room, people.ben, people.ada, client_id=key)
    again = send(people.ada, room, people.ada, people.ben, client_id=key)
    assert (again.created, again.message) == (False, first.message)
    for others in ([], [people.ben]):
        with pytest.raises(Conflict):
            send(people.ada, room, *others, client_id=key)
    none = uuid.uuid4()
    send(people.ada, room, client_id=none)
    with pytest.raises(Conflict):
        send(people.ada, room, people.ben, client_id=none)


def test_a_retry_still_answers_when_the_mentioned_left_and_when_others_were_added(people, room):
    key = uuid.uuid4()
    first = send(people.ada, room, people.ben, client_id=key).message
    actions.leave_room(actor=people.ben, room_id=room.pk)
    MessageMention.objects.create(message=first, room_user=RoomUser.objects.get(room=room, user=people.ada))
    assert send(people.ada, room, people.ben, client_id=key).message == first
    edit(people.ada, first, mention_ids=[])
    assert send(people.ada, room, people.ben, client_id=key).message == first


def test_a_deleted_message_mentions_nobody(people, room):
    message = send(people.ada, room, people.ben).message
    actions.delete_message(actor=people.ada, room_id=room.pk, message_id=message.pk)
    message.refresh_from_db()
    assert (message.mention_states, "mentions" in message.state(), counted()) == ([], False, [])


def test_a_deleted_room_leaves_no_mention(people, room):
    send(people.ada, room, people.ben)
    actions.delete_room(actor=people.ada, room_id=room.pk)
    assert not MessageMention.objects.exists()


def test_a_mentioned_user_can_be_deleted(people, room):
    message = send(people.ada, room, people.ben).message
    gone = people.ben.pk
    people.ben.delete()
    message.refresh_from_db()
    assert names(message) == ["ben"]
    assert names(edit(people.ada, message, mention_ids=[gone, people.ada.pk])) == ["ben", "ada"]
    assert names(edit(people.ada, message, mention_ids=[people.ada.pk])) == ["ada"]
    assert counted() == ["ada"]


def test_mentions_cost_the_same_however_many(people, room, make_user):
    users = [make_user(f"m{number}") for number in range(30)]
    for user in users:
        actions.add_member(actor=people.ada, room_id=room.pk, user_id=user.pk)

    def cost(*mentioned):
        with CaptureQueriesContext(connection) as queries:
            message = send(people.ada, room, *mentioned).message
            edit(people.ada, message, mention_ids=[user.pk for user in [*mentioned, people.ben]])
            edit(people.ada, message, mention_ids=[people.ada.pk])
        return len(queries)

    assert cost(users[0]) == cost(*users)


# -- The ORM ---------------------------------------------------------------------------------------------------
@pytest.fixture
def message(people, room):
    return send(people.ada, room).message


@pytest.fixture
def ben(people, room):
    return RoomUser.objects.get(room=room, user=people.ben)


def test_a_mention_by_the_orm_is_a_change_of_its_message(message, ben, django_capture_on_commit_callbacks, events):
    with django_capture_on_commit_callbacks(execute=True):
        mention = message.mentions.create(room_user=ben)
    assert events[-1].parts["messages"][0]["mentions"] == [{"user_id": str(ben.user_id), "name": "ben"}]
    assert (mention.seq, events[-1].version) == (message.seq, message.version + 1)
    with django_capture_on_commit_callbacks(execute=True):
        assert mention.delete() == (1, {"df_chat.MessageMention": 1})
    assert events[-1].parts["messages"][0]["mentions"] == []
    assert mention.delete() == (0, {})


def test_a_stale_message_undoes_no_mention(message, ben):
    message.mentions.create(room_user=ben)
    message.metadata = {"stale": True}
    message.save()
    message.refresh_from_db()
    assert (names(message), message.metadata) == (["ben"], {"stale": True})


def test_the_orm_mentions_nobody_else_either(people, message, room):
    other = actions.create_room(actor=people.ben, title="Other")
    foreign = RoomUser.objects.get(room=other, user=people.ben)
    actions.leave_room(actor=people.ben, room_id=room.pk)
    left = RoomUser.objects.get(room=room, user=people.ben)
    for member in (foreign, left):
        with pytest.raises(Invalid):
            MessageMention.objects.create(message=message, room_user=member)
    message.delete()
    with pytest.raises(Conflict):
        MessageMention.objects.create(message=message, room_user=RoomUser.objects.get(room=room, user=people.ada))
    assert not MessageMention.objects.exists()


@pytest.mark.parametrize(
    "write",
    [
        lambda mention, other: MessageMention.objects.update(seq=9),
        lambda mention, other: MessageMention.objects.bulk_create([mention]),
        lambda mention, other: other.mentions.add(mention),
        lambda mention, other: other.mentions.add(mention, bulk=False),
        lambda mention, other: other.mentions.set([mention]),
    ],
)
def test_writes_that_nobody_hears_of_are_refused(people, room, message, ben, write):
    mention = message.mentions.create(room_user=ben)
    with pytest.raises(UnversionedWrite), transaction.atomic():
        write(mention, send(people.ada, room).message)
    assert list(MessageMention.objects.values_list("message", "seq")) == [(message.pk, message.seq)]
