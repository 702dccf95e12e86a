"""Guessing is slow: whoever tries too often waits, at whichever door."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.example.host import serving_example
from tests.example.registered import API, PASSWORD, errors, new_names, register

pytestmark = pytest.mark.host

ME = f"{API}/users/me/"
TRIES = 5
DAY_SECONDS = 86_400
THROTTLED = {(None, "throttled")}


@pytest.fixture
def strict(tmp_path, django_db_blocker):
    """An example that counts, and believes no proxy."""
    names = {"REGISTER_RATE": f"{TRIES}/day", "LOGIN_RATE": f"{TRIES}/day", "FORWARDED_ALLOW_IPS": "192.0.2.1"}
    with django_db_blocker.unblock(), serving_example(tmp_path, **names) as host:
        yield host


def assert_waits(answer):
    assert errors(answer, 429) == THROTTLED
    assert 0 < int(answer.headers["Retry-After"]) <= DAY_SECONDS


def test_one_address_registers_so_many_and_logs_in_so_often(strict):
    person = register(strict)

    def join(_):
        with strict.http() as client:
            return client.post(
                f"{API}/auth/register/", json={**new_names(), "password": PASSWORD, "password2": PASSWORD}
            )

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(join, range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] * (TRIES - 1) + [429] * (9 - TRIES)
    assert_waits(next(answer for answer in answers if answer.status_code == 429))

    basic, pair = person.basic(), person.pair()
    # Who comes in by Basic does so with every request: that is no attempt.
    assert [basic.get(ME).status_code for _ in range(TRIES)] == [200] * TRIES
    with strict.http() as client:
        wrong = {**person.names, "password": "wrong"}
        doors = ["auth/token/", "auth/api-token/", "auth/token/", "auth/api-token/"]
        for door in doors:
            assert errors(client.post(f"{API}/{door}", json=wrong), 401) == {(None, "bad_credentials")}
        assert errors(client.get(ME, auth=(person.username, "wrong")), 401)
        for number, door in enumerate(doors):
            headers = {"X-Forwarded-For": f"198.51.100.{number}"}
            assert_waits(client.post(f"{API}/{door}", json=person.names, headers=headers))
        assert_waits(client.get(ME, auth=(person.username, PASSWORD)))
        for page in ("accounts/login", "admin/login", "accounts/register"):
            client.get(f"/{page}/")
            sent = {**person.names, "csrfmiddlewaretoken": client.cookies["csrftoken"]}
            answer = client.post(f"/{page}/", data=sent)
            assert answer.status_code == 429
            assert 0 < int(answer.headers["Retry-After"]) <= DAY_SECONDS
    # Those who are in stay in.
    bearer = person.sends(f"Bearer {pair['access']}")
    assert bearer.get(ME).status_code == 200
    assert_waits(bearer.post(f"{ME}password/", json={"old_password": "wrong", "new_password": "x"}))
    with strict.http() as client:
        assert client.post(f"{API}/auth/token/refresh/", json={"refresh": pair["refresh"]}).status_code == 200
    for client in person.clients:
        client.close()


def test_nobody_is_locked_out_because_the_cache_is_away(tmp_path, django_db_blocker):
    with (
        django_db_blocker.unblock(),
        serving_example(tmp_path, REDIS_URL="redis://127.0.0.1:1/0", LOGIN_RATE="1/day") as host,
    ):
        person = register(host)
        for _ in range(2):
            assert person.pair().keys() == {"refresh", "access"}
        assert "Attempts are not counted" in host.log.read_text()
        for client in person.clients:
            client.close()
