"""changes, snapshot and sync: what a client is told, and when it must begin again."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from df_chat import actions
from df_chat.exceptions import NotFound
from df_chat.models import Stream
from df_chat.sync import Cursor, read_changes, read_memberships, read_positions, read_snapshot, read_sync
from df_chat.sync import changes as changes_module

pytestmark = pytest.mark.django_db


def say(people, room, *bodies):
    return [actions.send_message(actor=people.ada, room_id=room.pk, body=body).message for body in bodies]


def ids(objects):
    return [state["id"] for state in objects]


def test_changes_are_what_is_newer_than_the_cursor(people, room):
    one, two = say(people, room, "one", "two")
    answer = read_changes(people.ben, room.pk, Cursor("1.1", one.version))
    assert ids(answer["messages"]) == [str(two.pk)]
    assert (answer["next"], answer["more"], answer["users"]) == (two.version, False, [])
    assert "room" not in answer


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_of_any_size_lose_nothing(people, room, limit):
    say(people, room, *"abcdef")
    seen, cursor, more = [], 0, True
    while more:
        answer = read_changes(people.ben, room.pk, Cursor("1.1", cursor), limit=limit)
        seen += [*ids(answer["messages"]), *ids(answer["users"]), *([answer["room"]["id"]] if "room" in answer else [])]
        cursor, more = answer["next"], answer["more"]
    assert len(seen) == len(set(seen)) == 9
    assert cursor == Stream.objects.get(pk=room.pk).version


def test_a_change_after_the_version_was_read_waits_for_the_next_call(people, room, monkeypatch):
    say(people, room, "before")
    real = changes_module.read_stream
    calls = []

    def read_and_then_somebody_writes(stream_id):
        stream = real(stream_id)
        if not calls:
            calls.append(say(people, room, "meanwhile"))
        return stream

    monkeypatch.setattr(changes_module, "read_stream", read_and_then_somebody_writes)
    answer = read_changes(people.ben, room.pk, Cursor("1.1", 3))
    assert [state["body"] for state in answer["messages"]] == ["before"]
    following = read_changes(people.ben, room.pk, Cursor("1.1", answer["next"]))
    assert [state["body"] for state in following["messages"]] == ["meanwhile"]


def test_a_member_removed_meanwhile_gets_nothing(people, room, monkeypatch):
    say(people, room, "secret")
    real = changes_module._page

    def read_and_then_be_removed(*args):
        answer = real(*args)
        actions.remove_member(actor=people.ada, room_id=room.pk, user_id=people.ben.pk)
        return answer

    monkeypatch.setattr(changes_module, "_page", read_and_then_be_removed)
    with pytest.raises(NotFound):
        read_changes(people.ben, room.pk, Cursor("1.1", 0))


@pytest.mark.parametrize(
    ("cursor", "reason"),
    [(Cursor("1.2", 3), "another membership"), (Cursor("2.1", 3), "another epoch"), (Cursor("1.1", 99), "the future")],
)
def test_cursors_that_cannot_be_followed_are_reset(people, room, cursor, reason):
    answer = read_changes(people.ben, room.pk, cursor)
    assert answer == {"stream": f"room:{room.pk}", "gen": "1.1", "version": 3, "reset": True}


def test_a_cursor_before_the_horizon_is_reset(people, room):
    Stream.objects.filter(pk=room.pk).update(horizon=2)
    assert read_changes(people.ben, room.pk, Cursor("1.1", 1))["reset"]
    assert "reset" not in read_changes(people.ben, room.pk, Cursor("1.1", 2))


def test_a_cursor_too_far_behind_is_reset(people, room, settings):
    settings.DF_CHAT = {"MAX_CHANGES": 2}
    assert read_changes(people.ben, room.pk, Cursor("1.1", 0))["reset"]
    assert "reset" not in read_changes(people.ben, room.pk, Cursor("1.1", 1))


def test_who_comes_back_begins_again(people, room):
    actions.leave_room(actor=people.ben, room_id=room.pk)
    with pytest.raises(NotFound):
        read_changes(people.ben, room.pk, Cursor("1.1", 3))
    actions.add_member(actor=people.ada, room_id=room.pk, user_id=people.ben.pk)
    answer = read_changes(people.ben, room.pk, Cursor("1.1", 3))
    assert (answer["reset"], answer["gen"]) == (True, "1.2")


def test_a_later_member_sees_nothing_of_before(people, room, settings):
    settings.DF_CHAT = {"NEW_MEMBER_HISTORY": "none"}
    (old,) = say(people, room, "before")
    actions.add_member(actor=people.ada, room_id=room.pk, user_id=people.cleo.pk)
    (new,) = say(people, room, "after")
    actions.edit_message(actor=people.ada, room_id=room.pk, message_id=old.pk, body="edited")
    assert ids(read_snapshot(people.cleo, room.pk)["messages"]) == [str(new.pk)]
    assert ids(read_changes(people.cleo, room.pk, Cursor("1.1", 0))["messages"]) == [str(new.pk)]
    with pytest.raises(NotFound):
        actions.react(actor=people.cleo, room_id=room.pk, message_id=old.pk, emoji="👍")
    assert len(read_snapshot(people.ben, room.pk)["messages"]) == 2


def test_a_snapshot_is_the_room_as_it_stands(people, room):
    one, two = say(people, room, "one", "two")
    actions.delete_message(actor=people.ada, room_id=room.pk, message_id=one.pk)
    actions.mark_seen(actor=people.ben, room_id=room.pk, message_ids=[two.pk])
    snapshot = read_snapshot(people.ben, room.pk)
    assert ids(snapshot["messages"]) == [str(two.pk)]
    assert snapshot["version"] == Stream.objects.get(pk=room.pk).version
    assert [user["name"] for user in snapshot["users"]] == ["ada", "ben"]
    assert snapshot["receipts"][str(people.ben.pk)]["seen_seq"] == two.seq


def test_strangers_read_public_rooms_only(people, room, public):
    assert read_snapshot(people.cleo, public.pk)["gen"] == "1.0"
    with pytest.raises(NotFound):
        read_snapshot(people.cleo, room.pk)


def test_sync_answers_only_for_what_differs(people, room, public):
    mine, theirs = f"room:{room.pk}", f"room:{public.pk}"
    positions = {name: Cursor(**here.state()) for name, here in read_positions(people.ben).items()}
    assert read_sync(people.ben, positions) == {}
    say(people, room, "news")
    answer = read_sync(people.ben, positions)
    assert list(answer) == [mine]
    assert [state["body"] for state in answer[mine]["messages"]] == ["news"]
    del positions[theirs]
    assert read_sync(people.ben, positions)[theirs]["reset"]
    assert read_sync(people.cleo, {mine: Cursor("1.1", 3), "room:x": Cursor("", 0)}) == {
        mine: {"stream": mine, "removed": True},
        "room:x": {"stream": "room:x", "removed": True},
        f"user:{people.cleo.pk}": {"stream": f"user:{people.cleo.pk}", "gen": "1.0", "version": 0, "reset": True},
    }
    assert "removed" not in str(read_sync(people.cleo, {theirs: Cursor("1.0", 3)}).get(theirs))


def test_the_users_own_stream_tells_of_rooms_and_marks(people, room):
    own = f"user:{people.ben.pk}"
    start = read_memberships(people.ben)
    assert [state["room_id"] for state in start["memberships"]] == [str(room.pk)]
    actions.set_muted(actor=people.ben, room_id=room.pk, is_muted=True)
    answer = read_sync(people.ben, {own: Cursor(start["gen"], start["version"])})[own]
    assert [state["is_muted"] for state in answer["memberships"]] == [True]
    actions.remove_member(actor=people.ada, room_id=room.pk, user_id=people.ben.pk)
    answer = read_sync(people.ben, {own: Cursor(start["gen"], answer["next"])})[own]
    assert [state["is_active"] for state in answer["memberships"]] == [False]


@pytest.mark.parametrize(
    "read",
    [
        lambda user, room: read_snapshot(user, room.pk),
        lambda user, room: read_changes(user, room.pk, Cursor("1.1", 0)),
        lambda user, room: read_positions(user),
        lambda user, room: read_memberships(user),
    ],
    ids=["snapshot", "changes", "positions", "memberships"],
)
def test_reads_cost_the_same_at_one_and_at_fifty(people, room, make_user, read):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            read(people.ben, room)
        return len(queries)

    say(people, room, "one")
    before = cost()
    for number in range(49):
        user = make_user(f"m{number}")
        actions.add_member(actor=people.ada, room_id=room.pk, user_id=user.pk)
        actions.send_message(actor=user, room_id=room.pk, body="x")
        actions.create_room(actor=people.ada, title=f"{number}", user_ids=[people.ben.pk])
    assert cost() == before
