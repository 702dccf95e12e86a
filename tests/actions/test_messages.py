"""Sending, editing, deleting: who may, what is refused, what a retry does."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from df_chat import actions
from df_chat.exceptions import Conflict, Denied, Invalid, NotFound
from df_chat.models import Message, RoomUser
from df_chat.sync import Cursor, read_changes

pytestmark = pytest.mark.django_db


def send(actor, room, body="hello", **fields):
    return actions.send_message(actor=actor, room_id=room.pk, body=body, **fields)


def refusal(error):
    return error.value.code


def test_a_member_sends(people, room):
    message = send(people.ben, room, "  hi\r\nthere  ").message
    assert message.body == "hi\nthere"
    assert message.room_user.user == people.ben


@pytest.mark.parametrize(
    "body", ["", "  ", "\u200b", "\u2800", 5, None, ["x"], "a\x00b", "\ud800", "x" * 10_001, "\u202e" * 5]
)
def test_what_is_no_text_is_refused(people, room, body):
    with pytest.raises(Invalid) as error:
        send(people.ben, room, body)
    assert error.value.attr == "body"
    assert not Message.objects.exists()


def test_a_stranger_of_a_private_room_finds_nothing(people, room):
    with pytest.raises(NotFound):
        send(people.cleo, room)
    with pytest.raises(NotFound):
        send(people.sam, room)


def test_a_visitor_of_a_public_room_must_join_first(people, public):
    with pytest.raises(Denied) as error:
        send(people.cleo, public)
    assert refusal(error) == "not_a_member"


def test_an_ex_member_finds_nothing(people, room):
    message = send(people.ben, room).message
    actions.remove_member(actor=people.ada, room_id=room.pk, user_id=people.ben.pk)
    for act in (
        lambda: send(people.ben, room),
        lambda: actions.edit_message(actor=people.ben, room_id=room.pk, message_id=message.pk, body="x"),
        lambda: actions.delete_message(actor=people.ben, room_id=room.pk, message_id=message.pk),
        lambda: actions.react(actor=people.ben, room_id=room.pk, message_id=message.pk, emoji="👍"),
        lambda: actions.mark_seen(actor=people.ben, room_id=room.pk, up_to=9),
    ):
        with pytest.raises(NotFound):
            act()


def test_an_archived_room_takes_nothing_more(people, room):
    message = send(people.ada, room).message
    actions.update_room(actor=people.ada, room_id=room.pk, is_archived=True)
    for act in (
        lambda: send(people.ada, room),
        lambda: actions.edit_message(actor=people.ada, room_id=room.pk, message_id=message.pk, body="x"),
        lambda: actions.react(actor=people.ada, room_id=room.pk, message_id=message.pk, emoji="👍"),
    ):
        with pytest.raises(Denied) as error:
            act()
        assert refusal(error) == "room_archived"


def test_a_retry_is_the_same_message(people, room):
    key = uuid.uuid4()
    first, again = send(people.ben, room, client_id=key), send(people.ben, room, client_id=key)
    assert (first.created, again.created) == (True, False)
    assert first.message == again.message


def test_a_key_used_for_something_else_is_a_conflict(people, room):
    key = uuid.uuid4()
    send(people.ben, room, "one", client_id=key)
    with pytest.raises(Conflict):
        send(people.ben, room, "two", client_id=key)


def test_a_key_is_the_senders_own(people, room):
    key = uuid.uuid4()
    assert send(people.ben, room, client_id=key).created
    assert send(people.ada, room, client_id=key).created


def test_a_retry_after_an_edit_or_a_deletion_still_answers(people, room):
    key = uuid.uuid4()
    message = send(people.ben, room, "one", client_id=key).message
    actions.edit_message(actor=people.ben, room_id=room.pk, message_id=message.pk, body="two")
    assert send(people.ben, room, "one", client_id=key).message.body == "two"
    actions.delete_message(actor=people.ben, room_id=room.pk, message_id=message.pk)
    assert send(people.ben, room, "one", client_id=key).message.state()["deleted"]


def test_a_retry_from_an_earlier_membership_shows_no_more_than_the_id(people, room, settings):
    settings.DF_CHAT = {"NEW_MEMBER_HISTORY": "none"}
    key = uuid.uuid4()
    send(people.ben, room, "one", client_id=key)
    actions.remove_member(actor=people.ada, room_id=room.pk, user_id=people.ben.pk)
    actions.add_member(actor=people.ada, room_id=room.pk, user_id=people.ben.pk)
    assert send(people.ben, room, "one", client_id=key).hidden


def test_without_the_lookup_a_retry_would_be_refused_by_the_database(people, room, monkeypatch):
    """Sabotage: the constraint stands behind the lookup."""
    from django.db import IntegrityError

    key = uuid.uuid4()
    send(people.ben, room, client_id=key)
    real = actions.messages.sender_access
    monkeypatch.setattr(actions.messages, "sender_access", lambda actor, rows: (real(actor, rows)[0], None))
    with pytest.raises(IntegrityError):
        send(people.ben, room, client_id=key)


def test_replies_are_counted_and_one_level_deep(people, room, public):
    parent = send(people.ada, room).message
    reply = send(people.ben, room, "re", parent_id=parent.pk).message
    parent.refresh_from_db()
    assert parent.reply_count == 1
    with pytest.raises(Invalid) as error:
        send(people.ada, room, parent_id=reply.pk)
    assert refusal(error) == "nested_reply"
    with pytest.raises(Invalid) as error:
        send(people.ada, public, parent_id=parent.pk)
    assert (refusal(error), error.value.attr) == ("not_found", "parent_id")
    actions.delete_message(actor=people.ben, room_id=room.pk, message_id=reply.pk)
    parent.refresh_from_db()
    assert parent.reply_count == 0


def test_only_the_author_edits(people, room):
    message = send(people.ben, room).message
    with pytest.raises(Denied):
        actions.edit_message(actor=people.ada, room_id=room.pk, message_id=message.pk, body="x")
    edited = actions.edit_message(actor=people.ben, room_id=room.pk, message_id=message.pk, body="y")
    assert (edited.body, edited.version, edited.seq) == ("y", 5, 4)
    assert edited.edited_at is not None
    same = actions.edit_message(actor=people.ben, room_id=room.pk, message_id=message.pk, body="y")
    assert same.version == 5


def test_the_edit_window_closes(people, room, settings):
    settings.DF_CHAT = {"EDIT_WINDOW_SECONDS": 60}
    message = send(people.ben, room).message
    actions.edit_message(actor=people.ben, room_id=room.pk, message_id=message.pk, body="in time")
    Message._base_manager.filter(pk=message.pk).update(created=timezone.now() - timedelta(seconds=61))
    with pytest.raises(Denied) as error:
        actions.edit_message(actor=people.ben, room_id=room.pk, message_id=message.pk, body="late")
    assert refusal(error) == "edit_window_closed"


def test_authors_and_managers_delete(people, room):
    one, two, three = (send(people.ben, room).message for _ in range(3))
    mine = send(people.ada, room).message
    actions.delete_message(actor=people.ben, room_id=room.pk, message_id=one.pk)
    actions.delete_message(actor=people.ada, room_id=room.pk, message_id=two.pk)
    with pytest.raises(Denied):
        actions.delete_message(actor=people.ben, room_id=room.pk, message_id=mine.pk)
    with pytest.raises(NotFound):
        actions.delete_message(actor=people.ben, room_id=room.pk, message_id=one.pk)
    assert Message.objects.live().count() == 2
    assert three in Message.objects.live()


def test_a_message_of_another_room_is_not_found(people, room, public):
    message = send(people.ben, public).message
    with pytest.raises(NotFound):
        actions.delete_message(actor=people.ben, room_id=room.pk, message_id=message.pk)
    with pytest.raises(NotFound):
        actions.react(actor=people.ben, room_id=room.pk, message_id=message.pk, emoji="👍")


@pytest.mark.parametrize(
    "metadata",
    [[], "x", {"a": "\x00"}, {"a": float("nan")}, {"a": 2**64}, {"a": [[[[[[[[[]]]]]]]]]}, {"a": ["x"] * 2000}],
)
def test_metadata_that_no_database_could_hold_is_refused(people, room, metadata):
    with pytest.raises(Invalid):
        send(people.ben, room, metadata=metadata)


def test_the_system_speaks(people, room):
    message = actions.send_message(actor=None, room_id=room.pk, body="Backup at noon").message
    assert message.state()["user_id"] is None
    assert actions.send_message(actor=None, room_id=room.pk, body="Again").message.room_user == message.room_user
    assert RoomUser.objects.active().filter(room=room).count() == 2


def test_a_send_on_commit_waits_for_the_host(people, room, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        actions.send_message_on_commit(actor=people.ada, room_id=room.pk, body="paid")
        assert not Message.objects.exists()
    assert len(callbacks) == 1
    callbacks[0]()
    assert Message.objects.get().body == "paid"


@pytest.mark.parametrize("members", [1, 50])
def test_a_send_costs_the_same_whatever_the_room(people, room, make_user, members, django_assert_num_queries):
    for number in range(members):
        actions.add_member(actor=people.ada, room_id=room.pk, user_id=make_user(f"m{number}").pk)
    send(people.ada, room)
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        send(people.ada, room, client_id=uuid.uuid4())
    assert len([query for query in queries if "SAVEPOINT" not in query["sql"]]) <= 6


def test_the_system_may_retry_too_and_is_no_member_that_shows(people, room):
    key = uuid.uuid4()
    first, again = (actions.send_message(actor=None, room_id=room.pk, body="x", client_id=key) for _ in range(2))
    assert (first.created, again.created) == (True, False)
    assert first.message.seq == 4
    shown = read_changes(people.ben, room.pk, Cursor("1.1", 0))["users"]
    assert [state["name"] for state in shown] == ["ada", "ben"]
