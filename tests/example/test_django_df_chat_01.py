"""What people did with django-df-chat 0.1: rooms, replies, reactions and marks, and one socket that tells of all."""

from __future__ import annotations

import pytest

from tests.example.host import hear
from tests.example.person import command, hear_change, say

pytestmark = pytest.mark.host


@pytest.fixture(scope="module")
def people(meet):
    return meet("ada", "ben", "cleo")


def test_rooms_are_private_unless_they_say_otherwise(people):
    ada, ben, cleo = people
    private, public = ada.make_room(ben), ada.make_room(is_public=True, title="Open")
    room = ben.chat("GET", f"rooms/{private}/")
    assert (room["is_public"], room["creator_id"], room["is_member"], room["role"]) == (False, ada.id, True, "member")
    assert room["last_message"] is None
    assert cleo.chat("GET", f"rooms/{public}/")["is_member"] is False
    assert cleo.refused("GET", f"rooms/{private}/", None, 404) == {"not_found"}
    assert ben.refused("PUT", f"rooms/{private}/", {"title": "Mine"}, 403) == {"permission_denied"}
    changed = ada.chat("PUT", f"rooms/{private}/", {"title": "Ours", "is_public": True})
    assert (changed["title"], changed["is_public"]) == ("Ours", True)
    ada.chat("DELETE", f"rooms/{private}/", status=204)


def test_members_are_added_named_and_removed(people):
    ada, ben, cleo = people
    room_id = ada.make_room(ben)
    assert ada.chat("POST", f"rooms/{room_id}/users/", {"user_id": cleo.id}, 201)["user_id"] == cleo.id
    names = {row["user_id"]: row["name"] for row in ben.chat("GET", f"rooms/{room_id}/users/names/")}
    assert names == {person.id: person.name for person in people}
    members = ben.chat("GET", f"rooms/{room_id}/users/")["results"]
    assert {member["user_id"] for member in members if member["is_me"]} == {ben.id}
    path = f"rooms/{room_id}/users/{cleo.id}/"
    assert ada.chat("PUT", path, {"role": "admin"})["role"] == "admin"
    assert ben.refused("DELETE", path, None, 403) == {"permission_denied"}
    ada.chat("DELETE", path, status=204)
    assert cleo.refused("GET", f"rooms/{room_id}/", None, 404) == {"not_found"}


def test_posting_leaves_the_muting_alone(people):
    ada, ben, _ = people
    room_id = ada.make_room(is_public=True)
    assert ben.refused("POST", f"rooms/{room_id}/messages/", {"body": "hi"}, 403) == {"not_a_member"}
    ben.chat("POST", f"rooms/{room_id}/join/")
    for verb, is_muted in (("mute", True), ("mute", True), ("unmute", False)):
        assert ben.chat("POST", f"rooms/{room_id}/{verb}/")["is_muted"] is is_muted
        ben.send(room_id, "hi")
        assert ben.chat("GET", f"rooms/{room_id}/")["is_muted"] is is_muted
    assert ada.chat("GET", f"rooms/{room_id}/")["is_muted"] is False


def test_replies_stay_in_the_room_and_do_not_keep_it_from_deletion(people):
    ada, ben, _ = people
    room_id, other = ada.make_room(ben), ada.make_room()
    question, secret = ada.send(room_id, "Coffee?"), ada.send(other, "Secret")
    reply = ben.send(room_id, "Yes", parent_id=question["id"])
    assert reply["parent_id"] == question["id"]
    replies = ada.chat("GET", f"rooms/{room_id}/messages/?parent={question['id']}")["results"]
    assert [message["id"] for message in replies] == [reply["id"]]
    for parent in (secret["id"], question["id"][:-4] + "0000", "x"):
        ben.refused("POST", f"rooms/{room_id}/messages/", {"body": "hm", "parent_id": parent}, 400)
    with ben.socket() as socket:
        hear(socket, type="ready")
        ada.chat("DELETE", f"rooms/{room_id}/messages/{question['id']}/", status=204)
        assert hear_change(socket, "messages", id=question["id"])["deleted"] is True
    assert reply["id"] in {message["id"] for message in ben.chat("GET", f"rooms/{room_id}/messages/")["results"]}
    ada.chat("DELETE", f"rooms/{room_id}/", status=204)


def test_reactions_show_in_the_message_and_come_with_it(people):
    ada, ben, _ = people
    room_id = ada.make_room(ben)
    message = ada.send(room_id, "Done")
    with ada.socket() as socket:
        hear(socket, type="ready")
        reaction = ben.send(room_id, "👍", parent_id=message["id"], is_reaction=True)
        heard = hear_change(socket, "messages", id=message["id"])
        assert heard["reactions"] == [{"emoji": "👍", "count": 1, "user_ids": [ben.id]}]
        ben.chat("POST", f"rooms/{room_id}/messages/{message['id']}/react/", {"emoji": "👍"})
        ben.chat("DELETE", f"rooms/{room_id}/messages/{reaction['id']}/", status=204)
        assert hear_change(socket, "messages", id=message["id"])["reactions"] == []
    listed = ada.chat("GET", f"rooms/{room_id}/messages/")["results"]
    assert message["id"] in {row["id"] for row in listed}
    assert reaction["id"] not in {row["id"] for row in listed}


def test_what_is_seen_is_told_to_the_room(people):
    ada, ben, cleo = people
    room_id = ada.make_room(ben, cleo)
    messages = [ada.send(room_id, str(number))["id"] for number in range(3)]
    assert ben.chat("GET", f"rooms/{room_id}/")["unread_count"] == 3
    assert ada.chat("GET", f"rooms/{room_id}/")["unread_count"] == 0
    with ada.socket() as socket:
        hear(socket, type="ready")
        answer = ben.chat("POST", f"rooms/{room_id}/messages/seen/", {"message_ids": messages})
        assert set(answer["message_ids"]) == set(messages)
        assert hear(socket, type="receipt", user_id=ben.id)["seen_seq"] == answer["seen_seq"]
    seen = {row["user_id"]: row for row in ada.chat("GET", f"rooms/{room_id}/messages/{messages[0]}/")["seen_by"]}
    assert set(seen) == {ben.id}
    assert [row["is_seen_by_me"] for row in cleo.chat("GET", f"rooms/{room_id}/messages/?limit=3")["results"]] == [
        False
    ] * 3


def test_one_socket_tells_of_all_rooms_those_made_and_joined_later_too(people):
    ada, ben, cleo = people
    early = ada.make_room(ben)
    with ada.socket() as mine, ben.socket() as other_tab, ben.socket() as tab, cleo.socket() as outside:
        for socket in (mine, other_tab, tab, outside):
            hear(socket, type="ready")
        late = ada.make_room(ben, title="Late")
        for socket in (mine, other_tab, tab):
            hear(socket, type="subscribed", stream=f"room:{late}")
        for room_id in (early, late):
            sent = ada.send(room_id, "hello")
            assert {hear_change(socket, "messages", body="hello")["id"] for socket in (mine, tab, other_tab)} == {
                sent["id"]
            }
        cleos = cleo.make_room()
        hear(outside, type="subscribed", stream=f"room:{cleos}")
        cleo.send(cleos, "alone")
        assert hear_change(outside, "messages", body="alone")["room_id"] == cleos


def test_a_removed_member_hears_nothing_more(people):
    ada, ben, cleo = people
    room_id, other = ada.make_room(ben, cleo), ada.make_room(ben)
    with ben.socket() as socket, cleo.socket() as stays:
        for each in (socket, stays):
            hear(each, type="ready")
        ada.chat("DELETE", f"rooms/{room_id}/users/{ben.id}/", status=204)
        ada.send(room_id, "secret")
        ada.send(other, "elsewhere")
        assert hear_change(stays, "users", user_id=ben.id)["is_active"] is False
        assert hear_change(stays, "messages", body="secret")
        heard: list[str] = []
        while "elsewhere" not in heard:
            heard += [message["body"] for message in hear(socket).get("messages", ()) if message["user_id"]]
        assert heard == ["elsewhere"]


def test_somebody_is_online_until_the_last_tab_closes(meet):
    ada, ben = meet("ada", "ben")
    room_id = ada.make_room(ben)

    def is_online():
        return ada.chat("GET", f"rooms/{room_id}/users/{ben.id}/")["is_online"]

    assert not is_online()
    with ada.socket() as socket:
        hear(socket, type="ready")
        with ben.socket() as stays:
            hear(stays, type="ready")
            assert hear(socket, type="presence", user_id=ben.id)["is_online"] is True
            with ben.socket() as goes:
                hear(goes, type="ready")
            command(stays, "sync")
            assert is_online()
        assert hear(socket, type="presence", user_id=ben.id)["is_online"] is False
        assert not is_online()


def test_frames_that_are_no_commands_are_answered(people):
    ada, *_ = people
    with ada.socket() as socket:
        hear(socket, type="ready")
        say(socket, action="sync")
        assert hear(socket, action="sync")["response_status"] == 200
        answer = command(socket, "retrieve", pk=1)
        assert (answer["response_status"], answer["errors"][0]["code"]) == (405, "method_not_allowed")
        for garbage in ("{broken", "[]", b"\x00"):
            socket.send(garbage)
            assert hear(socket, action=None)["response_status"] == 400
        assert command(socket, "sync")["response_status"] == 200


def test_what_was_missed_is_asked_for_with_the_versions_one_has(people):
    ada, ben, _ = people
    room_id = ada.make_room(ben)
    with ben.socket() as socket:
        streams = hear(socket, type="ready")["streams"]
    first = ada.send(room_id, "first")
    second = ada.send(room_id, "second")
    ada.chat("DELETE", f"rooms/{room_id}/messages/{first['id']}/", status=204)
    missed = ben.chat("POST", "sync/", {"streams": streams})["streams"][f"room:{room_id}"]["messages"]
    assert [(message["id"], message.get("deleted", False)) for message in missed] == [
        (second["id"], False),
        (first["id"], True),
    ]


def test_what_the_editor_has_seen_is_not_told_of_the_others(people):
    ada, ben, _ = people
    room_id = ada.make_room(ben)
    with ben.socket() as socket:
        hear(socket, type="ready")
        message = ada.send(room_id, "frm")
        ada.chat("PATCH", f"rooms/{room_id}/messages/{message['id']}/", {"body": "from"})
        heard = hear_change(socket, "messages", body="from")
        assert {"is_me", "is_seen_by_me"}.isdisjoint(heard)
    assert ben.chat("GET", f"rooms/{room_id}/messages/{message['id']}/")["is_seen_by_me"] is False
