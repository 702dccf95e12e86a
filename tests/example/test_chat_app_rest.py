"""What people did with chat-app-rest: chats of two by user id, signed in by JSON Web Token."""

from __future__ import annotations

import pytest
from websockets.exceptions import InvalidStatus

from tests.example.host import hear
from tests.example.person import hear_change, last_words, say
from tests.example.registered import PASSWORD

pytestmark = pytest.mark.host

DIRECT = "/ws/direct/{}/"


@pytest.fixture
def ada_and_ben(meet):
    return meet("ada", "ben")


def refused(person, **options) -> int:
    with pytest.raises(InvalidStatus) as refusal, person.socket(**options):
        pass
    status: int = refusal.value.response.status_code
    return status


def listed(person, path):
    """All rows of a list, page by page."""
    rows, following = [], path
    while following:
        page = person.ask("GET", following)
        rows, following = rows + page["results"], page["next"]
    return rows


def test_from_registering_to_history(ada_and_ben):
    ada, ben = ada_and_ben
    by_mail = {"email": ada.registered.email, "password": PASSWORD}
    assert set(ada.ask("POST", "/api/v1/auth/token/", by_mail)) == {
        "access",
        "refresh",
    }
    assert ben.id in {str(person["id"]) for person in listed(ada, "/api/v1/users/")}
    with ada.socket(DIRECT.format(ben.id)) as here, ben.socket(DIRECT.format(ada.id)) as there:
        say(here, message="Hello, ben!")
        frames = [hear(socket) for socket in (here, there)]
        assert frames[0] == frames[1]
        assert frames[0].items() >= {"type": "chat.message", "message": "Hello, ben!", "sender": ada.name}.items()
        say(there, message="Hello, ada!")
        assert [hear(socket)["sender"] for socket in (here, there)] == [ben.name] * 2
    for one, other in ((ada, ben), (ben, ada)):
        history = listed(one, f"/api/v1/chat/direct/{other.id}/messages/")
        assert [message["body"] for message in history] == ["Hello, ada!", "Hello, ben!"]
        assert history[1]["id"] == frames[0]["id"]
        assert history[1]["created"] == frames[0]["created"]


def test_history_comes_in_pages(ada_and_ben):
    ada, ben = ada_and_ben
    for number in range(5):
        ada.chat("POST", f"direct/{ben.id}/messages/", {"body": f"{number}"}, 201)
    history = listed(ben, f"/api/v1/chat/direct/{ada.id}/messages/?limit=2")
    assert [message["body"] for message in history] == ["4", "3", "2", "1", "0"]


def test_there_is_no_history_with_nobody(ada_and_ben):
    ada, _ = ada_and_ben
    assert ada.refused("GET", "direct/999999999/messages/", None, 404) == {"not_found"}
    assert refused(ada, path=DIRECT.format("999999999")) == 403
    assert refused(ada, path=DIRECT.format(ada.id)) == 403


def test_a_message_that_is_not_stored_is_seen_by_nobody(ada_and_ben):
    ada, ben = ada_and_ben
    with ada.socket(DIRECT.format(ben.id)) as here, ben.socket(DIRECT.format(ada.id)) as there:
        for wrong in ("", {"a": 1}, None, "x" * 10_001):
            say(here, message=wrong)
            assert "error" in hear(here)
        here.send("{broken")
        assert "error" in hear(here)
        say(here, message="fine")
        assert hear(here)["message"] == hear(there)["message"] == "fine"
    assert [message["body"] for message in listed(ada, f"/api/v1/chat/direct/{ben.id}/messages/")] == ["fine"]


def test_both_tabs_hear_and_one_may_close(ada_and_ben):
    ada, ben = ada_and_ben
    with ada.socket(DIRECT.format(ben.id)) as stays:
        with ada.socket(DIRECT.format(ben.id)) as goes:
            say(goes, message="one")
            assert hear(stays)["message"] == hear(goes)["message"] == "one"
        ben.chat("POST", f"direct/{ada.id}/messages/", {"body": "two"}, 201)
        assert hear(stays)["message"] == "two"


def test_somebody_who_has_no_socket_for_the_pair_is_told_all_the_same(ada_and_ben):
    ada, ben = ada_and_ben
    with ben.socket() as anywhere, ada.socket(DIRECT.format(ben.id)) as here:
        hear(anywhere, type="ready")
        say(here, message="Are you there?")
        stream = hear(anywhere, type="subscribed")["stream"]
    room = ben.chat("GET", f"direct/{ada.id}/")
    assert stream == f"room:{room['id']}"
    assert (room["unread_count"], room["last_message"]["body"]) == (1, "Are you there?")


def test_what_came_while_nobody_was_there_comes_with_the_next_socket(ada_and_ben):
    ada, ben = ada_and_ben
    sent = ada.chat("POST", f"direct/{ben.id}/messages/", {"body": "Call me"}, 201)
    for _ in range(2):
        with ben.socket("/api/v1/chat/ws/") as socket:
            assert [message["id"] for message in hear(socket, type="backlog")["messages"]] == [sent["id"]]
    ben.chat("POST", f"rooms/{sent['room_id']}/messages/received/", {"message_id": sent["id"]})
    with ben.socket("/api/v1/chat/ws/") as socket:
        # What is sent before is where `ready` says it is, and in no frame.
        hear(socket, type="ready")
        ada.send(sent["room_id"], "Thanks")
        assert hear_change(socket, "messages")["body"] == "Thanks"


def test_programs_need_no_origin_and_other_sites_get_nothing(ada_and_ben):
    ada, ben = ada_and_ben
    path = DIRECT.format(ben.id)
    with ada.socket(path, origin=ada.host.base) as page:
        say(page, message="from a page")
        assert hear(page)["message"] == "from a page"
    for origin in ("https://elsewhere.example", "null", ada.host.base + ".elsewhere.example"):
        assert refused(ada, path=path, origin=origin) == 403


def test_browsers_show_the_token_as_a_subprotocol(ada_and_ben):
    ada, ben = ada_and_ben
    shown = ["df-chat", f"Bearer.{ada.tokens['access']}"]
    with ada.socket(DIRECT.format(ben.id), additional_headers={}, subprotocols=shown, origin=ada.host.base) as page:
        assert page.subprotocol == "df-chat"
        say(page, message="from a browser")
        assert hear(page)["sender"] == ada.name


def test_only_an_access_token_behind_its_own_word_signs_in(ada_and_ben):
    ada, ben = ada_and_ben
    access, refresh = ada.tokens["access"], ada.tokens["refresh"]
    for header in (f"Bearer {refresh}", f"Foo {access}", f"Bearer {access}x", "Bearer", access):
        answer = ada.client.get("/api/v1/chat/rooms/", headers={"Authorization": header})
        assert answer.status_code == 401, header
        assert answer.json()["type"] == "client_error"
    for header in (f"Bearer {refresh}", f"Bearer {access}x"):
        assert refused(ada, path=DIRECT.format(ben.id), additional_headers={"Authorization": header}) == 403


def test_a_token_in_the_address_signs_nobody_in(ada_and_ben):
    ada, ben = ada_and_ben
    with ada.socket(DIRECT.format(ben.id) + f"?token={ada.tokens['access']}", additional_headers={}) as socket:
        assert hear(socket)["type"] == "authenticate"
        say(socket, message="hello")
        answers, code = last_words(socket)
        assert [answer["response_status"] for answer in answers] == [401]
        assert code == 4401
    assert ada.tokens["access"] not in ada.host.log.read_text()


def test_a_logout_ends_token_and_socket_and_is_no_error_twice(ada_and_ben):
    ada, ben = ada_and_ben
    refresh = {"refresh": ada.tokens["refresh"]}
    with ada.socket(DIRECT.format(ben.id)) as socket:
        ada.ask("POST", "/api/v1/auth/token/blacklist/", refresh, 204)
        assert last_words(socket) == ([], 4401)
    for path in ("blacklist", "refresh"):
        assert ben.client.post(f"/api/v1/auth/token/{path}/", json=refresh).status_code == 401
    ada.chat("GET", "rooms/", status=401)
