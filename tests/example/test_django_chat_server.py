"""What people did with django-chat-server: rooms with a limit, one socket for all of them, signed in by API token."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from websockets.exceptions import InvalidStatus

from tests.example.host import hear, serving_example
from tests.example.person import hear_change, meeting, say

pytestmark = pytest.mark.host

MOST = 3
ALL_ROOMS = "/ws/messages/"


@pytest.fixture(scope="module")
def small(tmp_path_factory, django_db_blocker):
    """An example whose rooms hold three."""
    folder = tmp_path_factory.mktemp("small")
    with django_db_blocker.unblock(), serving_example(folder, MAX_USERS_IN_ROOM=str(MOST)) as host:
        yield host


@pytest.fixture(scope="module")
def people(small):
    with meeting(small, "Token") as meet:
        yield meet("ada", "ben", "cleo", "dora", "emil")


def hear_said(socket):
    """The next message that somebody sent: those of the system are passed over."""
    while True:
        message = hear(socket)
        if message["user_id"] is not None:
            return message


def test_the_token_signs_in_everywhere(small, people):
    ada = people[0]
    assert ada.authorization.startswith("Token ")
    with small.http() as stranger:
        assert stranger.get("/api/v1/chat/rooms/").status_code == 401
        wrong = {"Authorization": "Token 0000"}
        assert stranger.get("/api/v1/chat/rooms/", headers=wrong).status_code == 401
        assert stranger.get("/api/v1/users/").status_code == 401
    with pytest.raises(InvalidStatus), small.socket(ALL_ROOMS, additional_headers=wrong):
        pass


def test_rooms_are_changed_by_their_owner_alone(people):
    ada, ben, cleo, *_ = people
    room_id = ada.make_room(ben, title="Plans")
    path = f"rooms/{room_id}/"
    assert room_id in {room["id"] for room in ada.chat("GET", "rooms/")["results"]}, "an owner is a member"
    assert ben.chat("GET", path)["title"] == "Plans"
    assert ben.refused("PATCH", path, {"title": "Mine"}, 403) == {"permission_denied"}
    assert ben.refused("DELETE", path, None, 403) == {"permission_denied"}
    for method in ("GET", "PATCH", "DELETE"):
        assert cleo.refused(method, path, {"title": "Mine"}, 404) == {"not_found"}
    assert ada.chat("PATCH", path, {"title": "Plan B"})["title"] == "Plan B"
    with ben.socket() as socket:
        hear(socket, type="ready")
        ada.chat("DELETE", path, status=204)
        hear(socket, type="removed", stream=f"room:{room_id}")
    assert ben.refused("GET", path, None, 404) == {"not_found"}


def test_a_private_room_is_joined_by_being_added(people):
    ada, ben, cleo, *_ = people
    room_id = ada.make_room()
    assert ben.refused("PUT", f"rooms/{room_id}/join/", None, 404) == {"not_found"}
    ada.chat("POST", f"rooms/{room_id}/users/", {"user_id": ben.id}, 201)
    assert ben.refused("POST", f"rooms/{room_id}/users/", {"user_id": cleo.id}, 403) == {"permission_denied"}
    ben.send(room_id, "Thanks for having me")


def test_joining_starts_and_leaving_stops_what_every_open_socket_hears(people):
    ada, ben, *_ = people
    room_id, other = ada.make_room(is_public=True), ada.make_room(ben)
    with ben.socket(ALL_ROOMS) as one, ben.socket(ALL_ROOMS) as two:
        for socket in (one, two):
            say(socket)
            assert "error" in hear(socket)
        ada.send(room_id, "before")
        ben.chat("PUT", f"rooms/{room_id}/join/")
        ada.send(room_id, "while")
        assert [hear_said(socket)["body"] for socket in (one, two)] == ["while"] * 2
        ben.chat("PUT", f"rooms/{room_id}/leave/", status=204)
        ada.send(room_id, "after")
        ada.send(other, "elsewhere")
        assert [hear_said(socket)["body"] for socket in (one, two)] == ["elsewhere"] * 2
        ben.chat("PUT", f"rooms/{room_id}/leave/", status=204)


def test_closing_one_tab_leaves_the_other_in_all_rooms(people):
    ada, ben, *_ = people
    with ben.socket(ALL_ROOMS) as stays:
        with ben.socket(ALL_ROOMS):
            pass
        room_id = ada.make_room(ben)
        ada.send(room_id, "hello")
        assert hear_said(stays)["body"] == "hello"


def test_a_full_room_takes_nobody_more_and_its_members_go_on(people):
    ada, ben, cleo, dora, _ = people
    room_id = ada.make_room(ben, cleo, is_public=True)
    assert dora.refused("PUT", f"rooms/{room_id}/join/", None, 400) == {"room_full"}
    assert ada.refused("POST", f"rooms/{room_id}/users/", {"user_id": dora.id}, 400) == {"room_full"}
    assert ada.refused("POST", "rooms/", {"title": "x", "user_ids": [p.id for p in people[1:]]}, 400) == {
        "too_many_users"
    }
    ben.chat("PUT", f"rooms/{room_id}/join/")
    with ben.socket(ALL_ROOMS) as socket:
        say(socket, text="full house", room=room_id)
        assert hear_said(socket)["body"] == "full house"
    cleo.send(room_id, "indeed")
    cleo.chat("PUT", f"rooms/{room_id}/leave/", status=204)
    dora.chat("PUT", f"rooms/{room_id}/join/")
    assert cleo.refused("PUT", f"rooms/{room_id}/join/", None, 400) == {"room_full"}


def test_a_rooms_own_limit_makes_sense(people):
    ada, ben, *_ = people
    assert ada.refused("POST", "rooms/", {"title": "Big", "max_users": MOST + 1}, 400) == {"too_many_users"}
    for wrong in (0, -1, "many"):
        ada.refused("POST", "rooms/", {"title": "Odd", "max_users": wrong}, 400)
    room_id = ada.make_room(ben, max_users=2)
    assert ada.refused("PATCH", f"rooms/{room_id}/", {"max_users": 1}, 400) == {"too_few_users"}


def test_two_who_join_at_once_do_not_beat_the_limit(people):
    ada, *others = people
    room_id = ada.make_room(is_public=True)
    with ThreadPoolExecutor(len(others)) as pool:
        path = f"/api/v1/chat/rooms/{room_id}/join/"
        answers = list(pool.map(lambda person: person.client.put(path).status_code, others))
    assert sorted(answers) == [200, 200, 400, 400]
    assert ada.chat("GET", f"rooms/{room_id}/")["member_count"] == MOST


def test_a_message_belongs_to_its_author(people):
    ada, ben, cleo, dora, _ = people
    room_id = ada.make_room(ben, cleo)
    message = ben.send(room_id, "Mine")
    path = f"rooms/{room_id}/messages/{message['id']}/"
    assert cleo.chat("GET", path)["body"] == "Mine"
    for method in ("PUT", "PATCH"):
        assert cleo.refused(method, path, {"body": "Ours"}, 403) == {"permission_denied"}
        assert ada.refused(method, path, {"body": "Ours"}, 403) == {"permission_denied"}
        assert dora.refused(method, path, {"body": "Ours"}, 404) == {"not_found"}
    assert cleo.refused("DELETE", path, None, 403) == {"permission_denied"}
    assert ben.chat("PATCH", path, {"body": "Still mine"})["body"] == "Still mine"
    left = ben.send(room_id, "Bye")
    ben.chat("DELETE", path, status=204)
    ben.chat("PUT", f"rooms/{room_id}/leave/", status=204)
    assert ben.refused("PATCH", f"rooms/{room_id}/messages/{left['id']}/", {"body": "x"}, 404) == {"not_found"}


def test_messages_are_sent_as_json_and_never_empty(people):
    ada, *_ = people
    room_id = ada.make_room()
    assert ada.chat("POST", "messages/", {"room_id": room_id, "body": "Hello"}, 201)["body"] == "Hello"
    assert [message["body"] for message in ada.chat("GET", f"messages/?room={room_id}")["results"]] == ["Hello"]
    assert ada.refused("POST", "messages/", {"room_id": room_id}, 400) == {"required"}
    assert ada.refused("POST", f"rooms/{room_id}/messages/", {"body": " "}, 400) == {"blank"}


def test_created_changed_and_deleted_are_told_apart(people):
    ada, ben, *_ = people
    room_id = ada.make_room(ben)
    with ben.socket(ALL_ROOMS) as bare, ben.socket() as full:
        hear(full, type="ready")
        message = ada.send(room_id, "one")
        path = f"rooms/{room_id}/messages/{message['id']}/"
        frames = [hear(bare)]
        ada.chat("PATCH", path, {"body": "two"})
        frames.append(hear(bare))
        ada.chat("DELETE", path, status=204)
        frames.append(hear(bare))
        assert [frame.get("body") for frame in frames] == ["one", "two", None]
        assert [bool(frame.get("edited_at")) for frame in frames] == [False, True, False]
        assert frames[2]["deleted"]
        assert hear_change(full, "messages", deleted=True)["id"] == message["id"]


def test_an_outsiders_text_reaches_nobody_and_ends_nothing(people):
    ada, ben, cleo, *_ = people
    room_id = ada.make_room(ben)
    with cleo.socket(ALL_ROOMS) as outside, ben.socket(ALL_ROOMS) as inside:
        for frame in ({"text": "let me in", "room": room_id}, {"text": "x", "room": 999}, {"text": "x"}, {}):
            say(outside, **frame)
            assert set(hear(outside)) == {"error", "code"}
        mine = cleo.make_room()
        say(outside, text="at home", room=mine)
        assert hear_said(outside)["body"] == "at home"
        ada.send(room_id, "hello")
        assert hear_said(inside)["body"] == "hello"


def test_an_owner_may_delete_the_account_and_the_room_stays(small):
    with meeting(small, "Token") as meet:
        gus, ben = meet("gus", "ben")
        room_id = gus.make_room(ben)
        gus.send(room_id, "I am off")
        gus.ask("DELETE", f"/api/v1/users/{gus.id}/", status=204)
        bodies = {message["body"] for message in ben.chat("GET", f"rooms/{room_id}/messages/")["results"]}
        assert "I am off" in bodies
        ben.send(room_id, "Good bye")
