"""The example, started once for all tests that need nothing special of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.example.host import Host, serving_example
from tests.example.person import Meet, meeting
from tests.example.registered import PASSWORD, Registered, new_names, register
from tests.settings import REDIS_URL, TEST_DB

# compose.yaml is carried out on the databases that it has. Nothing is skipped there: without nginx, say, it fails.
collect_ignore = [
    *([] if TEST_DB == "postgres" and REDIS_URL else ["test_behind_nginx.py"]),
    *([] if TEST_DB == "mysql" else ["test_compose_on_mysql.py"]),
]


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Iterator[Host]:
    """A running example with an empty database; each test makes people of its own."""
    with django_db_blocker.unblock(), serving_example(tmp_path_factory.mktemp("example")) as host:
        yield host


@pytest.fixture(scope="module")
def meet(example: Host) -> Iterator[Meet]:
    """People of a module's own, signed in by JSON Web Token: ``ada, ben = meet("ada", "ben")``."""
    with meeting(example) as meet:
        yield meet


@pytest.fixture
def join(example: Host) -> Iterator[Callable[..., Registered]]:
    """Register people; their clients are closed after the test."""
    people: list[Registered] = []

    def join_one(name: str = "person", **more: Any) -> Registered:
        people.append(register(example, name, **more))
        return people[-1]

    yield join_one
    for client in (client for person in people for client in person.clients):
        client.close()


@pytest.fixture(scope="session")
def somebody(example: Host) -> Iterator[Registered]:
    """One person for all tests that leave no trace of theirs."""
    person = register(example, "somebody")
    yield person
    for client in person.clients:
        client.close()


@pytest.fixture(scope="session")
def superuser(example: Host) -> Iterator[Registered]:
    """The one whom no API makes."""
    names = new_names("root")
    made = f"User.objects.create_superuser({names['username']!r}, {names['email']!r}, {PASSWORD!r})"
    output = example.manage(
        "shell", "-v", "0", "-c", f"from accounts.models import User; u = {made}; print(u.pk, u.uuid)"
    )
    pk, uuid = output.split()[-2:]
    person = Registered(example, int(pk), uuid, names["username"], names["email"])
    yield person
    for client in person.clients:
        client.close()


@pytest.fixture
def staff(join: Callable[..., Registered], superuser: Registered) -> Registered:
    """One of the staff, not a superuser."""
    person = join("staff")
    answer = superuser.api.patch(f"/api/v1/users/{person.id}/", json={"is_staff": True})
    assert answer.json()["is_staff"] is True, answer.text
    return person
