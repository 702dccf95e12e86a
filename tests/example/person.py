"""Somebody at the running example who is signed in, with HTTP requests and sockets of their own."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from tests.example.host import RECEIVE_SECONDS, Host, hear
from tests.example.registered import Registered, register


class Person:
    """A user of the example, signed in by a JSON Web Token or an API token.

    Attributes:
        name: the username.
        id: the primary key, as clients see it.
        authorization: the header that signs in.
        tokens: the pair, of a JSON Web Token.
    """

    def __init__(self, registered: Registered, scheme: str) -> None:
        self.registered, self.host = registered, registered.host
        self.name, self.id = registered.username, str(registered.id)
        self.tokens = registered.pair() if scheme == "Bearer" else {}
        self.client = registered.sends(f"Bearer {self.tokens['access']}") if self.tokens else registered.token()
        self.authorization = self.client.headers["Authorization"]

    def ask(self, method: str, path: str, body: Any = None, status: int | None = None) -> Any:
        """Call the API: the answer's JSON. Its status has to be ``status``, or to tell of success."""
        answer = self.client.request(method, path, json=body)
        as_expected = answer.is_success if status is None else answer.status_code == status
        assert as_expected, (method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def chat(self, method: str, path: str, body: Any = None, status: int | None = None) -> Any:
        """As ``ask``, below the chat's address."""
        return self.ask(method, f"/api/v1/chat/{path}", body, status)

    def refused(self, method: str, path: str, body: Any, status: int) -> set[str]:
        """The codes of the refusal with which a call below the chat's address has to be answered."""
        return {error["code"] for error in self.chat(method, path, body, status)["errors"]}

    def make_room(self, *others: Person, **fields: Any) -> str:
        body = {"title": "Talk", "user_ids": [other.id for other in others], **fields}
        room_id: str = self.chat("POST", "rooms/", body, 201)["id"]
        return room_id

    def send(self, room_id: str, body: str, **fields: Any) -> Any:
        return self.chat("POST", f"rooms/{room_id}/messages/", {"body": body, **fields}, 201)

    def socket(self, path: str = "/api/v1/chat/ws/?backlog=0", **options: Any) -> ClientConnection:
        """Open a WebSocket as a program does: with the header, without an Origin."""
        return self.host.socket(path, **{"additional_headers": {"Authorization": self.authorization}, **options})


Meet = Callable[..., list[Person]]


@contextlib.contextmanager
def meeting(host: Host, scheme: str = "Bearer") -> Iterator[Meet]:
    """Registers people of the given names, and of no other test: each name gets an ending."""
    met: list[Person] = []

    def meet(*names: str) -> list[Person]:
        met.extend(Person(register(host, name), scheme) for name in names)
        return met[-len(names) :]

    try:
        yield meet
    finally:
        for client in (client for person in met for client in person.registered.clients):
            client.close()


def say(socket: ClientConnection, **fields: Any) -> None:
    socket.send(json.dumps(fields))


def command(socket: ClientConnection, action: str, **fields: Any) -> Any:
    """Ask the chat's own socket for something: its answer."""
    request_id = uuid.uuid4().hex
    say(socket, action=action, request_id=request_id, **fields)
    return hear(socket, request_id=request_id)


def hear_change(socket: ClientConnection, kind: str, **wanted: Any) -> Any:
    """The next object of a kind, as ``messages`` or ``users``, that comes in ``changes`` and has these values."""
    while True:
        for item in hear(socket, type="changes").get(kind, ()):
            if all(item.get(key) == value for key, value in wanted.items()):
                return item


def last_words(socket: ClientConnection) -> tuple[list[Any], int]:
    """Everything that the server still says, and the code that it closes with."""
    said = []
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            said.append(json.loads(socket.recv(timeout=RECEIVE_SECONDS)))
    assert closed.value.rcvd is not None
    return said, closed.value.rcvd.code
