"""What drf_ws_chat did: two people who sign in by UUID, and messages that are pending, sent, delivered and read."""

from __future__ import annotations

import contextlib
import json
import uuid

import pytest

from tests.example.host import hear, serving_example

pytestmark = pytest.mark.host

SIGN_IN = "/api/v1/auth/uuid/"
CHAT = "/api/v1/chat/"


@pytest.fixture(scope="module")
def host(tmp_path_factory, django_db_blocker):
    """An example whose demo people need no password."""
    with django_db_blocker.unblock(), serving_example(tmp_path_factory.mktemp("uuid"), DEMO_SIGN_IN="true") as host:
        host.manage("demo", "--no-serve")
        yield host


class Person:
    """A demo person with an access token, as a client of the API."""

    def __init__(self, host, fields):
        self.host, self.id, self.uuid = host, str(fields["id"]), fields["uuid"]
        self.http = host.http()
        answer = self.http.post(SIGN_IN, json={"user_uuid": self.uuid})
        assert answer.status_code == 200, answer.text
        self.credentials = {"Authorization": f"Bearer {answer.json()['token']}"}
        self.http.headers.update(self.credentials)

    @contextlib.contextmanager
    def socket(self, backlog="1"):
        path = f"{CHAT}ws/?backlog={backlog}"
        with self.host.socket(path, additional_headers=self.credentials) as socket:
            hear(socket, type="ready")
            yield socket

    def send(self, other, text):
        answer = self.http.post(f"{CHAT}direct/{other.id}/messages/", json={"body": text})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def acknowledge(self, mark, message):
        return self.http.post(f"{CHAT}rooms/{message['room_id']}/messages/{mark}/", json={"message_id": message["id"]})

    def look(self, message):
        return self.http.get(f"{CHAT}rooms/{message['room_id']}/messages/{message['id']}/")


@pytest.fixture
def make_person(host, admin):
    """New people, whom a superuser lets in by their UUID."""
    people = []

    def make():
        name = f"u{uuid.uuid4().hex[:12]}"
        fields = {"username": name, "email": f"{name}@example.com", "password": uuid.uuid4().hex, "is_demo": True}
        answer = admin.post("/api/v1/users/", json=fields)
        assert answer.status_code == 201, answer.text
        people.append(Person(host, answer.json()))
        return people[-1]

    yield make
    for person in people:
        person.http.close()


@pytest.fixture(scope="module")
def admin(host):
    with host.http() as http:
        names = {"username": "admin", "password": "demo-pass-2026"}
        token = http.post("/api/v1/auth/api-token/", json=names).json()["token"]
        http.headers["Authorization"] = f"Token {token}"
        yield http


@pytest.fixture
def ada(make_person):
    return make_person()


@pytest.fixture
def ben(make_person, ada):
    """Somebody whom Ada has opened the chat with."""
    ben = make_person()
    assert ada.http.post(f"{CHAT}direct/{ben.id}/").status_code == 201
    return ben


def ask(socket, action, **fields):
    """Send a command; its answer."""
    request_id = uuid.uuid4().hex
    socket.send(json.dumps({"action": action, "request_id": request_id, **fields}))
    return hear(socket, request_id=request_id)


def backlogs(socket):
    """What a new socket brings of messages not yet acknowledged: it comes before the answer to the first command."""
    socket.send(json.dumps({"action": "sync", "request_id": "first", "streams": {}}))
    told = []
    while (frame := hear(socket)).get("request_id") != "first":
        told.append(frame)
    assert frame["response_status"] == 200
    return [frame for frame in told if frame["type"] == "backlog"]


# -- Signing in -----------------------------------------------------------------------------------------------
def test_the_two_people_of_drf_ws_chat_sign_in(host):
    with host.http() as http:
        for known in ("7e23353f-c0b3-43a1-880b-94f84969ad33", "8fd045c9-46a0-4493-9341-bb86807c16e4"):
            token = http.post(SIGN_IN, json={"user_uuid": known}).json()["token"]
            answer = http.get(f"{CHAT}rooms/", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 200


@pytest.mark.parametrize("body", [{}, {"user_uuid": "x"}, {"user_uuid": str(uuid.uuid4())}, {"user_uuid": [1]}, [], 7])
def test_nobody_else_signs_in(host, body):
    with host.http() as http:
        answer = http.post(SIGN_IN, json=body)
    assert answer.status_code in (400, 401), answer.text
    assert answer.json()["errors"][0]["code"]


@pytest.mark.parametrize("flags", [{}, {"is_demo": True, "is_staff": True}, {"is_demo": True, "is_active": False}])
def test_the_uuid_of_anybody_else_is_no_way_in(host, admin, flags):
    name = f"u{uuid.uuid4().hex[:12]}"
    fields = {"username": name, "email": f"{name}@example.com", "password": uuid.uuid4().hex, **flags}
    made = admin.post("/api/v1/users/", json=fields).json()
    assert made.items() >= flags.items()
    with host.http() as http:
        answer = http.post(SIGN_IN, json={"user_uuid": made["uuid"]})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, "bad_credentials")


def test_a_uuid_is_no_way_in_where_it_is_not_asked_for(example):
    with example.http() as http:
        answer = http.post(SIGN_IN, json={"user_uuid": "7e23353f-c0b3-43a1-880b-94f84969ad33"})
        assert answer.status_code == 404
        assert http.get("/two-panes/").status_code == 404


@pytest.mark.parametrize("credentials", [{}, {"Authorization": "Bearer nonsense"}])
def test_without_a_token_there_is_nothing(host, credentials):
    with host.http(headers=credentials) as http:
        assert http.get(f"{CHAT}rooms/").status_code == 401


# -- Sending --------------------------------------------------------------------------------------------------
def test_a_message_is_pushed_to_both_with_its_time(ada, ben):
    with ada.socket() as hers, ben.socket() as his:
        sent = ada.send(ben, "Hello")
        assert (sent["body"], sent["user_id"]) == ("Hello", ada.id)
        for socket in (hers, his):
            assert hear_message(socket, sent)["created"] == sent["created"]


def hear_message(socket, sent):
    """The message as it is pushed, equal to what its sender was answered, but for the viewer's part."""
    frame = hear(socket, type="changes", stream=f"room:{sent['room_id']}", version=sent["version"])
    (message,) = frame["messages"]
    assert message == {key: value for key, value in sent.items() if key not in ("is_me", "is_seen_by_me")}
    return message


def test_the_first_message_of_two_opens_their_chat_for_sockets_that_are_open(ada, make_person):
    cleo = make_person()
    with cleo.socket() as socket:
        sent = ada.send(cleo, "Hello, stranger")
        stream = hear(socket, type="subscribed")["stream"]
        assert stream == f"room:{sent['room_id']}"
        snapshot = cleo.http.get(f"{CHAT}rooms/{sent['room_id']}/snapshot/").json()
        assert snapshot["messages"][-1]["body"] == "Hello, stranger"
        hear_message(socket, ada.send(cleo, "And again"))


def test_the_history_has_all_newest_first_and_in_pages(ada, ben):
    for number in range(3):
        (ada if number % 2 else ben).send(ben if number % 2 else ada, f"{number}")
    page = ada.http.get(f"{CHAT}direct/{ben.id}/messages/?limit=2").json()
    assert [message["body"] for message in page["results"]] == ["2", "1"]
    assert [message["is_me"] for message in page["results"]] == [False, True]
    rest = ada.http.get(page["next"]).json()
    assert [message["body"] for message in rest["results"]] == ["0"]


@pytest.mark.parametrize(
    "body", [{}, {"body": ""}, {"body": None}, {"body": [1]}, {"body": "  "}, [], {"body": {"a": 1}}]
)
def test_what_is_no_text_is_refused(ada, ben, body):
    answer = ada.http.post(f"{CHAT}direct/{ben.id}/messages/", json=body)
    assert answer.status_code == 400
    assert answer.json()["type"] == "validation_error"


def test_there_is_nobody_to_write_to_but_others(ada):
    refused = ada.http.post(f"{CHAT}direct/{ada.id}/messages/", json={"body": "me"})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "yourself")
    for unknown in ("999999999", "x", str(uuid.uuid4())):
        assert ada.http.post(f"{CHAT}direct/{unknown}/messages/", json={"body": "?"}).status_code == 404


# -- Receipts -------------------------------------------------------------------------------------------------
def test_the_sender_hears_that_it_arrived_and_then_that_it_was_read(ada, ben):
    with ada.socket() as socket:
        sent = ada.send(ben, "Did it arrive?")
        assert ben.acknowledge("received", sent).status_code == 200
        receipt = hear(socket, type="receipt", room_id=sent["room_id"])
        assert (receipt["user_id"], receipt["received_seq"]) == (ben.id, sent["seq"])
        assert receipt["seen_seq"] < sent["seq"]
        assert receipt["received_at"] > sent["created"]
        assert ben.acknowledge("seen", sent).status_code == 200
        assert hear(socket, type="receipt", room_id=sent["room_id"])["seen_seq"] == sent["seq"]


def test_what_was_seen_was_delivered(ada, ben):
    sent = ada.send(ben, "Seen at once")
    ben.acknowledge("seen", sent)
    state = ada.look(sent).json()
    assert [reader["user_id"] for reader in state["received_by"]] == [ben.id]
    assert [reader["user_id"] for reader in state["seen_by"]] == [ben.id]
    with ben.socket() as socket:
        assert backlogs(socket) == []


@pytest.mark.parametrize(("mark", "readers"), [("received", "received_by"), ("seen", "seen_by")])
def test_the_first_acknowledgement_gives_the_time(ada, ben, mark, readers):
    sent = ada.send(ben, "Once")
    ben.acknowledge(mark, sent)
    first = ada.look(sent).json()[readers]
    assert ben.acknowledge(mark, sent).status_code == 200
    assert ada.look(sent).json()[readers] == first
    assert len(first) == 1


def test_only_the_recipient_acknowledges(ada, ben, make_person):
    sent = ada.send(ben, "For you alone")
    stranger = make_person()
    for mark in ("received", "seen"):
        assert stranger.acknowledge(mark, sent).status_code == 404
        ada.acknowledge(mark, sent)
    assert ada.look(sent).json()["received_by"] == ada.look(sent).json()["seen_by"] == []
    assert stranger.look(sent).status_code == 404


def test_unknown_messages_are_told_as_such(ada, ben):
    sent = ada.send(ben, "Known")
    for mark in ("received", "seen"):
        there = f"{CHAT}rooms/{sent['room_id']}/messages/{mark}/"
        assert ben.http.post(there, json={"message_id": str(uuid.uuid4())}).status_code == 404
        for wrong in ("x", None, [1]):
            assert ben.http.post(there, json={"message_id": wrong}).status_code == 400


# -- Being away -----------------------------------------------------------------------------------------------
def test_what_was_not_acknowledged_comes_again_on_each_connection(ada, ben):
    sent = [ada.send(ben, text) for text in ("one", "two")]
    for _ in range(2):
        with ben.socket() as socket:
            backlog = hear(socket, type="backlog", stream=f"room:{sent[0]['room_id']}")
            assert [message["body"] for message in backlog["messages"]] == ["one", "two"]
    assert ben.acknowledge("received", sent[0]).status_code == 200
    with ben.socket() as socket:
        assert [message["body"] for message in hear(socket, type="backlog")["messages"]] == ["two"]
        assert ask(socket, "mark_received", room_id=sent[1]["room_id"], up_to=sent[1]["seq"])["response_status"] == 200
    with ben.socket() as socket:
        assert backlogs(socket) == []


def test_two_tabs_hear_alike_and_closing_one_keeps_the_other(ada, ben):
    with ben.socket() as kept:
        with ben.socket() as closed:
            first = ada.send(ben, "to both")
            for socket in (kept, closed):
                hear_message(socket, first)
        second = ada.send(ben, "to the one that is left")
        hear_message(kept, second)
        assert ask(kept, "mark_seen", room_id=second["room_id"], up_to=second["seq"])["response_status"] == 200
    assert len(ada.look(second).json()["seen_by"]) == 1


@pytest.mark.parametrize("frame", ["{", "[]", "7", '"x"', "null", '{"action": 5}', '{"action": "nothing"}'])
def test_nonsense_leaves_the_socket_open(ada, ben, frame):
    with ben.socket() as socket:
        socket.send(frame)
        assert hear(socket)["response_status"] in (400, 404, 405)
        sent = ada.send(ben, "still there?")
        hear_message(socket, sent)


def test_a_frame_is_answered_with_who_one_is(ada):
    with ada.host.socket(f"{CHAT}ws/", additional_headers=ada.credentials) as socket:
        assert hear(socket, type="ready")["user_id"] == ada.id


def test_unknown_rooms_and_messages_are_refused_on_the_socket(ada, ben):
    sent = ada.send(ben, "here")
    with ben.socket() as socket:
        assert ask(socket, "mark_seen", room_id=str(uuid.uuid4()), up_to=1)["response_status"] == 404
        unknown = {"room_id": sent["room_id"], "message_ids": [str(uuid.uuid4())]}
        assert ask(socket, "mark_received", **unknown)["response_status"] == 404
        assert ask(socket, "send_message", room_id=sent["room_id"], body="answered")["response_status"] == 201
