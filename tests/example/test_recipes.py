"""The recipes' sockets: who may open them, what they give, and that nothing ends them but what should."""

from __future__ import annotations

import json
import uuid
from base64 import b64encode

import pytest
from websockets.exceptions import InvalidStatus

from tests.example.host import hear
from tests.example.person import last_words, say

pytestmark = pytest.mark.host

HOSTILE = [
    b"\x00\x01",
    "no json",
    "[]",
    "null",
    '"text"',
    "7",
    "{}",
    "NaN",
    "[" * 5_000,
    '{"message": ' * 2_000,
    json.dumps({"message": "x" * 70_000, "text": "x" * 70_000}),
    *(
        json.dumps({"message": value, "text": value})
        for value in (None, True, [], {"a": 1}, "", "  ", "a\x00b", "\ud800")
    ),
    json.dumps({"message": "y" * 10_001, "text": "y" * 10_001}),
]


@pytest.fixture(scope="module")
def people(meet):
    return meet("ada", "ben", "cleo")


def paths(person, room_id):
    return [f"/ws/direct/{person.id}/", f"/ws/rooms/{room_id}/", "/ws/messages/"]


def test_strangers_hear_nothing(example, people):
    ada, ben, _ = people
    for path in paths(ben, ada.make_room(ben)):
        with example.socket(path) as socket:
            assert hear(socket)["type"] == "authenticate"
            say(socket, message="hello")
            answers, code = last_words(socket)
            assert [answer["response_status"] for answer in answers] == [401]
            assert code == 4401
        with (
            pytest.raises(InvalidStatus) as refused,
            example.socket(path, additional_headers={"Authorization": "Bearer x"}),
        ):
            pass
        assert refused.value.response.status_code == 403


def ways_in(person):
    """How a socket may say whose it is: options of the handshake."""
    registered, page = person.registered, person.host.base
    session = registered.session()
    cookies = "; ".join(f"{name}={value}" for name, value in session.cookies.items())
    csrf = ["df-chat", f"csrf.{session.headers['X-CSRFToken']}"]
    ticket = person.chat("POST", "ws-ticket/", status=201)["ticket"]
    yield {}
    basic = b64encode(f"{registered.username}:{registered.password}".encode()).decode()
    for header in (registered.token().headers["Authorization"], f"Basic {basic}"):
        yield {"additional_headers": {"Authorization": header}}
    yield {"additional_headers": {}, "subprotocols": ["df-chat", f"Bearer.{person.tokens['access']}"]}
    yield {"additional_headers": {}, "subprotocols": ["df-chat", f"ticket.{ticket}"]}
    yield {"additional_headers": {"Cookie": cookies}, "subprotocols": csrf, "origin": page}


def test_every_way_into_the_chat_leads_to_them(people):
    ada, ben, _ = people
    room_id = ada.make_room(ben)
    for options in ways_in(ada):
        with ada.socket(f"/ws/rooms/{room_id}/", **options) as socket:
            say(socket, message="It is me")
            assert hear(socket, username=ada.name)["message"] == "It is me"


def test_the_first_frame_may_say_who_it_is_and_opens_no_more_than_the_header(people):
    ada, ben, cleo = people
    path = f"/ws/rooms/{ada.make_room(ben)}/"
    with ada.socket(path, additional_headers={}) as socket:
        say(socket, action="authenticate", request_id=1, authorization=ada.authorization)
        assert hear(socket, request_id=1)["response_status"] == 200
        say(socket, message="It is me")
        assert hear(socket, username=ada.name)["message"] == "It is me"
    for closed in (path, f"/ws/direct/{cleo.id}/", "/ws/direct/999999999/"):
        with cleo.socket(closed, additional_headers={}) as socket:
            assert hear(socket)["type"] == "authenticate"
            say(socket, action="authenticate", request_id=1, authorization=cleo.authorization)
            (answer,), code = last_words(socket)
            assert (answer["response_status"], code) == (200, 4404)


def test_no_chat_with_whom_one_may_not_reach(meet, staff):
    ada, ben = meet("ada", "ben")
    assert staff.api.patch(f"/api/v1/users/{ben.id}/", json={"is_active": False}).status_code == 200
    with pytest.raises(InvalidStatus), ada.socket(f"/ws/direct/{ben.id}/"):
        pass


def test_pages_of_other_sites_open_none(people):
    ada, ben, _ = people
    for path in paths(ben, ada.make_room(ben)):
        with pytest.raises(InvalidStatus), ada.socket(path, origin="https://elsewhere.example"):
            pass


@pytest.mark.parametrize("name", ["0", "999999999", "x", "%00", "-1", "9" * 70, "../1"])
def test_no_chat_with_nobody(people, name):
    with pytest.raises(InvalidStatus), people[0].socket(f"/ws/direct/{name}/"):
        pass


def test_no_chat_with_oneself(people):
    with pytest.raises(InvalidStatus), people[0].socket(f"/ws/direct/{people[0].id}/"):
        pass


@pytest.mark.parametrize("name", [str(uuid.UUID(int=7)), "1", "x", "%00"])
def test_no_room_that_is_none(people, name):
    with pytest.raises(InvalidStatus), people[0].socket(f"/ws/rooms/{name}/"):
        pass


@pytest.mark.parametrize("is_public", [False, True])
def test_outsiders_open_no_room(people, is_public):
    ada, ben, cleo = people
    room_id = ada.make_room(ben, is_public=is_public)
    with pytest.raises(InvalidStatus), cleo.socket(f"/ws/rooms/{room_id}/"):
        pass


def test_hostile_frames_are_answered_and_end_nothing(people):
    ada, ben, _ = people
    room_id = ada.make_room(ben)
    for path in paths(ben, room_id):
        with ada.socket(path) as socket:
            for frame in HOSTILE:
                socket.send(frame)
                assert set(hear(socket)) == {"error", "code"}, (path, frame[:40])
            say(socket, message="still here", text="still here", room=room_id)
            said = hear(socket)
            assert said.get("message", said.get("body")) == "still here"


def test_the_first_message_opens_the_chat_for_sockets_that_are_open(meet):
    ada, ben = meet("dora", "emil")
    with ada.socket(f"/ws/direct/{ben.id}/") as here, ben.socket(f"/ws/direct/{ada.id}/") as there:
        assert ada.chat("GET", f"direct/{ben.id}/", status=404)
        say(here, message="")
        assert hear(here)["code"] == "blank"
        assert ada.chat("GET", f"direct/{ben.id}/", status=404)
        say(here, message="hello")
        heard = [hear(socket) for socket in (here, there)]
        assert heard[0] == heard[1]
        assert heard[0] | {"id": "", "created": ""} == {
            "type": "chat.message",
            "message": "hello",
            "sender": ada.name,
            "id": "",
            "created": "",
        }
        say(there, message="hello yourself")
        assert [hear(socket)["sender"] for socket in (here, there)] == [ben.name, ben.name]


def test_what_others_write_to_one_is_not_the_pairs(people):
    ada, ben, cleo = people
    with ada.socket(f"/ws/direct/{ben.id}/") as socket:
        cleo.chat("POST", f"direct/{ada.id}/messages/", {"body": "psst"})
        ben.chat("POST", f"direct/{ada.id}/messages/", {"body": "hello"})
        assert hear(socket)["message"] == "hello"


def test_nobody_speaks_for_another(people):
    ada, ben, _ = people
    room_id = ada.make_room(ben)
    with ada.socket(f"/ws/rooms/{room_id}/") as here, ben.socket(f"/ws/rooms/{room_id}/") as there:
        say(here, message="hi", userid=ben.id, username=ben.name, sender=ben.name, room=str(uuid.uuid4()))
        for socket in (here, there):
            said = hear(socket)
            assert (said["message"], said["username"]) == ("hi", ada.name)
            assert set(said) == {"message", "username", "id", "created"}


def test_a_rooms_socket_tells_of_new_messages_of_that_room_alone(people):
    ada, ben, _ = people
    room_id, other_id = ada.make_room(ben), ada.make_room(ben)
    with ben.socket(f"/ws/rooms/{room_id}/") as socket:
        ada.chat("POST", f"rooms/{other_id}/messages/", {"body": "elsewhere"})
        first = ada.chat("POST", f"rooms/{room_id}/messages/", {"body": "first"})
        ada.chat("POST", f"rooms/{room_id}/messages/{first['id']}/react/", {"emoji": "👍"})
        ada.chat("PATCH", f"rooms/{room_id}/messages/{first['id']}/", {"body": "first!"})
        ada.chat("DELETE", f"rooms/{room_id}/messages/{first['id']}/")
        ada.chat("POST", f"rooms/{room_id}/messages/", {"body": "second"})
        assert [hear(socket)["message"] for _ in range(2)] == ["first", "second"]


@pytest.mark.parametrize("how", ["removed", "left"])
def test_a_member_of_before_hears_nothing_more_and_the_socket_closes(people, how):
    ada, ben, _ = people
    room_id = ada.make_room(ben)
    with ben.socket(f"/ws/rooms/{room_id}/") as socket:
        ada.chat("POST", f"rooms/{room_id}/messages/", {"body": "for ben"})
        assert hear(socket)["message"] == "for ben"
        if how == "removed":
            ada.chat("DELETE", f"rooms/{room_id}/users/{ben.id}/")
        else:
            ben.chat("POST", f"rooms/{room_id}/leave/")
        ada.chat("POST", f"rooms/{room_id}/messages/", {"body": "secret"})
        assert last_words(socket) == ([], 4403)


def test_one_socket_hears_rooms_that_are_joined_while_it_is_open_until_they_are_left(people):
    ada, ben, _ = people
    early, late = ada.make_room(ben), ada.make_room(is_public=True)
    with ben.socket("/ws/messages/") as socket:
        ada.chat("POST", f"rooms/{late}/messages/", {"body": "before ben"})
        ben.chat("POST", f"rooms/{late}/join/")
        said = ada.chat("POST", f"rooms/{late}/messages/", {"body": "welcome"})
        assert hear(socket, room_id=late, body="welcome")["id"] == said["id"]
        ben.chat("POST", f"rooms/{late}/leave/")
        ada.chat("POST", f"rooms/{late}/messages/", {"body": "gone?"})
        ada.chat("POST", f"rooms/{early}/messages/", {"body": "still"})
        heard = hear(socket)
        while heard["user_id"] is None:  # "ben joined", "ben left"
            heard = hear(socket)
        assert heard["body"] == "still"


def test_changes_and_deletions_are_given_as_the_message_now_is(people):
    ada, ben, _ = people
    room_id = ada.make_room(ben)
    with ben.socket("/ws/messages/") as socket:
        # One by one: a socket that is yet to open is told of all that came meanwhile as it is in the end.
        message = ada.chat("POST", f"rooms/{room_id}/messages/", {"body": "1st"})
        path = f"rooms/{room_id}/messages/{message['id']}/"
        created = hear(socket)
        ada.chat("PATCH", path, {"body": "first"})
        updated = hear(socket)
        ada.chat("DELETE", path)
        deleted = hear(socket)
        assert created == {key: value for key, value in message.items() if key in created}
        assert (created["id"], created["body"], updated["body"]) == (message["id"], "1st", "first")
        assert updated["id"] == message["id"]
        assert deleted["deleted"]
        assert deleted["id"] == message["id"]


def test_rooms_one_may_not_write_to_answer_an_error(people):
    ada, ben, cleo = people
    private, public = ada.make_room(ben), ada.make_room(ben, is_public=True)
    with cleo.socket("/ws/messages/") as socket, ada.socket("/ws/messages/") as insider:
        for room, code in [(private, "not_found"), (str(uuid.uuid4()), "not_found"), (public, "not_a_member")]:
            say(socket, text="let me in", room=room)
            assert hear(socket)["code"] == code
        for room in (None, 7, [], {}, "x"):
            say(socket, text="hello", room=room)
            assert set(hear(socket)) == {"error", "code"}
        say(insider, text="quiet here", room=private)
        assert hear(insider)["body"] == "quiet here"


def test_a_message_too_large_for_the_channel_layer_arrives_all_the_same(people):
    ada, ben, _ = people
    room_id = ada.make_room(ben)
    large = "ä" * 9_000
    with ada.socket("/ws/messages/") as socket:
        say(socket, text=large, room=room_id)
        assert hear(socket)["body"] == large


WRITE = """
from accounts.models import User
from df_chat import actions
one, other = User.objects.get(pk={one!r}), User.objects.get(pk={other!r})
room, _ = actions.open_direct(actor=one, user_id=other.pk)
for body in ("first", "second"):
    actions.send_message(actor=one, room_id=room.pk, body=body)
"""


def test_what_no_event_told_of_is_found_in_the_database(example, meet):
    """Without Redis a command's events reach no server: the sockets live from what the server looks up."""
    ada, ben = meet("ada", "ben")
    with ben.socket("/ws/messages/") as all_rooms, ben.socket(f"/ws/direct/{ada.id}/") as direct:
        example.manage("shell", "-c", WRITE.format(one=ada.id, other=ben.id))
        assert [hear(all_rooms)["body"] for _ in range(2)] == ["first", "second"]
        assert [hear(direct)["message"] for _ in range(2)] == ["first", "second"]


def test_a_logout_closes_the_socket(meet):
    (gus,) = meet("gus")
    with gus.socket("/ws/messages/") as socket:
        say(socket)
        assert "error" in hear(socket)
        gus.ask("POST", "/api/v1/auth/logout/", status=204)
        assert last_words(socket) == ([], 4401)
