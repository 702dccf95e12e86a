"""Every way into the socket of the running example, beside REST by the same way, and every end of it."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.example.host import hear
from tests.example.registered import PASSWORD, Registered
from tests.live import free_port

pytestmark = pytest.mark.host

# An event takes milliseconds; the rest is for a machine that is busy.
SECONDS_TO_CLOSE = 3.0
ROOMS = "/api/v1/chat/rooms/"


class Way:
    """A person's way in: an HTTP client, and what its sockets show.

    Attributes:
        api: signed in by this way.
        scheme: of ``credential``, as in the header; None for a session.
    """

    def __init__(self, person: Registered, api: httpx.Client, scheme: str | None) -> None:
        self.person, self.api, self.scheme = person, api, scheme
        self.base = person.host.base
        self.authorization = f"{api.headers['Authorization']}" if scheme in ("Bearer", "Token") else None
        if scheme == "Basic":
            self.authorization = f"Basic {b64encode(f'{person.username}:{person.password}'.encode()).decode()}"

    def ticket(self) -> str:
        answer = self.api.post("/api/v1/chat/ws-ticket/", json={}, headers={"Origin": self.base})
        assert answer.status_code == 201, answer.text
        return answer.json()["ticket"]


def by_header(way: Way) -> dict[str, Any]:
    return {"additional_headers": {"Authorization": way.authorization}}


def by_subprotocol(way: Way) -> dict[str, Any]:
    scheme, _, value = way.authorization.partition(" ")
    return {"subprotocols": ["df-chat", f"{scheme}.{value}"], "origin": way.base}


def by_first_frame(way: Way) -> dict[str, Any]:
    return {"first": {"authorization": way.authorization}, "origin": way.base}


def by_ticket(way: Way) -> dict[str, Any]:
    return {"subprotocols": ["df-chat", f"ticket.{way.ticket()}"], "origin": way.base}


def by_ticket_in_first_frame(way: Way) -> dict[str, Any]:
    return {"first": {"ticket": way.ticket()}, "origin": way.base}


def by_page(way: Way) -> dict[str, Any]:
    cookies = "; ".join(f"{name}={value}" for name, value in way.api.cookies.items())
    subprotocols = ["df-chat", f"csrf.{way.api.headers['X-CSRFToken']}"]
    return {"additional_headers": {"Cookie": cookies}, "subprotocols": subprotocols, "origin": way.base}


def by_page_in_first_frame(way: Way) -> dict[str, Any]:
    options = by_page(way)
    del options["subprotocols"]
    return {**options, "first": {"csrf_token": way.api.headers["X-CSRFToken"]}}


SIGN_IN: dict[str, Callable[[Registered], Way]] = {
    "Bearer": lambda person: Way(person, person.bearer(), "Bearer"),
    "Token": lambda person: Way(person, person.token(), "Token"),
    "Basic": lambda person: Way(person, person.basic(), "Basic"),
    "session": lambda person: Way(person, person.session(), None),
}
TICKETS = [by_ticket, by_ticket_in_first_frame]
CARRIERS = {
    "Bearer": [by_header, by_subprotocol, by_first_frame, *TICKETS],
    "Token": [by_header, by_subprotocol, by_first_frame, *TICKETS],
    # A password's base64 has characters that no subprotocol may have.
    "Basic": [by_header, by_first_frame, *TICKETS],
    "session": [by_page, by_page_in_first_frame, *TICKETS],
}
WAYS = [pytest.param(name, carry, id=f"{name} {carry.__name__}") for name in CARRIERS for carry in CARRIERS[name]]


@contextmanager
def opened(person: Registered, first: dict[str, str] | None = None, **options: Any):
    """An open socket that was told ``ready``. Raises InvalidStatus, ConnectionClosed."""
    with person.host.socket(**options) as socket:
        if first is not None:
            assert hear(socket)["type"] == "authenticate"
            socket.send(json.dumps({"action": "authenticate", "request_id": 1, **first}))
        assert hear(socket, type="ready")["user_id"] == str(person.id)
        yield socket


def assert_refused(person: Registered, **options: Any) -> None:
    with pytest.raises((InvalidStatus, ConnectionClosed)) as refused, opened(person, **options):
        pass
    if isinstance(refused.value, ConnectionClosed):
        assert refused.value.rcvd.code == 4401
    else:
        assert refused.value.response.status_code == 403


# -- In ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("scheme", "carry"), WAYS)
def test_whoever_rest_lets_in_reads_writes_and_hears(join, scheme, carry):
    way = SIGN_IN[scheme](join())
    room = way.api.post(ROOMS, json={"title": "Mine"})
    assert room.status_code == 201, room.text
    assert way.api.get(ROOMS).json()["results"][0]["title"] == "Mine"
    with opened(way.person, **carry(way)) as socket:
        sent = way.api.post(f"{ROOMS}{room.json()['id']}/messages/", json={"body": "by REST"})
        assert sent.status_code == 201
        frame = hear(socket, type="changes", stream=f"room:{room.json()['id']}")
        assert frame["messages"][0]["body"] == "by REST"
        command = {"action": "send_message", "request_id": 2, "room_id": room.json()["id"], "body": "by socket"}
        socket.send(json.dumps(command))
        assert hear(socket, request_id=2)["response_status"] == 201


# -- Out -----------------------------------------------------------------------------------------------------
def log_out(way: Way, superuser: Registered) -> None:
    assert way.api.post("/api/v1/auth/logout/").status_code == 204


def change_password(way: Way, superuser: Registered) -> None:
    change = {"old_password": PASSWORD, "new_password": "another-horse-battery"}
    answer = way.api.post("/api/v1/users/me/password/", json=change)
    assert answer.is_success, answer.text


def delete_account(way: Way, superuser: Registered) -> None:
    assert way.api.delete(f"/api/v1/users/{way.person.id}/").status_code == 204


def deactivate(way: Way, superuser: Registered) -> None:
    answer = superuser.api.patch(f"/api/v1/users/{way.person.id}/", json={"is_active": False})
    assert answer.status_code == 200, answer.text


ENDS = [
    pytest.param(scheme, carry, end, id=f"{scheme} {carry.__name__} {end.__name__}")
    for scheme, carriers in CARRIERS.items()
    for carry, ends in ((carriers[0], (log_out, change_password, delete_account, deactivate)), (by_ticket, (log_out,)))
    for end in ends
    # Basic has no logout.
    if not (scheme == "Basic" and end is log_out)
]


@pytest.mark.parametrize(("scheme", "carry", "end"), ENDS)
def test_whatever_ends_a_way_in_closes_its_sockets_and_opens_none(join, superuser, scheme, carry, end):
    way = SIGN_IN[scheme](join())
    later = carry(way) if carry is by_ticket else None
    with opened(way.person, **carry(way)) as socket:
        end(way, superuser)
        began = time.monotonic()
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                socket.recv(timeout=SECONDS_TO_CLOSE)
        assert closed.value.rcvd.code == 4401
        assert time.monotonic() - began < SECONDS_TO_CLOSE
    assert way.api.get(ROOMS).status_code in ((200,) if stays_signed_in(scheme, end) else (401, 403))
    if not stays_signed_in(scheme, end):
        assert_refused(way.person, **(later or carry(way)))


def stays_signed_in(scheme: str, end: Callable[[Way], None]) -> bool:
    """Who changes the password keeps the session or the login that did it."""
    return end is change_password and scheme in ("session", "Bearer")


def test_a_socket_ends_with_its_access_token(join, example):
    person = join()
    code = (
        "from datetime import timedelta; from accounts import tokens; from accounts.models import User; "
        "from rest_framework_simplejwt.tokens import AccessToken; AccessToken.lifetime = timedelta(seconds=4); "
        f"print(tokens.sign_in_briefly(User.objects.get(pk={person.id}))[0])"
    )
    token = example.manage("shell", "-v", "0", "-c", code).split()[-1]
    with opened(person, additional_headers={"Authorization": f"Bearer {token}"}) as socket:
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                socket.recv(timeout=8)
        assert closed.value.rcvd.code == 4401
    assert_refused(person, additional_headers={"Authorization": f"Bearer {token}"})


# -- Others --------------------------------------------------------------------------------------------------
def test_a_refresh_token_opens_nothing(somebody):
    refresh = somebody.pair()["refresh"]
    for options in (
        {"additional_headers": {"Authorization": f"Bearer {refresh}"}},
        {"first": {"authorization": refresh}},
    ):
        assert_refused(somebody, **options)


def test_another_sites_page_opens_nothing_whatever_it_shows(somebody):
    """Cross-site WebSocket hijacking: the visitor's browser sends the cookies, whoever's page it is."""
    page, program = SIGN_IN["session"](somebody), SIGN_IN["Token"](somebody)
    evil = f"http://127.0.0.1:{free_port()}"
    for origin in (evil, "https://evil.example", "null", "", f"{somebody.host.base}.evil.example"):
        for options in (by_page(page), by_ticket(page), by_header(program), by_subprotocol(program)):
            with pytest.raises(InvalidStatus) as refused, opened(somebody, **{**options, "origin": origin}):
                pass
            assert refused.value.response.status_code == 403


def test_a_wrong_token_is_refused_beside_a_good_session(somebody):
    options = by_page(SIGN_IN["session"](somebody))
    options["additional_headers"]["Authorization"] = "Bearer nonsense"
    assert_refused(somebody, **options)


def test_the_address_takes_no_token(somebody):
    token = somebody.pair()["access"]
    with somebody.host.socket(f"/api/v1/chat/ws/?token={token}") as socket:
        assert hear(socket)["type"] == "authenticate"


def test_no_secret_is_in_the_log(somebody, example):
    """Of all that was sent by this test and those before it."""
    ways = [sign_in(somebody) for sign_in in SIGN_IN.values()]
    secrets = [way.authorization.partition(" ")[2] for way in ways if way.authorization]
    secrets += [way.api.cookies["sessionid"] for way in ways if way.scheme is None]
    secrets += [(ticket := way.ticket()) for way in ways]
    for options in (by_header(ways[0]), by_subprotocol(ways[1]), by_first_frame(ways[2]), by_page(ways[3])):
        with opened(somebody, **options):
            pass
    with example.socket(f"/api/v1/chat/ws/?token={secrets[0]}") as socket:
        hear(socket)
    with example.socket(
        "/api/v1/chat/ws/", subprotocols=["df-chat", f"ticket.{ticket}"], origin=example.base
    ) as socket:
        hear(socket, type="ready")
    log = example.log.read_text()
    assert "WebSocket /api/v1/chat/ws/" in log
    assert [secret for secret in (*secrets, PASSWORD) if secret in log] == []
