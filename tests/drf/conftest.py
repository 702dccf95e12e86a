from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.contracts.openapi import check_answer

API = "/api/v1/chat/"


class Client(APIClient):
    """A client of one user that speaks JSON and takes paths below the API's prefix.

    Each answer is checked against the OpenAPI document.
    """

    def generic(self, method: str, path: str, *args: Any, **kwargs: Any) -> Any:
        answer = super().generic(method, path if path.startswith("/") else API + path, *args, **kwargs)
        check_answer(answer)
        return answer


@pytest.fixture
def client_of() -> Callable[[Any], Client]:
    def make(user: Any = None) -> Client:
        client = Client()
        if user is not None:
            client.force_authenticate(user)
        return client

    return make


@pytest.fixture
def ada(people, client_of):
    return client_of(people.ada)


@pytest.fixture
def ben(people, client_of):
    return client_of(people.ben)


@pytest.fixture
def cleo(people, client_of):
    return client_of(people.cleo)
