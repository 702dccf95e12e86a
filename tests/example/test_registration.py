"""Whoever registers is somebody, once, and nobody special."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.example.registered import API, PASSWORD, errors, new_names

pytestmark = pytest.mark.host

REGISTER = f"{API}/auth/register/"


def form(**more):
    return {**new_names(), "password": PASSWORD, "password2": PASSWORD, **more}


@pytest.fixture
def client(example):
    with example.http() as client:
        yield client


def test_the_answer_holds_names_and_ids_and_no_password(client):
    sent = form(first_name="Ada", last_name="Byron")
    answer = client.post(REGISTER, json=sent)
    assert answer.status_code == 201
    made = answer.json()
    assert made.keys() == {"id", "uuid", "username", "email", "first_name", "last_name"}
    assert made.items() >= {key: sent[key] for key in ("username", "email", "first_name", "last_name")}.items()
    assert PASSWORD not in answer.text


def test_forms_do_as_well_as_json(client):
    assert client.post(REGISTER, data=form()).status_code == 201


def test_a_username_is_made_up_that_tells_nothing_of_the_address(client):
    name = new_names()["username"]
    first = client.post(REGISTER, json=form(email=f"{name}@example.org", username=""))
    assert errors(first, 400) == {("username", "blank")}
    without = form(email=f"{name}@example.org")
    del without["username"]
    made = client.post(REGISTER, json=without).json()["username"]
    assert made.startswith("user-")
    assert name not in made
    again = {**without, "email": f"{name}@example.net"}
    assert client.post(REGISTER, json=again).json()["username"] not in (made, name)


@pytest.mark.parametrize(
    "field", ["is_staff", "is_superuser", "is_active", "is_demo", "is_admin", "id", "uuid", "groups"]
)
def test_nobody_makes_himself_more_than_a_person(client, join, field):
    assert errors(client.post(REGISTER, json=form(**{field: True})), 400) == {(field, "unknown_field")}


def test_the_one_who_registers_is_no_staff(join, superuser):
    person = join()
    seen = superuser.basic().get(f"{API}/users/{person.id}/").json()
    assert seen.items() >= {"is_staff": False, "is_superuser": False, "is_active": True, "is_demo": False}.items()


def test_passwords_must_agree(client):
    assert errors(client.post(REGISTER, json=form(password2="another-one-here")), 400) == {
        ("password2", "password_mismatch")
    }


@pytest.mark.parametrize(
    ("password", "code"),
    [("short1", "password_too_short"), ("password", "password_too_common"), ("margaretha", "password_too_similar")],
)
def test_weak_passwords_are_refused(client, password, code):
    sent = form(first_name="Margaretha", password=password, password2=password)
    assert ("password", code) in errors(client.post(REGISTER, json=sent), 400)


def test_names_are_taken_once_whatever_their_case(client, join):
    person = join()
    same_email = form(email=person.email.upper())
    assert errors(client.post(REGISTER, json=same_email), 400) == {("email", "unique")}
    same_name = form(username=person.username.upper())
    assert errors(client.post(REGISTER, json=same_name), 400) == {("username", "unique")}


def test_a_username_is_never_an_address(client):
    assert errors(client.post(REGISTER, json=form(username="eve@example.org")), 400) == {("username", "invalid")}


@pytest.mark.parametrize("field", ["email", "password", "password2"])
def test_what_is_missing_is_named(client, field):
    sent = form()
    del sent[field]
    assert errors(client.post(REGISTER, json=sent), 400) == {(field, "required")}


@pytest.mark.parametrize("value", ["a\0b", "\ud800", "x" * 5000, ["a"], {"a": 1}, None, 10**400, "", "\u202eeve"])
@pytest.mark.parametrize("field", ["email", "username", "password", "first_name"])
def test_hostile_values_are_the_clients_error(client, field, value):
    sent = form(**{field: value})
    if field == "password":
        sent["password2"] = value
    answer = client.post(REGISTER, content=json.dumps(sent), headers={"Content-Type": "application/json"})
    if field == "first_name" and value in ("", "\u202eeve"):
        # Names may be left out, and lose what turns the text around them.
        assert answer.json()["first_name"] == value.removeprefix("\u202e")
    elif field == "password" and value == "\u202eeve":
        assert ("password", "password_too_short") in errors(answer, 400)
    else:
        assert errors(answer, 400)


@pytest.mark.parametrize("body", ["", "[]", "null", "5", "{", "[" * 100_000, '{"a":' * 2000, "\xff"])
def test_hostile_bodies_are_the_clients_error(client, body):
    answer = client.post(REGISTER, content=body.encode("latin-1"), headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["errors"]


def test_of_many_who_take_one_address_at_once_one_gets_it(example):
    email = new_names("race")["email"]

    def take(number):
        with example.http() as client:
            return client.post(REGISTER, json=form(email=email))

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(take, range(8)))
    refused = [answer for answer in answers if answer.status_code != 201]
    assert len(refused) == 7
    for answer in refused:
        assert errors(answer, 400) == {("email", "unique")}


def test_of_many_who_take_one_username_at_once_one_gets_it(example):
    username = new_names("race")["username"]

    def take(number):
        with example.http() as client:
            return client.post(REGISTER, json=form(username=username))

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(take, range(8)))
    refused = [answer for answer in answers if answer.status_code != 201]
    assert len(refused) == 7
    for answer in refused:
        assert errors(answer, 400) == {("username", "unique")}
