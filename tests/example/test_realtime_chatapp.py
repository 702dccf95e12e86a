"""What realtime_chatapp did: public rooms with topics that staff make, and everybody joins and talks in."""

from __future__ import annotations

import base64
import contextlib
import uuid

import pytest
from websockets.exceptions import InvalidStatus

from tests.example.host import hear, serving_example
from tests.example.person import command, last_words, say

pytestmark = pytest.mark.host

CHAT = "/api/v1/chat/"
PASSWORD = "correct-horse-battery"
MAKE_STAFF = "from accounts.models import User; User.objects.create_user({!r}, {!r}, {!r}, is_staff=True)"


@pytest.fixture(scope="module")
def host(tmp_path_factory, django_db_blocker):
    """An example whose rooms are the staff's."""
    names = {"CREATE_ROOMS": "staff", "MANAGE_ROOMS": "staff"}
    with django_db_blocker.unblock(), serving_example(tmp_path_factory.mktemp("rooms"), **names) as host:
        yield host


class Member:
    """Somebody who logged in with a name and a password, and asks with the token."""

    def __init__(self, host, name):
        self.host, self.name = host, name
        self.http = host.http()
        answer = self.http.post("/api/v1/auth/api-token/", json={"username": name, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        self.credentials = {"Authorization": f"Token {answer.json()['token']}"}
        self.http.headers.update(self.credentials)
        self.id = self.http.post(f"{CHAT}sync/", json={}).json()["user_id"]

    def ask(self, method, path, body=None, status=200):
        answer = self.http.request(method, CHAT + path, json=body)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def socket(self, room, **options):
        return self.host.socket(f"/ws/rooms/{room['id']}/", additional_headers=self.credentials, **options)


@pytest.fixture
def make_member(host):
    with contextlib.ExitStack() as stack:

        def make(name):
            name = f"{name}-{uuid.uuid4().hex[:8]}"
            with host.http() as http:
                assert register(http, name).status_code == 201
            member = Member(host, name)
            stack.callback(member.http.close)
            return member

        yield make


@pytest.fixture
def ada(make_member):
    return make_member("ada")


@pytest.fixture
def ben(make_member):
    return make_member("ben")


@pytest.fixture(scope="module")
def staff(host):
    name = f"staff-{uuid.uuid4().hex[:8]}"
    host.manage("shell", "-c", MAKE_STAFF.format(name, f"{name}@example.com", PASSWORD))
    member = Member(host, name)
    yield member
    member.http.close()


@pytest.fixture
def room(staff):
    return staff.ask("POST", "rooms/", {"title": "Films", "topic": "What to watch", "is_public": True}, status=201)


def register(http, name, **fields):
    body = {"username": name, "email": f"{name}@example.com", "password": PASSWORD, "password2": PASSWORD, **fields}
    return http.post("/api/v1/auth/register/", json=body)


def basic(name, password=PASSWORD):
    return {"Authorization": f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"}


@contextlib.contextmanager
def session(host, member):
    """A browser that logged in on the page."""
    with host.http(headers={"Origin": host.base}) as http:
        http.get("/accounts/login/")
        form = {"username": member.name, "password": PASSWORD, "csrfmiddlewaretoken": http.cookies["csrftoken"]}
        assert http.post("/accounts/login/", data=form).status_code == 302
        yield http


def code(answer):
    return answer["errors"][0]["code"]


# -- Getting in -----------------------------------------------------------------------------------------------
def test_who_registered_comes_in_with_token_and_basic(host, ada):
    for credentials in (ada.credentials, basic(ada.name), basic(f"{ada.name}@example.com")):
        with host.http(headers=credentials) as http:
            assert http.post(f"{CHAT}sync/", json={}).json()["user_id"] == ada.id


@pytest.mark.parametrize("field", ["is_admin", "is_adminuser", "is_staff", "is_superuser"])
def test_nobody_makes_himself_an_admin(host, field):
    name = f"eve-{uuid.uuid4().hex[:8]}"
    with host.http() as http:
        answer = register(http, name, **{field: True})
        assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, field)
        assert register(http, name).status_code == 201
    eve = Member(host, name)
    eve.http.patch("/api/v1/users/me/", json={field: True})
    assert code(eve.ask("POST", "rooms/", {"title": "Mine"}, status=403)) == "permission_denied"
    eve.http.close()


def test_a_weak_password_and_a_taken_name_are_refused(host, ada):
    with host.http() as http:
        weak = register(http, f"x{uuid.uuid4().hex[:8]}", password="12345678", password2="12345678")
        assert (weak.status_code, weak.json()["errors"][0]["attr"]) == (400, "password")
        taken = register(http, ada.name)
        assert (taken.status_code, {error["attr"] for error in taken.json()["errors"]}) == (400, {"username", "email"})


def test_wrong_credentials_are_told_as_such(host, ada):
    with host.http() as http:
        wrong = {"username": ada.name, "password": "wrong"}
        assert http.post("/api/v1/auth/api-token/", json=wrong).status_code == 401
        for credentials in ({}, {"Authorization": "Token nonsense"}, basic(ada.name, "wrong"), basic("nobody")):
            answer = http.get(f"{CHAT}rooms/", headers=credentials)
            assert answer.status_code == 401
            assert answer.json()["type"] == "client_error"


# -- Rooms ----------------------------------------------------------------------------------------------------
def test_staff_make_change_and_delete_rooms(staff, ada):
    room = staff.ask("POST", "rooms/", {"title": "Musik", "topic": "Songs", "is_public": True}, status=201)
    assert (room["can_manage"], room["creator_id"]) == (True, staff.id)
    there = f"rooms/{room['id']}/"
    assert staff.ask("PATCH", there, {"title": "Music"})["topic"] == "Songs"
    assert staff.ask("PUT", there, {"title": "Music", "topic": "Any", "is_public": True})["topic"] == "Any"
    assert ada.ask("GET", there)["title"] == "Music"
    staff.ask("DELETE", there, status=204)
    ada.ask("GET", there, status=404)


def test_staff_manage_rooms_that_others_of_the_staff_made(host, room):
    name = f"second-{uuid.uuid4().hex[:8]}"
    host.manage("shell", "-c", MAKE_STAFF.format(name, f"{name}@example.com", PASSWORD))
    second = Member(host, name)
    assert second.ask("PATCH", f"rooms/{room['id']}/", {"topic": "By a second"})["topic"] == "By a second"
    second.http.close()


def test_others_only_read_and_join(room, ada):
    there = f"rooms/{room['id']}/"
    assert code(ada.ask("POST", "rooms/", {"title": "Mine"}, status=403)) == "permission_denied"
    ada.ask("POST", f"{there}join/")
    for method, body in (("PUT", {"title": "x"}), ("PATCH", {"topic": "x"}), ("DELETE", None)):
        assert code(ada.ask(method, there, body, status=403)) == "permission_denied"
    shown = ada.ask("GET", there)
    assert (shown["title"], shown["topic"], shown["can_manage"]) == ("Films", "What to watch", False)


@pytest.mark.parametrize("field", ["created_by", "creator_id", "users"])
def test_a_room_is_its_makers_whatever_the_body_says(staff, room, ada, field):
    for method, path in (("POST", "rooms/"), ("PATCH", f"rooms/{room['id']}/")):
        answer = staff.ask(method, path, {"title": "Films", field: ada.id}, status=400)
        assert (code(answer), answer["errors"][0]["attr"]) == ("unknown_field", field)


def test_public_rooms_are_listed_with_their_topics(room, ada):
    listed = {one["id"]: one for one in ada.ask("GET", "rooms/?public=true&limit=100")["results"]}
    shown = listed[room["id"]]
    assert (shown["title"], shown["topic"], shown["is_member"]) == ("Films", "What to watch", False)
    assert [one["id"] for one in ada.ask("GET", "rooms/")["results"]] == []


def test_joining_twice_is_joining_once(room, ada):
    there = f"rooms/{room['id']}/"
    for _ in range(2):
        assert ada.ask("POST", f"{there}join/")["member_count"] == 2
    ada.ask("POST", f"{there}leave/", status=204)
    assert ada.ask("GET", there)["is_member"] is False


# -- Messages -------------------------------------------------------------------------------------------------
def test_a_message_made_over_rest_is_pushed(room, ada, ben):
    for member in (ada, ben):
        member.ask("POST", f"rooms/{room['id']}/join/")
    there = f"rooms/{room['id']}/messages/"
    with ada.socket(room) as hers, ben.socket(room) as his:
        # An answer of the server: from now on it hears the room.
        for socket in (hers, his):
            say(socket, message="")
            assert hear(socket)["code"] == "blank"
        sent = ada.ask("POST", there, {"body": "Hello"}, status=201)
        for socket in (hers, his):
            heard = hear(socket)
            assert (heard["id"], heard["message"], heard["username"]) == (sent["id"], "Hello", ada.name)
        say(his, message="Over the socket")
        assert hear(hers)["username"] == ben.name
    bodies = [message["body"] for message in ben.ask("GET", there)["results"] if message["user_id"]]
    assert bodies == ["Over the socket", "Hello"]


def test_nobody_writes_in_the_name_of_another(room, ada, ben, staff):
    for member in (ada, ben):
        member.ask("POST", f"rooms/{room['id']}/join/")
    for field in ("user", "userid", "user_id"):
        body = {"body": "I am the staff", field: staff.id}
        answer = ada.ask("POST", f"rooms/{room['id']}/messages/", body, status=400)
        assert (code(answer), answer["errors"][0]["attr"]) == ("unknown_field", field)
    with ada.socket(room) as hers, ben.socket(room) as his:
        say(hers, message="Who am I?", userid=staff.id, username=staff.name)
        for socket in (hers, his):
            assert hear(socket)["username"] == ada.name
    newest = ben.ask("GET", f"rooms/{room['id']}/messages/?limit=1")["results"][0]
    assert (newest["body"], newest["user_id"]) == ("Who am I?", ada.id)


def test_who_has_not_joined_reads_a_public_room_and_writes_nothing(host, room, staff, ada):
    staff.ask("POST", f"rooms/{room['id']}/messages/", {"body": "Welcome"}, status=201)
    there = f"rooms/{room['id']}/messages/"
    assert ada.ask("GET", there)["results"][0]["body"] == "Welcome"
    assert code(ada.ask("POST", there, {"body": "Hello"}, status=403)) == "not_a_member"
    with host.socket(additional_headers=ada.credentials) as socket:
        answer = command(socket, "send_message", room_id=room["id"], body="Hello")
        assert (answer["response_status"], code(answer)) == (403, "not_a_member")
    with pytest.raises(InvalidStatus), ada.socket(room):
        pass
    assert ada.ask("GET", there)["results"][0]["body"] == "Welcome"


def test_strangers_read_nothing(host, room):
    with host.http() as http:
        for path in ("rooms/", "rooms/?public=true", f"rooms/{room['id']}/", f"rooms/{room['id']}/messages/"):
            assert http.get(CHAT + path).status_code == 401
        assert http.post(f"{CHAT}rooms/{room['id']}/messages/", json={"body": "x"}).status_code == 401


def test_rooms_that_are_none_answer_404(ada):
    there = f"rooms/{uuid.uuid4()}/messages/"
    ada.ask("GET", there, status=404)
    assert code(ada.ask("POST", there, {"body": "x"}, status=404)) == "not_found"


# -- Sockets --------------------------------------------------------------------------------------------------
def test_a_socket_without_credentials_hears_nothing(host, room):
    with host.socket(f"/ws/rooms/{room['id']}/") as socket:
        assert hear(socket)["type"] == "authenticate"
        say(socket, message="hello")
        answers, code = last_words(socket)
        assert ([answer["response_status"] for answer in answers], code) == ([401], 4401)


def test_pages_of_other_sites_open_no_socket(host, room, staff):
    with pytest.raises(InvalidStatus) as refused, staff.socket(room, origin="https://elsewhere.example"):
        pass
    assert refused.value.response.status_code == 403
    with staff.socket(room, origin=host.base) as socket:
        say(socket, message="from a page of the site")
        assert hear(socket)["username"] == staff.name


def test_a_session_cookie_counts_for_pages_of_the_site_alone(host, room, staff):
    with session(host, staff) as http:
        cookies = {"Cookie": "; ".join(f"{name}={value}" for name, value in http.cookies.items())}
        options = {"additional_headers": cookies, "subprotocols": ["df-chat", f"csrf.{http.cookies['csrftoken']}"]}
        path = f"/ws/rooms/{room['id']}/"
        with host.socket(path, origin=host.base, **options) as socket:
            say(socket, message="with all that it takes")
            assert hear(socket)["username"] == staff.name
        for origin in ("https://elsewhere.example", "null"):
            with pytest.raises(InvalidStatus) as refused, host.socket(path, origin=origin, **options):
                pass
            assert refused.value.response.status_code == 403
        # No page is known to be behind it: the cookies do not count, and something else is asked for.
        with host.socket(path, **options) as socket:
            assert hear(socket)["type"] == "authenticate"
            say(socket, message="let me in")
            assert last_words(socket)[1] == 4401


# -- Pages ----------------------------------------------------------------------------------------------------
def test_titles_and_topics_are_text_on_the_pages(host, staff):
    title, topic = "<img src=x onerror=alert(1)>", "<script>alert(2)</script>"
    room = staff.ask("POST", "rooms/", {"title": title, "topic": topic, "is_public": True}, status=201)
    assert (room["title"], room["topic"]) == (title, topic)
    with session(host, staff) as http:
        page = http.get(f"/chat/{room['id']}/")
        assert page.status_code == 200
        assert "<img" not in page.text
        assert "<script>" not in page.text
        assert "&lt;img src=x" in page.text
        assert "script-src 'self'" in page.headers["Content-Security-Policy"]


def test_pages_offer_to_staff_alone_what_staff_alone_may(host, staff, ada):
    for member, is_shown in ((staff, True), (ada, False)):
        with session(host, member) as http:
            assert ("data-may-create-rooms" in http.get("/chat/").text) is is_shown
