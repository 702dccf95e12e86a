"""Everybody whom REST lets in opens a socket, and nobody else hears a word."""

from __future__ import annotations

import json
import logging
from base64 import b64encode

import pytest
from asgiref.sync import sync_to_async as run
from django.conf import settings as django_settings
from django.contrib.sessions.backends.db import SessionStore

from df_chat.asgi import authentication
from df_chat.authentication import signing_in
from tests.asgi.sockets import CSRF_TOKEN, page_of
from tests.asgi.test_live import cookie_of
from tests.authentication import keys
from tests.authentication.conftest import knock, opened, origin, refused, shown

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("async_orm")]

OWN, FOREIGN = origin("http://testserver"), origin("http://evil.example")


async def cookies(user, csrf=CSRF_TOKEN):
    cookie = await run(cookie_of)(user)
    return [(b"cookie", f"{cookie}; csrftoken={csrf}".encode())]


# -- By the host's authenticators ----------------------------------------------------------------------------
async def test_a_token_in_the_header_signs_in(people, key):
    async with opened(headers=shown("Key", key)) as socket:
        assert (await socket.hear("ready"))["user_id"] == str(people.ben.pk)
        assert socket.chosen is None


async def test_a_password_in_the_header_signs_in(people):
    await run(people.ben.set_password)("correct horse")
    await run(people.ben.save)()
    async with opened(headers=shown("Basic", b64encode(b"ben:correct horse").decode())) as socket:
        assert (await socket.hear("ready"))["user_id"] == str(people.ben.pk)
    assert await refused(headers=shown("Basic", b64encode(b"ben:wrong horse").decode())) == 4401


@pytest.mark.parametrize("value", ["Key nonsense", "Key", "key \xff", "Nonsense abc", "Basic !!", ""])
async def test_what_is_no_token_signs_nobody_in(people, key, value):
    assert await refused(headers=[(b"authorization", value.encode("latin1"))]) == 4401


@pytest.mark.parametrize("value", ["Key nonsense", "Nonsense abc"])
async def test_a_wrong_token_is_refused_whoever_the_cookies_belong_to(people, key, value):
    page = page_of(await run(cookie_of)(people.ada))
    page["headers"] += [(b"authorization", value.encode())]
    assert await refused(**page) == 4401


async def test_a_token_counts_more_than_cookies(people, key):
    page = page_of(await run(cookie_of)(people.ada))
    page["headers"] += shown("Key", key)
    async with opened(**page) as socket:
        assert (await socket.hear("ready"))["user_id"] == str(people.ben.pk)


async def test_the_inactive_are_refused(people, key):
    people.ben.is_active = False
    assert await refused(headers=shown("Key", key)) == 4401


async def test_a_token_may_come_without_a_page_and_not_from_anothers(people, key):
    async with opened(headers=[*shown("Key", key), *OWN]) as socket:
        await socket.hear("ready")
    for headers in ([*shown("Key", key), *FOREIGN], [*shown("Key", key), *origin("null")]):
        assert await refused(headers=headers) == 4403


async def test_without_the_check_anothers_page_would_be_let_in(people, key, monkeypatch):
    """Sabotage: the test above can fail."""
    monkeypatch.setattr(authentication, "is_allowed", lambda handshake: True)
    async with opened(headers=[*shown("Key", key), *FOREIGN]) as socket:
        await socket.hear("ready")


@pytest.mark.parametrize("scheme", ["Key", "key"])
async def test_a_token_among_the_subprotocols_signs_in_and_is_not_answered(people, key, scheme):
    async with opened(headers=OWN, subprotocols=["df-chat", f"{scheme}.{key}"]) as socket:
        assert socket.chosen == "df-chat"
        await socket.hear("ready")
        assert socket.communicator.scope["subprotocols"] == ["df-chat"]


async def test_two_tokens_are_one_too_many(people, key):
    assert await refused(subprotocols=["df-chat", f"Key.{key}", f"Key.{key}"]) == 4401
    assert await refused(subprotocols=["df-chat", "Key.nonsense"], headers=shown("Key", key)) == 4401


async def test_a_token_in_the_address_is_ignored_unless_a_setting_names_its_scheme(people, key, settings):
    async with opened(f"&token={key}") as socket:
        await socket.hear("authenticate")
    settings.DF_CHAT = {"SOCKET_QUERY_SCHEME": "Key"}
    async with opened(f"&token={key}") as socket:
        await socket.hear("ready")
        # What a server writes into its log.
        assert socket.communicator.scope["query_string"] == b"backlog=0"
    assert await refused("&token=nonsense") == 4401
    assert await refused(f"&token={key}&token={key}") == 4401


# -- By session ----------------------------------------------------------------------------------------------
async def test_a_page_signs_in_by_its_session(people):
    async with opened(
        headers=[*await cookies(people.ben), *OWN], subprotocols=["df-chat", f"csrf.{CSRF_TOKEN}"]
    ) as ben:
        assert (await ben.hear("ready"))["user_id"] == str(people.ben.pk)
        assert ben.chosen == "df-chat"


@pytest.mark.parametrize("csrf", [None, "y" * 32, "x", "", "é"])
async def test_cookies_count_only_beside_their_csrf_token(people, csrf):
    subprotocols = ["df-chat", *([f"csrf.{csrf}"] if csrf is not None else [])]
    async with opened(headers=[*await cookies(people.ben), *OWN], subprotocols=subprotocols) as socket:
        assert await socket.hear() == {"type": "authenticate", "within": 5}
        assert (await socket.ask("authenticate", csrf_token=csrf or "z" * 32))["response_status"] == 401
        assert await socket.closed() == 4401


async def test_without_the_csrf_check_they_would_count(people, monkeypatch):
    """Sabotage: the test above can fail."""

    monkeypatch.setattr(signing_in, "_is_own_page", lambda handshake, csrf_token: True)
    async with opened(headers=[*await cookies(people.ben), *OWN], subprotocols=["df-chat", "csrf.wrong"]) as socket:
        await socket.hear("ready")


async def test_a_csrf_token_may_be_kept_in_the_session(people, settings):
    settings.CSRF_USE_SESSIONS = True

    def sign_in():
        cookie = cookie_of(people.ben)
        session = SessionStore(cookie.partition("=")[2])
        session["_csrftoken"] = "s" * 32
        session.save()
        return cookie

    headers = [(b"cookie", (await run(sign_in)()).encode()), *OWN]
    async with opened(headers=headers, subprotocols=["df-chat", "csrf." + "s" * 32]) as socket:
        await socket.hear("ready")
    async with opened(headers=headers, subprotocols=["df-chat", "csrf." + "t" * 32]) as socket:
        await socket.hear("authenticate")


async def test_cookies_count_only_from_a_page(people):
    async with opened(headers=await cookies(people.ben), subprotocols=["df-chat", f"csrf.{CSRF_TOKEN}"]) as socket:
        await socket.hear("authenticate")
    foreign = [*await cookies(people.ben), *FOREIGN]
    assert await refused(headers=foreign, subprotocols=["df-chat", f"csrf.{CSRF_TOKEN}"]) == 4403


@pytest.mark.parametrize("key", ["made-up", "", "é", "x" * 5_000, 'a"b;c'])
async def test_cookies_that_are_no_session_sign_nobody_in(people, key):
    headers = [(b"cookie", f"sessionid={key}; csrftoken={CSRF_TOKEN}".encode()), *OWN]
    async with opened(headers=headers, subprotocols=["df-chat", f"csrf.{CSRF_TOKEN}"]) as socket:
        await socket.hear("authenticate")


async def test_a_handshake_changes_no_session(people, settings):
    """Django's own look would give a session of a rotated key a new one, which the page would never learn of."""
    headers = await cookies(people.ben)
    settings.SECRET_KEY_FALLBACKS = [django_settings.SECRET_KEY]
    before = await run(lambda: dict(SessionStore(headers[0][1].decode().partition("=")[2].partition(";")[0])))()
    async with opened(headers=[*headers, *OWN], subprotocols=["df-chat", f"csrf.{CSRF_TOKEN}"]) as socket:
        await socket.hear("ready")
    after = await run(lambda: dict(SessionStore(headers[0][1].decode().partition("=")[2].partition(";")[0])))()
    assert before == after != {}


# -- By the first frame --------------------------------------------------------------------------------------
async def test_the_first_frame_may_say_who_it_is(people, room, key):
    async with opened() as socket:
        assert await socket.hear() == {"type": "authenticate", "within": 5}
        answer = await socket.ask("authenticate", authorization=f"Key {key}")
        assert (answer["response_status"], answer["data"]) == (200, {"user_id": str(people.ben.pk)})
        await socket.hear("ready")
        assert (await socket.ask("send_message", room_id=room.pk, body="hi"))["response_status"] == 201
        # It is not an action.
        assert (await socket.ask("authenticate", authorization=f"Key {key}"))["response_status"] == 405


async def test_the_first_frame_of_a_page_may_bring_the_csrf_token(people):
    async with opened(headers=[*await cookies(people.ben), *OWN]) as socket:
        assert (await socket.ask("authenticate", csrf_token=CSRF_TOKEN))["response_status"] == 200
        assert (await socket.hear("ready"))["user_id"] == str(people.ben.pk)


HOSTILE = {
    "nonsense": {"authorization": "Key nonsense"},
    "nothing": {},
    "two things": {"authorization": "Key nonsense", "ticket": "x"},
    "another field": {"user_id": "1"},
    "no text": {"authorization": {"$ne": None}},
    "a number": {"ticket": 7},
    "NUL": {"ticket": "a\x00b"},
    "a surrogate": {"ticket": "\ud800"},
    "empty": {"authorization": ""},
    "not latin": {"authorization": "Key 鍵"},
    "a made-up ticket": {"ticket": "AAAAAAAAAAAAAAAAAAAAAA"},
}


@pytest.mark.parametrize("fields", HOSTILE.values(), ids=HOSTILE)
async def test_a_first_frame_that_signs_nobody_in_is_the_last(people, key, fields):
    async with opened(headers=[*await cookies(people.ben)]) as socket:
        await socket.hear("authenticate")
        await socket.say(json.dumps({"action": "authenticate", "request_id": 7, **fields}))
        answer = await socket.hear()
        assert answer["request_id"] == 7
        assert answer["response_status"] in (400, 401)
        assert answer["errors"][0]["code"]
        assert await socket.closed() == 4401


@pytest.mark.parametrize(
    "text", ["{", "[]", "7", '{"action": 7}', '{"action": "sync", "streams": {}}', "x" * 9_000, "[" * 5_000]
)
async def test_a_first_frame_that_is_something_else_is_the_last(people, key, text):
    async with opened() as socket:
        await socket.hear("authenticate")
        await socket.say(text)
        assert (await socket.hear())["response_status"] == 401
        assert await socket.closed() == 4401


async def test_a_binary_first_frame_is_the_last(key):
    async with opened() as socket:
        await socket.hear("authenticate")
        await socket.communicator.send_to(bytes_data=b"\x00")
        assert await socket.closed() == 4401


async def test_a_large_token_is_refused_before_it_is_looked_at(people, key):
    keys.table["k" * 8_200] = (people.ben, None)
    async with opened() as socket:
        assert (await socket.hear())["type"] == "authenticate"
        await socket.say(json.dumps({"action": "authenticate", "authorization": "Key " + "k" * 8_200}))
        assert await socket.closed() == 4401


async def test_whoever_says_nothing_is_closed(monkeypatch):
    monkeypatch.setattr(authentication, "FIRST_FRAME_SECONDS", 1)
    async with opened() as socket:
        await socket.hear("authenticate")
        assert await socket.closed() == 4401
    assert not authentication.SocketAuthentication._waiting


async def test_only_so_many_wait_at_once(monkeypatch, people, key):
    monkeypatch.setattr(authentication, "MAX_WAITING", 3)
    monkeypatch.setattr(authentication, "MAX_WAITING_OF_ADDRESS", 2)
    async with opened(client=("10.0.0.1", 1)), opened(client=("10.0.0.1", 2)) as second:
        assert await refused(client=("10.0.0.1", 3)) == 4429
        async with opened(client=("10.0.0.2", 1)):
            assert await refused(client=("10.0.0.3", 1)) == 4429
            # Those who say it on the handshake wait for nobody.
            async with opened(client=("10.0.0.1", 4), headers=shown("Key", key)) as ben:
                await ben.hear("ready")
        await second.ask("authenticate", authorization=f"Key {key}")
        # It waits no more.
        async with opened(client=("10.0.0.1", 5)):
            pass
    assert not authentication.SocketAuthentication._waiting


async def test_a_socket_that_goes_while_it_waits_leaves_nothing(monkeypatch):
    async with opened() as socket:
        await socket.hear("authenticate")
    assert not authentication.SocketAuthentication._waiting


# -- All of them ---------------------------------------------------------------------------------------------
async def test_unknown_paths_are_refused_before_anybody_is_asked(key):
    communicator = knock(headers=shown("Key", key))
    communicator.scope["path"] = "/elsewhere/"
    assert await communicator.connect() == (False, 4404)


async def test_no_secret_is_written_into_a_log(people, key, caplog, settings):
    caplog.set_level(logging.DEBUG)
    settings.DF_CHAT = {"SOCKET_QUERY_SCHEME": "Key"}
    page = page_of(await run(cookie_of)(people.ada))
    secrets = [key, "n0nsense-t0ken", page["headers"][0][1].decode().partition("=")[2].partition(";")[0]]
    for value in secrets[:2]:
        for options in ({"headers": shown("Key", value)}, {"subprotocols": ["df-chat", f"Key.{value}"]}):
            await knock(**options).connect()
        await knock(f"&token={value}").connect()
        async with opened() as socket:
            await socket.say(json.dumps({"action": "authenticate", "authorization": f"Key {value}"}))
            await socket.hear()
            await socket.hear()
    await knock(headers=[*page["headers"][:1], *FOREIGN]).connect()
    page["subprotocols"] = ["df-chat", "csrf." + "w" * 32]
    await knock(**page).connect()
    assert "CSRF" in caplog.text
    assert [secret for secret in secrets if secret in caplog.text] == []
