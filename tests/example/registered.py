"""People of the tests' own in a running example, and the clients they come with."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import httpx

from tests.example.host import Host

PASSWORD = "correct-horse-battery"
API = "/api/v1"
_numbers = itertools.count(1)


@dataclass
class Registered:
    """Somebody registered at a host."""

    host: Host
    id: int
    uuid: str
    username: str
    email: str
    password: str = PASSWORD
    clients: list[httpx.Client] = field(default_factory=list)

    @property
    def names(self) -> dict[str, str]:
        """What this person logs in with."""
        return {"username": self.username, "password": self.password}

    def client(self, **options: Any) -> httpx.Client:
        self.clients.append(self.host.http(**options))
        return self.clients[-1]

    def sends(self, authorization: str) -> httpx.Client:
        return self.client(headers={"Authorization": authorization})

    def pair(self) -> dict[str, str]:
        """The JSON Web Tokens of a new login."""
        answer = self.client().post(f"{API}/auth/token/", json=self.names)
        assert answer.status_code == 200, answer.text
        tokens: dict[str, str] = answer.json()
        return tokens

    @cached_property
    def api(self) -> httpx.Client:
        """Signed in for as long as it takes. Basic would cost the server a password's hash for each request."""
        return self.token()

    def bearer(self) -> httpx.Client:
        return self.sends(f"Bearer {self.pair()['access']}")

    def token(self) -> httpx.Client:
        answer = self.client().post(f"{API}/auth/api-token/", data=self.names)
        assert answer.status_code == 200, answer.text
        return self.sends(f"Token {answer.json()['token']}")

    def basic(self) -> httpx.Client:
        return self.client(auth=(self.username, self.password))

    def session(self) -> httpx.Client:
        """A client with a session's cookie, which sends the CSRF token with every request."""
        client = self.client()
        client.headers["X-CSRFToken"] = client.get(f"{API}/auth/csrf/").json()["csrf_token"]
        answer = client.post(f"{API}/auth/login/", json=self.names)
        assert answer.status_code == 200, answer.text
        client.headers["X-CSRFToken"] = answer.json()["csrf_token"]
        return client


def new_names(name: str = "person") -> dict[str, str]:
    """What nobody has registered with."""
    username = f"{name}{os.getpid()}x{next(_numbers)}"
    return {"username": username, "email": f"{username}@example.org"}


def register(host: Host, name: str = "person", **more: Any) -> Registered:
    """Somebody new, through the door that everybody takes."""
    names = {**new_names(name), "password": PASSWORD, "password2": PASSWORD, **more}
    with host.http() as client:
        answer = client.post(f"{API}/auth/register/", json=names)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    return Registered(host, made["id"], made["uuid"], made["username"], made["email"])


def errors(answer: httpx.Response, status: int) -> set[tuple[str | None, str]]:
    """The ``(attr, code)`` of each error of an answer in the one shape."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body.keys() == {"type", "errors"}
    assert body["type"] == ("validation_error" if status == 400 else "client_error")
    assert all(error.keys() == {"code", "detail", "attr"} and error["detail"] for error in body["errors"])
    return {(error["attr"], error["code"]) for error in body["errors"]}
