"""Every way into the API: it reads, it writes, it ends, and what is wrong is refused whatever lies beside it."""

from __future__ import annotations

import pytest

from tests.example.host import serving_example
from tests.example.registered import API, PASSWORD, errors, register

pytestmark = pytest.mark.host

ME = f"{API}/users/me/"
ROOMS = f"{API}/chat/rooms/"
SCHEMES = ["bearer", "token", "basic", "session"]
DEMO_ID = "7e23353f-c0b3-43a1-880b-94f84969ad33"


def revoke(person, client, scheme):
    """End what the client is signed in with."""
    if scheme == "basic":
        sent = {"old_password": PASSWORD, "new_password": "another-battery-staple"}
        return client.post(f"{ME}password/", json=sent)
    return client.post(f"{API}/auth/logout/")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_each_scheme_reads_writes_and_ends(join, scheme):
    person = join()
    client = getattr(person, scheme)()
    assert client.get(ROOMS).status_code == 200
    made = client.post(ROOMS, json={"title": f"By {scheme}"})
    assert made.status_code == 201, made.text
    assert made.json()["id"] in [room["id"] for room in client.get(ROOMS).json()["results"]]
    assert revoke(person, client, scheme).status_code == 204
    assert errors(client.get(ROOMS), 401)
    assert errors(client.post(ROOMS, json={"title": "No more"}), 401)


def test_an_api_token_ends_by_its_own_address(join):
    person = join()
    client, bearer = person.token(), person.bearer()
    assert person.token().headers["Authorization"] == client.headers["Authorization"]
    assert client.delete(f"{API}/auth/api-token/").status_code == 204
    assert errors(client.get(ROOMS), 401)
    assert bearer.delete(f"{API}/auth/api-token/").status_code == 204
    assert person.token().headers["Authorization"] != client.headers["Authorization"]


def test_a_form_gets_an_api_token_as_json_does(somebody):
    client = somebody.client()
    path = f"{API}/auth/api-token/"
    by_form, by_json = client.post(path, data=somebody.names), client.post(path, json=somebody.names)
    assert by_form.json() == by_json.json()
    assert by_form.json().keys() == {"token"}
    assert errors(client.post(path, json={**somebody.names, "password": "wrong"}), 401) == {(None, "bad_credentials")}


def test_basic_takes_an_address_too(somebody):
    client = somebody.client(auth=(somebody.email.upper(), PASSWORD))
    assert client.get(ME).json()["id"] == somebody.id


@pytest.mark.parametrize("scheme", ["bearer", "BEARER"])
def test_the_name_of_a_scheme_knows_no_case(somebody, scheme):
    client = somebody.sends(f"{scheme} {somebody.pair()['access']}")
    assert client.get(ME).json()["id"] == somebody.id


def test_a_session_writes_only_with_the_csrf_token(join):
    client = join().session()
    del client.headers["X-CSRFToken"]
    assert client.get(ROOMS).status_code == 200
    for path in (ROOMS, f"{API}/auth/logout/", f"{ME}password/"):
        assert errors(client.post(path, json={"title": "Forged"}), 403) == {(None, "permission_denied")}
    assert client.get(ROOMS).status_code == 200


def test_another_site_logs_nobody_in(somebody):
    client = somebody.client()
    path = f"{API}/auth/login/"
    assert errors(client.post(path, json=somebody.names), 403) == {(None, "permission_denied")}
    csrf = client.get(f"{API}/auth/csrf/").json()["csrf_token"]
    foreign = {"X-CSRFToken": csrf, "Origin": "https://evil.example"}
    assert errors(client.post(path, json=somebody.names, headers=foreign), 403) == {(None, "permission_denied")}
    assert "sessionid" not in client.cookies
    answer = client.post(path, json=somebody.names, headers={"X-CSRFToken": csrf})
    assert answer.json()["user"]["id"] == somebody.id
    assert "sessionid" in client.cookies


def test_who_logs_in_leaves_the_session_of_another(somebody, join):
    client = somebody.session()
    before = client.cookies["sessionid"]
    person = join()
    answer = client.post(f"{API}/auth/login/", json=person.names)
    assert answer.json()["user"]["id"] == client.get(ME).json()["id"] == person.id
    assert client.cookies["sessionid"] != before
    with somebody.host.http(cookies={"sessionid": before}) as old:
        assert errors(old.get(ME), 401)


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer garbage",
        "bearer garbage",
        "BEARER a.b.c",
        "Bearer",
        "Bearer a b",
        "Bearer \xff\xfe",
        "Token garbage",
        "token",
        "Token \xff",
        "Basic garbage",
        "Basic AAAA",
        "basic",
        "Basic bm9ib2R5Om5vYm9keQ==",
        "Basic bm8AYm9keTpub2JvZHk=",
        "Digest x",
        "garbage",
        "Bearer, Bearer",
    ],
)
def test_wrong_credentials_are_refused_beside_a_good_cookie(visitor, authorization):
    answer = visitor.get(ME, headers=[(b"authorization", authorization.encode("latin-1"))])
    assert errors(answer, 401)
    assert visitor.get(ME).status_code == 200


@pytest.fixture(scope="module")
def visitor(somebody):
    return somebody.session()


@pytest.mark.parametrize(
    "authorization", ["Bearer garbage", "Token garbage", "Basic bm9ib2R5Om5vYm9keQ=="], ids=["jwt", "token", "basic"]
)
def test_doors_open_whatever_lies_beside_them(somebody, authorization):
    client = somebody.client(headers={"Authorization": authorization})
    assert client.post(f"{API}/auth/token/", json=somebody.names).status_code == 200


def test_public_ids_open_nothing_unless_the_demo_says_so(example, somebody):
    with example.http() as client:
        for body in ({"user_uuid": somebody.uuid}, {"user_uuid": DEMO_ID}, {}):
            assert errors(client.post(f"{API}/auth/uuid/", json=body), 404) == {(None, "not_found")}


def test_the_demos_people_come_in_by_their_public_ids(tmp_path, django_db_blocker):
    with django_db_blocker.unblock(), serving_example(tmp_path, DEMO_SIGN_IN="true") as host:
        host.manage("demo", "--no-serve")
        visitor = register(host)
        with host.http() as client:
            for field in ("user_uuid", "uuid"):
                answer = client.post(f"{API}/auth/uuid/", json={field: DEMO_ID})
                assert answer.status_code == 200
                made = answer.json()
                assert made.keys() == {"token", "access", "expires_in"}
                assert 0 < made["expires_in"] <= 3600
                me = client.get(ME, headers={"Authorization": f"Bearer {made['token']}"}).json()
                assert (me["username"], me["uuid"]) == ("alice", DEMO_ID)
            refused = [
                client.post(f"{API}/auth/uuid/", json=body)
                for body in (
                    {},
                    {"user_uuid": visitor.uuid},
                    {"user_uuid": "1" * 32},
                    *({"user_uuid": value} for value in ("x", "a\0b", 7, None, [], {"a": 1}, "9" * 5000)),
                    [],
                    "text",
                )
            ]
            assert errors(refused[0], 401) == {(None, "bad_credentials")}
            assert len({answer.text for answer in refused}) == 1
            host.manage("shell", "-c", "User.objects.filter(username='alice').update(is_staff=True)")
            assert client.post(f"{API}/auth/uuid/", json={"user_uuid": DEMO_ID}).text == refused[0].text


def test_passwords_and_tokens_are_in_no_line_of_the_log(example, join):
    person = join()
    pair = person.pair()
    secrets = [PASSWORD, *pair.values(), person.token().headers["Authorization"].split()[1]]
    session = person.session()
    secrets += [session.cookies["sessionid"], session.headers["X-CSRFToken"]]
    for client in (session, person.basic(), person.sends(f"Bearer {pair['access']}"), person.sends("Bearer wrong-one")):
        client.get(ROOMS)
    client = person.client()
    for door in ("auth/token/", "auth/api-token/", "auth/register/", "auth/login/"):
        client.post(f"{API}/{door}", json={**person.names, "password": "wrong-one"})
    client.post(f"{API}/auth/token/refresh/", json={"refresh": pair["refresh"]})
    client.post(f"{API}/auth/token/refresh/", json={"refresh": pair["refresh"]})
    log = example.log.read_text(errors="replace")
    assert "/api/v1/auth/token/" in log
    for secret in [*secrets, "wrong-one"]:
        assert secret not in log
