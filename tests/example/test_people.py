"""Everybody sees people, changes himself, and nobody becomes more than he is."""

from __future__ import annotations

import json

import pytest

from tests.example.registered import API, PASSWORD, errors, new_names

pytestmark = pytest.mark.host

CARD = {"id", "uuid", "username", "first_name", "last_name"}
NEW = "another-battery-staple"


def address(person):
    return f"{API}/users/{person.id}/"


def test_strangers_are_told_to_sign_in(example, join):
    person = join()
    with example.http() as client:
        for method, path in (
            ("GET", "users/"),
            ("POST", "users/"),
            ("GET", "users/me/"),
            ("PATCH", "users/me/"),
            ("POST", "users/me/password/"),
            ("POST", "auth/logout/"),
            ("DELETE", "auth/api-token/"),
            *((method, f"users/{person.id}/") for method in ("GET", "PUT", "PATCH", "DELETE")),
        ):
            answer = client.request(method, f"{API}/{path}", json={"username": "eve", "password": PASSWORD})
            assert errors(answer, 401) == {(None, "not_authenticated")}, (method, path)
            assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"'
    assert person.api.get(f"{API}/users/me/").json()["username"] == person.username


def test_a_person_reads_and_changes_the_own_profile(join):
    person = join()
    client = person.api
    me = client.get(f"{API}/users/me/")
    assert me.json().keys() == CARD | {"email"}
    changed = client.patch(f"{API}/users/me/", json={"first_name": " Ada ", "last_name": "Byron"})
    assert changed.json() == {**me.json(), "first_name": "Ada", "last_name": "Byron"}
    assert client.get(address(person)).json() == changed.json()
    sent = {"username": person.username, "email": person.email, "first_name": "Eda"}
    assert client.put(address(person), json=sent).json()["first_name"] == "Eda"


def test_of_others_one_sees_a_card_and_changes_nothing(join):
    eve, ada = join("eve"), join("ada")
    client = eve.api
    assert client.get(address(ada)).json().keys() == CARD
    for method in ("PUT", "PATCH", "DELETE"):
        answer = client.request(method, address(ada), json={"first_name": "Eve", "username": "x", "email": "x@y.zz"})
        assert errors(answer, 403) == {(None, "permission_denied")}
    assert ada.api.get(f"{API}/users/me/").json()["first_name"] == ""


@pytest.mark.parametrize(
    "field", ["is_staff", "is_superuser", "is_active", "is_demo", "id", "uuid", "groups", "password"]
)
@pytest.mark.parametrize("where", ["me", "id"])
def test_nobody_makes_himself_more(somebody, superuser, field, where):
    person = somebody
    path = address(person) if where == "id" else f"{API}/users/me/"
    client = person.api
    assert errors(client.patch(path, json={field: PASSWORD}), 400) == {(field, "unknown_field")}
    if where == "id":
        sent = {"username": person.username, "email": person.email, field: True}
        assert errors(client.put(path, json=sent), 400) == {(field, "unknown_field")}
    seen = superuser.api.get(address(person)).json()
    assert seen.items() >= {"is_staff": False, "is_superuser": False, "is_active": True, "is_demo": False}.items()
    assert (seen["id"], seen["uuid"]) == (person.id, person.uuid)


def test_names_of_others_cannot_be_taken(join):
    eve, ada = join("eve"), join("ada")
    client = eve.api
    assert errors(client.patch(f"{API}/users/me/", json={"email": ada.email.upper()}), 400) == {("email", "unique")}
    for name in (ada.username, ada.username.upper()):
        assert errors(client.patch(f"{API}/users/me/", json={"username": name}), 400) == {("username", "unique")}
    assert errors(client.patch(f"{API}/users/me/", json={"username": ada.email}), 400) == {("username", "invalid")}


@pytest.mark.parametrize("value", ["a\0b", "\ud800", "x" * 5000, ["a"], {"a": 1}, None, 10**400])
@pytest.mark.parametrize("field", ["email", "username", "first_name", "last_name"])
def test_hostile_values_are_the_clients_error(somebody, field, value):
    content = json.dumps({field: value})
    answer = somebody.api.patch(f"{API}/users/me/", content=content, headers={"Content-Type": "application/json"})
    assert errors(answer, 400)


def test_the_list_is_paged_and_keeps_staff_to_staff(join, staff):
    person = join()
    client = person.api
    page = client.get(f"{API}/users/?limit=2").json()
    assert page.keys() == {"count", "next", "previous", "results"}
    assert len(page["results"]) == 2
    assert page["next"].startswith(f"{person.host.base}{API}/users/?limit=2&offset=2")
    assert all(one.keys() == CARD for one in page["results"])

    def ids(client):
        found, url = [], f"{API}/users/?limit=100"
        while url:
            page = client.get(url).json()
            found += [one["id"] for one in page["results"]]
            url = page["next"]
        return found

    assert person.id in ids(client)
    assert staff.id not in ids(client)
    assert {staff.id, person.id} <= set(ids(staff.api))


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=-1", "limit=x", "limit=1000000", "offset=9" + "9" * 5000, "offset=%00"]
)
def test_hostile_pages_are_pages(somebody, query):
    answer = somebody.api.get(f"{API}/users/?{query}")
    assert answer.status_code == 200
    assert len(answer.json()["results"]) <= 100


@pytest.mark.parametrize("key", ["0", "999999999", "9" * 30, "9" * 5000, "x", "%00", "me2", "-1"])
def test_who_is_not_there_is_not_found(somebody, key):
    assert somebody.api.get(f"{API}/users/{key}/").status_code == 404
    assert somebody.api.delete(f"{API}/users/{key}/").status_code == 404


def test_staff_are_not_there_for_others(join, staff, superuser):
    client = join().api
    for person in (staff, superuser):
        for method in ("GET", "PUT", "PATCH", "DELETE"):
            assert errors(client.request(method, address(person), json={}), 404) == {(None, "not_found")}


def test_only_staff_make_people(join, staff):
    sent = {**new_names(), "password": PASSWORD}
    assert errors(join().api.post(f"{API}/users/", json=sent), 403) == {(None, "permission_denied")}
    client = staff.api
    weak = {**sent, "password": "password"}
    assert ("password", "password_too_common") in errors(client.post(f"{API}/users/", json=weak), 400)
    missing = {key: value for key, value in sent.items() if key != "password"}
    assert errors(client.post(f"{API}/users/", json=missing), 400) == {("password", "required")}
    made = client.post(f"{API}/users/", json=sent)
    assert made.status_code == 201
    assert "password" not in made.json()
    answer = client.post(f"{API}/auth/token/", json={"username": sent["username"], "password": PASSWORD})
    assert answer.status_code == 200


def test_staff_set_passwords_that_are_good_and_hashed(join, staff):
    person, client = join(), staff.api
    pair = person.pair()
    weak = client.patch(address(person), json={"password": "password"})
    assert ("password", "password_too_common") in errors(weak, 400)
    answer = client.patch(address(person), json={"password": NEW})
    assert answer.status_code == 200
    assert NEW not in answer.text
    code = f"from accounts.models import User; print(User.objects.get(pk={person.id}).password)"
    assert "md5$" in person.host.manage("shell", "-v", "0", "-c", code)
    assert errors(person.basic().get(f"{API}/users/me/"), 401)
    assert errors(person.sends(f"Bearer {pair['access']}").get(f"{API}/users/me/"), 401)
    person.password = NEW
    assert person.basic().get(f"{API}/users/me/").status_code == 200


def test_staff_make_staff_but_no_superusers_and_touch_none(join, staff, superuser):
    person, client = join(), staff.api
    assert client.patch(address(person), json={"is_staff": True}).json()["is_staff"] is True
    for target in (person, staff):
        refused = client.patch(address(target), json={"is_superuser": True})
        assert errors(refused, 400) == {("is_superuser", "unknown_field")}
    made = client.post(f"{API}/users/", json={**new_names(), "password": PASSWORD, "is_superuser": True})
    assert errors(made, 400) == {("is_superuser", "unknown_field")}
    for method in ("PATCH", "PUT", "DELETE"):
        answer = client.request(method, address(superuser), json={"password": NEW})
        assert errors(answer, 403) == {(None, "permission_denied")}
    answer = superuser.api.patch(address(person), json={"is_superuser": True})
    assert answer.json()["is_superuser"] is True


def test_an_inactive_person_is_refused_at_every_door_and_not_shown(example, join, staff):
    person, other = join(), join()
    held = [person.bearer(), person.token(), person.basic(), person.session()]
    assert all(client.get(f"{API}/users/me/").status_code == 200 for client in held)
    refresh = person.pair()["refresh"]
    assert staff.api.patch(address(person), json={"is_active": False}).json()["is_active"] is False
    for client in held:
        assert errors(client.get(f"{API}/users/me/"), 401)
    with example.http() as client:
        for door in ("auth/token/", "auth/api-token/"):
            assert errors(client.post(f"{API}/{door}", json=person.names), 401) == {(None, "bad_credentials")}
        answer = client.post(f"{API}/auth/token/refresh/", json={"refresh": refresh})
        assert errors(answer, 401) == {(None, "token_not_valid")}
    assert other.api.get(address(person)).status_code == 404


def test_one_deletes_oneself_and_what_was_written_stays(join):
    ada, ben = join("ada"), join("ben")
    client = ada.api
    room = client.post(f"{API}/chat/rooms/", json={"title": "Ada's", "user_ids": [str(ben.id)]}).json()
    sent = client.post(f"{API}/chat/rooms/{room['id']}/messages/", json={"body": "I was here"})
    assert sent.status_code == 201
    held = ada.bearer()
    assert client.delete(address(ada)).status_code == 204
    assert errors(held.get(f"{API}/users/me/"), 401)
    assert ben.api.get(address(ada)).status_code == 404
    messages = ben.api.get(f"{API}/chat/rooms/{room['id']}/messages/").json()["results"]
    assert "I was here" in [message["body"] for message in messages]
