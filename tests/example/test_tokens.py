"""JSON Web Tokens belong to a login: they are good for as long as it is open, and for what they were made."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jwt
import pytest

from tests.example.host import hear
from tests.example.person import last_words
from tests.example.registered import API, PASSWORD, errors

pytestmark = pytest.mark.host

ME = f"{API}/users/me/"
BAD = {(None, "token_not_valid")}
NEW = "another-battery-staple"


@pytest.fixture
def client(example):
    with example.http() as client:
        yield client


@pytest.fixture
def person(join):
    return join()


def renew(client, refresh):
    return client.post(f"{API}/auth/token/refresh/", json={"refresh": refresh})


def end(client, refresh):
    return client.post(f"{API}/auth/token/blacklist/", json={"refresh": refresh})


def seen(person, access):
    return person.sends(f"Bearer {access}").get(ME)


@pytest.mark.parametrize("path", ["/api/token/", f"{API}/auth/token/"])
def test_a_name_or_an_address_gets_a_pair(client, somebody, path):
    for names in ({"username": somebody.username}, {"email": somebody.email}, {"email": somebody.email.upper()}):
        answer = client.post(path, json={**names, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        pair = answer.json()
        assert pair.keys() == {"refresh", "access"}
        assert seen(somebody, pair["access"]).json()["id"] == somebody.id
        assert client.post(f"{path}verify/", json={"token": pair["access"]}).status_code == 200
        assert client.post(f"{path}refresh/", json={"refresh": pair["refresh"]}).status_code == 200


def test_unknown_people_and_wrong_passwords_get_one_answer(client, somebody):
    answers = [
        client.post(f"{API}/auth/token/", json=names)
        for names in (
            {"username": "nobody-at-all", "password": PASSWORD},
            {"email": "nobody@example.org", "password": PASSWORD},
            {"username": somebody.username, "password": "wrong"},
            {"email": somebody.email, "password": "wrong"},
        )
    ]
    assert errors(answers[0], 401) == {(None, "bad_credentials")}
    assert len({answer.text for answer in answers}) == 1


def test_time_does_not_tell_who_is_known(client, somebody):
    def seconds(name):
        since = time.perf_counter()
        client.post(f"{API}/auth/token/", json={"username": name, "password": "wrong"})
        return time.perf_counter() - since

    known, unknown = (min(seconds(name) for _ in range(3)) for name in (somebody.username, "nobody-at-all"))
    assert known / 2 < unknown < known * 2


@pytest.mark.parametrize(
    "body", [{}, {"password": "x"}, {"username": "x"}, {"username": "a", "email": "b", "password": "c"}]
)
def test_a_login_takes_one_name_and_a_password(client, body):
    assert errors(client.post(f"{API}/auth/token/", json=body), 400)


@pytest.mark.parametrize("value", ["a\0b", "x" * 5000, ["a"], {"a": 1}, None, True])
@pytest.mark.parametrize("field", ["username", "email", "password"])
def test_hostile_values_are_the_clients_error(client, field, value):
    names = {"password": "x", field: value} if field != "password" else {"username": "x", "password": value}
    answer = client.post(f"{API}/auth/token/", json=names)
    assert answer.status_code == 400
    assert errors(answer, 400)


def test_a_refresh_token_is_good_once_and_a_second_use_ends_the_login(client, person):
    first, other = person.pair(), person.pair()
    second = renew(client, first["refresh"]).json()
    third = renew(client, second["refresh"]).json()
    assert seen(person, third["access"]).status_code == 200
    # The thief's, or the owner's: it cannot be told.
    assert errors(renew(client, first["refresh"]), 401) == BAD
    assert errors(renew(client, third["refresh"]), 401) == BAD
    for access in (first["access"], second["access"], third["access"]):
        assert errors(seen(person, access), 401) == BAD
    assert seen(person, other["access"]).status_code == 200


def test_of_two_who_use_a_refresh_token_at_once_one_is_served_and_the_login_ends(example, client, person):
    pair = person.pair()

    def use(_):
        with example.http() as one:
            return renew(one, pair["refresh"])

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(use, range(6)))
    served = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(served) == 1
    assert errors(seen(person, served[0]["access"]), 401) == BAD
    assert errors(renew(client, served[0]["refresh"]), 401) == BAD


def test_a_logout_ends_the_access_tokens_too(client, person):
    pair, other = person.pair(), person.pair()
    assert end(client, pair["refresh"]).status_code == 204
    assert errors(seen(person, pair["access"]), 401) == BAD
    assert errors(renew(client, pair["refresh"]), 401) == BAD
    assert errors(end(client, pair["refresh"]), 401) == BAD
    assert seen(person, other["access"]).status_code == 200


def test_a_logout_with_a_used_token_ends_the_login(client, person):
    pair = person.pair()
    fresh = renew(client, pair["refresh"]).json()
    assert errors(end(client, pair["refresh"]), 401) == BAD
    assert errors(seen(person, fresh["access"]), 401) == BAD


@pytest.mark.parametrize("door", ["refresh", "blacklist", "verify"])
def test_what_is_no_token_is_refused(client, person, door):
    path, field = f"{API}/auth/token/{door}/", "token" if door == "verify" else "refresh"
    assert errors(client.post(path, json={}), 400) == {(field, "required")}
    for value in ("a\0b", "x" * 5000, ["a"], None, "", "\n"):
        assert errors(client.post(path, json={field: value}), 400)
    pair = person.pair()
    garbage = ["x", "a.b.c", "..", "é.é.é", "1" * 3000, pair["refresh"][:-2], pair["refresh"] + "A"]
    for value in garbage:
        assert errors(client.post(path, json={field: value}), 401) == BAD
    if door != "verify":
        assert errors(client.post(path, json={field: pair["access"]}), 401) == BAD
        assert seen(person, pair["access"]).status_code == 200


def test_a_refresh_token_is_no_access_token(person):
    assert errors(seen(person, person.pair()["refresh"]), 401) == BAD


def test_a_token_is_verified_as_it_would_be_used(client, person):
    def check(token):
        return client.post(f"{API}/auth/token/verify/", json={"token": token})

    pair = person.pair()
    assert check(pair["access"]).status_code == check(pair["refresh"]).status_code == 200
    fresh = renew(client, pair["refresh"]).json()
    assert errors(check(pair["refresh"]), 401) == BAD
    assert check(fresh["refresh"]).status_code == 200
    end(client, fresh["refresh"])
    assert errors(check(fresh["access"]), 401) == errors(check(fresh["refresh"]), 401) == BAD


def test_forged_and_expired_tokens_are_refused(example, join, somebody):
    person = join()
    key = Path(example.environment["DATA_DIR"], "secret_key").read_text()
    claims = jwt.decode(person.pair()["access"], key, algorithms=["HS256"])
    assert seen(person, jwt.encode(claims, key)).status_code == 200
    without_login = {name: value for name, value in claims.items() if name != "login"}
    for token in (
        jwt.encode(claims, "k" * 40),
        jwt.encode(claims, None, algorithm="none"),
        jwt.encode({**claims, "exp": int(time.time()) - 1}, key),
        jwt.encode({**claims, "user_id": str(somebody.id)}, key),
        jwt.encode({**claims, "token_type": "refresh"}, key),
        jwt.encode(without_login, key),
    ):
        assert errors(seen(person, token), 401) == BAD


def test_a_new_password_ends_every_other_login_and_session_and_the_api_token(client, person):
    own, other = person.pair(), person.pair()
    session, token = person.session(), person.token()
    change = {"old_password": PASSWORD, "new_password": NEW}
    answer = person.sends(f"Bearer {own['access']}").post(f"{ME}password/", json=change)
    assert answer.status_code == 204
    assert seen(person, own["access"]).status_code == 200
    assert renew(client, own["refresh"]).status_code == 200
    assert errors(seen(person, other["access"]), 401) == errors(renew(client, other["refresh"]), 401) == BAD
    assert errors(session.get(ME), 401)
    assert errors(token.get(ME), 401)
    person.password = NEW
    assert person.basic().get(ME).status_code == 200


def test_a_new_password_takes_the_old_one_and_is_a_good_one(person):
    session = person.session()
    path = f"{ME}password/"
    for sent, found in (
        ({}, {("old_password", "required"), ("new_password", "required")}),
        ({"old_password": "wrong", "new_password": NEW}, {("old_password", "wrong_password")}),
        ({"old_password": PASSWORD, "new_password": "password"}, {("new_password", "password_too_common")}),
        ({"old_password": PASSWORD, "new_password": person.username}, {("new_password", "password_too_similar")}),
        ({"old_password": PASSWORD, "new_password": NEW, "is_staff": True}, {("is_staff", "unknown_field")}),
    ):
        assert errors(session.post(path, json=sent), 400) == found
    other = person.session()
    assert session.post(path, json={"old_password": PASSWORD, "new_password": NEW}).status_code == 204
    assert session.get(ME).status_code == 200
    assert errors(other.get(ME), 401)


@pytest.mark.parametrize("ending", ["logout", "blacklist", "reuse", "password", "deactivation"])
def test_the_sockets_of_a_login_close_with_it(example, client, person, staff, ending):
    pair = person.pair()
    authorization = {"Authorization": f"Bearer {pair['access']}"}
    with example.socket(additional_headers=authorization) as socket:
        hear(socket, type="ready")
        if ending == "logout":
            person.sends(authorization["Authorization"]).post(f"{API}/auth/logout/")
        elif ending == "blacklist":
            end(client, pair["refresh"])
        elif ending == "reuse":
            renew(client, pair["refresh"])
            renew(client, pair["refresh"])
        elif ending == "password":
            sent = {"old_password": PASSWORD, "new_password": NEW}
            assert person.basic().post(f"{ME}password/", json=sent).status_code == 204
        else:
            staff.api.patch(f"{API}/users/{person.id}/", json={"is_active": False})
        since = time.monotonic()
        assert last_words(socket)[1] == 4401
        assert time.monotonic() - since < 3
