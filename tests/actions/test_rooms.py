"""Rooms, members, direct chats, reactions, receipts: the rules."""

from __future__ import annotations

import pytest

from df_chat import actions
from df_chat.actions.reactions import clean_emoji
from df_chat.exceptions import Denied, Invalid, NotFound
from df_chat.models import Message, Room, RoomUser, Stream

pytestmark = pytest.mark.django_db


def member(room, user):
    return RoomUser.objects.get(room=room, user=user)


def version(room):
    return Stream.objects.get(pk=room.pk).version


# -- Rooms ---------------------------------------------------------------------------------------------------
def test_rooms_may_be_for_staff_to_make(people, settings):
    settings.DF_CHAT = {"CREATE_ROOMS": "staff"}
    with pytest.raises(Denied):
        actions.create_room(actor=people.ada, title="x")
    assert actions.create_room(actor=people.sam, title="x").memberships.get().role == "owner"


def test_managers_change_a_room_and_members_do_not(people, room):
    assert actions.update_room(actor=people.ada, room_id=room.pk, topic="New").topic == "New"
    with pytest.raises(Denied):
        actions.update_room(actor=people.ben, room_id=room.pk, topic="Mine")
    with pytest.raises(NotFound):
        actions.update_room(actor=people.sam, room_id=room.pk, topic="Staff")


def test_rooms_may_be_for_staff_to_manage(people, public, settings):
    settings.DF_CHAT = {"MANAGE_ROOMS": "staff"}
    with pytest.raises(Denied):
        actions.update_room(actor=people.ada, room_id=public.pk, topic="x")
    actions.update_room(actor=people.sam, room_id=public.pk, topic="x")
    actions.set_role(actor=people.sam, room_id=public.pk, user_id=people.ben.pk, role="owner")
    actions.delete_room(actor=people.sam, room_id=public.pk)


def test_saying_what_is_so_already_is_no_change(people, room):
    before = version(room)
    actions.update_room(actor=people.ada, room_id=room.pk, title="Private")
    assert version(room) == before


@pytest.mark.parametrize(
    "fields",
    [
        {"title": ""},
        {"title": "\u200b"},
        {"title": "x" * 256},
        {"title": 5},
        {"max_users": 0},
        {"max_users": 1},
        {"max_users": True},
        {"max_users": 10**9},
        {"metadata": []},
        {"version": 7},
    ],
)
def test_fields_that_break_a_rule_are_refused(people, room, fields):
    with pytest.raises(Invalid):
        actions.update_room(actor=people.ada, room_id=room.pk, **fields)


def test_titles_are_one_line_without_disguises(people):
    assert actions.create_room(actor=people.ada, title=" a\n\u202eb ").title == "a b"


def test_a_room_hangs_on_any_object_of_the_host(people):
    room = actions.create_room(actor=people.ada, title="About Ben", target=people.ben)
    assert list(Room.objects.for_object(people.ben)) == [room]
    assert room.target == people.ben


def test_first_members_are_contacts(people):
    with pytest.raises(Invalid) as error:
        actions.create_room(actor=people.ada, title="x", user_ids=[people.ben.pk, 999])
    assert error.value.attr == "user_ids"
    assert not Room.objects.exists()


# -- Members -------------------------------------------------------------------------------------------------
def test_anybody_joins_a_public_room_and_nobody_a_private_one(people, public, room):
    assert actions.join_room(actor=people.cleo, room_id=public.pk).is_active
    before = version(public)
    actions.join_room(actor=people.cleo, room_id=public.pk)
    assert version(public) == before
    with pytest.raises(NotFound):
        actions.join_room(actor=people.cleo, room_id=room.pk)


def test_a_full_room_takes_nobody(people, public, settings):
    actions.update_room(actor=people.ada, room_id=public.pk, max_users=2)
    with pytest.raises(Invalid) as error:
        actions.join_room(actor=people.cleo, room_id=public.pk)
    assert error.value.code == "room_full"
    actions.join_room(actor=people.ben, room_id=public.pk)
    actions.update_room(actor=people.ada, room_id=public.pk, max_users=None)
    settings.DF_CHAT = {"MAX_USERS_IN_ROOM": 2}
    with pytest.raises(Invalid):
        actions.join_room(actor=people.cleo, room_id=public.pk)


def test_only_managers_add_and_remove(people, room):
    with pytest.raises(Denied):
        actions.add_member(actor=people.ben, room_id=room.pk, user_id=people.cleo.pk)
    actions.add_member(actor=people.ada, room_id=room.pk, user_id=people.cleo.pk)
    with pytest.raises(Invalid) as error:
        actions.add_member(actor=people.ada, room_id=room.pk, user_id=people.cleo.pk)
    assert error.value.code == "already_member"
    with pytest.raises(Denied):
        actions.remove_member(actor=people.ben, room_id=room.pk, user_id=people.cleo.pk)
    actions.remove_member(actor=people.ada, room_id=room.pk, user_id=people.cleo.pk)
    with pytest.raises(NotFound):
        actions.remove_member(actor=people.ada, room_id=room.pk, user_id=people.cleo.pk)


@pytest.mark.parametrize("user_id", [999, "x", "", -1, 2**70, "\x00", "9" * 100, None])
def test_a_key_that_is_nobodys_is_refused(people, room, user_id):
    with pytest.raises(Invalid):
        actions.add_member(actor=people.ada, room_id=room.pk, user_id=user_id)


def test_owners_are_named_and_unseated_by_owners(people, room):
    actions.set_role(actor=people.ada, room_id=room.pk, user_id=people.ben.pk, role="admin")
    with pytest.raises(Denied):
        actions.set_role(actor=people.ben, room_id=room.pk, user_id=people.ben.pk, role="owner")
    with pytest.raises(Denied):
        actions.remove_member(actor=people.ben, room_id=room.pk, user_id=people.ada.pk)
    with pytest.raises(Invalid) as error:
        actions.set_role(actor=people.ada, room_id=room.pk, user_id=people.ada.pk, role="member")
    assert error.value.code == "last_owner"
    with pytest.raises(Invalid):
        actions.set_role(actor=people.ada, room_id=room.pk, user_id=people.ben.pk, role="emperor")


def test_an_owner_who_leaves_hands_the_room_on(people, room):
    actions.add_member(actor=people.ada, room_id=room.pk, user_id=people.cleo.pk, role="admin")
    actions.leave_room(actor=people.ada, room_id=room.pk)
    assert member(room, people.cleo).role == "owner"
    assert member(room, people.ben).role == "member"


def test_the_last_one_out_archives_a_private_room(people, room):
    actions.leave_room(actor=people.ben, room_id=room.pk)
    actions.leave_room(actor=people.ada, room_id=room.pk)
    assert Room.objects.get(pk=room.pk).is_archived


def test_system_messages_tell_of_comings_and_goings(people, public, settings):
    settings.DF_CHAT = {"SYSTEM_MESSAGES": True}
    actions.join_room(actor=people.cleo, room_id=public.pk)
    actions.leave_room(actor=people.cleo, room_id=public.pk)
    assert list(Message.objects.order_by("seq").values_list("body", flat=True)) == ["cleo joined.", "cleo left."]


# -- Direct chats ------------------------------------------------------------------------------------------------
def test_a_pair_has_one_direct_chat(people):
    room, created = actions.open_direct(actor=people.ada, user_id=people.ben.pk)
    again, created_again = actions.open_direct(actor=people.ben, user_id=str(people.ada.pk))
    assert (room, created, created_again) == (again, True, False)


def test_nobody_chats_alone_or_with_nobody(people):
    with pytest.raises(Invalid):
        actions.open_direct(actor=people.ada, user_id=people.ada.pk)
    with pytest.raises(NotFound):
        actions.open_direct(actor=people.ada, user_id=999)


def test_a_direct_chat_is_neither_managed_nor_left(people):
    room, _ = actions.open_direct(actor=people.ada, user_id=people.ben.pk)
    for act in (
        lambda: actions.update_room(actor=people.ada, room_id=room.pk, title="x"),
        lambda: actions.delete_room(actor=people.ada, room_id=room.pk),
        lambda: actions.add_member(actor=people.ada, room_id=room.pk, user_id=people.cleo.pk),
        lambda: actions.remove_member(actor=people.ada, room_id=room.pk, user_id=people.ben.pk),
        lambda: actions.leave_room(actor=people.ada, room_id=room.pk),
    ):
        with pytest.raises(Invalid) as error:
            act()
        assert error.value.code == "direct_room"


# -- Reactions ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("emoji", ["👍", "👍🏽", "❤️", "🇫🇷", "1️⃣", "👩‍💻", "🏳️‍🌈", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "™", "➕"])
def test_an_emoji_is_one(emoji):
    assert clean_emoji(emoji)


@pytest.mark.parametrize(
    "emoji", ["", "a", "+1", "👍👍", "<b>", " ", "é", "\x00", 5, None, "🇫", "\u200d", "👍" * 40, "漢"]
)
def test_what_is_no_emoji_is_refused(emoji):
    with pytest.raises(Invalid):
        clean_emoji(emoji)


def test_two_spellings_of_a_heart_are_one():
    assert clean_emoji("❤") == clean_emoji("❤️")


def test_reactions_are_set_once_taken_back_and_bounded(people, room, settings):
    settings.DF_CHAT = {"MAX_REACTIONS_PER_MESSAGE": 2}
    message = actions.send_message(actor=people.ada, room_id=room.pk, body="hi").message

    def react(actor, emoji, **fields):
        return actions.react(actor=actor, room_id=room.pk, message_id=message.pk, emoji=emoji, **fields).reactions

    assert react(people.ben, "👍") == react(people.ben, "👍")
    assert react(people.ada, "👍")[0]["count"] == 2
    react(people.ada, "🎉")
    with pytest.raises(Invalid) as error:
        react(people.ada, "🚀")
    assert error.value.code == "too_many_reactions"
    assert [r["emoji"] for r in react(people.ada, "🎉", on=False)] == ["👍"]
    before = version(room)
    react(people.ada, "🎉", on=False)
    assert version(room) == before


# -- Receipts and preferences ------------------------------------------------------------------------------------------
def test_receipts_only_move_forward_and_change_nothing_of_the_room(people, room):
    one, two = (actions.send_message(actor=people.ada, room_id=room.pk, body="x").message for _ in range(2))
    before = version(room)
    marked = actions.mark_seen(actor=people.ben, room_id=room.pk, message_ids=[two.pk])
    assert (marked.seen_seq, marked.received_seq) == (two.seq, two.seq)
    marked = actions.mark_seen(actor=people.ben, room_id=room.pk, message_ids=[one.pk])
    assert marked.seen_seq == two.seq
    assert version(room) == before


def test_receipts_of_the_future_end_at_the_newest_message(people, room):
    message = actions.send_message(actor=people.ada, room_id=room.pk, body="x").message
    before = member(room, people.ben).seen_seq
    marked = actions.mark_received(actor=people.ben, room_id=room.pk, up_to=2**62)
    assert (marked.received_seq, marked.seen_seq) == (message.seq, before)


def test_receipts_for_messages_elsewhere_are_not_found(people, room, public):
    message = actions.send_message(actor=people.ada, room_id=public.pk, body="x").message
    with pytest.raises(NotFound):
        actions.mark_seen(actor=people.ben, room_id=room.pk, message_ids=[message.pk])
    with pytest.raises(Denied):
        actions.mark_seen(actor=people.cleo, room_id=public.pk, up_to=9)


def test_muting_is_the_members_own_business(people, room):
    before = version(room)
    assert actions.set_muted(actor=people.ben, room_id=room.pk, is_muted=True).is_muted
    assert version(room) == before
    assert not member(room, people.ada).is_muted


def test_a_role_is_one_of_three_when_a_member_is_added(people, room):
    with pytest.raises(Invalid) as error:
        actions.add_member(actor=people.ada, room_id=room.pk, user_id=people.cleo.pk, role="boss")
    assert error.value.attr == "role"


def test_an_heir_nobody_foresaw_still_inherits(people, make_user, room, monkeypatch):
    for name in ("dora", "eve", "fay"):
        actions.add_member(actor=people.ada, room_id=room.pk, user_id=make_user(name).pk)
    monkeypatch.setattr(actions.membership, "_heirs", lambda room_id: [])
    actions.leave_room(actor=people.ada, room_id=room.pk)
    assert RoomUser.objects.filter(room=room, role="owner").count() == 1


def test_yes_and_no_are_no_words(people, room):
    with pytest.raises(Invalid):
        actions.update_room(actor=people.ada, room_id=room.pk, is_public="false")
