"""A ticket signs one socket in, as the request that asked for it was signed in, and for no longer."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async as run
from django.contrib.auth import logout
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.test import APIClient

from df_chat.authentication import revalidate_user
from df_chat.authentication.handshake import Handshake
from df_chat.authentication.tickets import MAX_TICKETS, redeem_ticket
from df_chat.drf.tickets import TicketViewSet
from df_chat.models import SocketTicket
from tests.authentication import keys
from tests.authentication.conftest import opened, origin, refused

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("async_orm")]

ADDRESS = "/api/v1/chat/ws-ticket/"


def ask(client, **headers):
    answer = client.post(ADDRESS, {}, format="json", headers=headers)
    assert answer.status_code == 201, answer.content
    assert answer.json()["expires_in"] == 30
    assert answer["Cache-Control"] == "no-store"
    return answer.json()["ticket"]


@pytest.fixture
def browser(people):
    client = APIClient()
    client.force_login(people.ben)
    return client


@pytest.fixture
def program(people, key, monkeypatch):
    # Views of REST framework take the setting when they are imported.
    monkeypatch.setattr(TicketViewSet, "authentication_classes", [keys.KeyAuthentication, SessionAuthentication])
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Key {key}")
    return client


def ways(ticket):
    return {"subprotocols": ["df-chat", f"ticket.{ticket}"]}


async def test_a_ticket_signs_in_once(people, browser):
    ticket = await run(ask)(browser)
    async with opened(**ways(ticket)) as socket:
        assert (await socket.hear("ready"))["user_id"] == str(people.ben.pk)
        assert socket.chosen == "df-chat"
    assert await refused(**ways(ticket)) == 4401
    assert await refused(**ways("A" * 22)) == 4401


async def test_the_first_frame_may_bring_it(people, program):
    ticket = await run(ask)(program)
    async with opened() as socket:
        assert (await socket.ask("authenticate", ticket=ticket))["response_status"] == 200
        assert (await socket.hear("ready"))["user_id"] == str(people.ben.pk)
    async with opened() as socket:
        assert (await socket.ask("authenticate", ticket=ticket))["response_status"] == 401


def test_of_many_at_once_one_is_let_in(browser):
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connections

    ticket = ask(browser)

    def redeem(number):
        try:
            return redeem_ticket(ticket, Handshake({}))
        except AuthenticationFailed:
            return None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        assert len([kept for kept in threads.map(redeem, range(8)) if kept]) == 1


async def test_it_ends_after_half_a_minute(browser):
    ticket = await run(ask)(browser)
    await run(SocketTicket.objects.update)(expires_at=timezone.now() - timedelta(seconds=1))
    assert await refused(**ways(ticket)) == 4401


async def test_it_is_for_the_page_that_asked(browser):
    for other in (origin("http://chat.testserver"), []):
        ticket = await run(ask)(browser, origin="http://testserver")
        assert await refused(headers=other, **ways(ticket)) in (4401, 4403)
    ticket = await run(ask)(browser, origin="http://testserver")
    async with opened(headers=origin("http://testserver"), **ways(ticket)) as socket:
        await socket.hear("ready")


async def test_its_socket_ends_with_the_session(people, browser):
    ticket = await run(ask)(browser)
    async with opened(**ways(ticket)) as socket:
        await socket.hear("ready")

        def log_out():
            request = HttpRequest()
            request.session, request.user = browser.session, people.ben
            logout(request)

        await run(log_out)()
        assert await socket.closed(1) == 4401


async def test_its_socket_ends_with_the_token(people, program, key):
    ticket = await run(ask)(program)
    async with opened(**ways(ticket)) as socket:
        await socket.hear("ready")
        del keys.table[key]
        await asyncio.to_thread(revalidate_user, people.ben)
        assert await socket.closed(1) == 4401


async def test_nobody_signs_in_by_a_ticket_whose_token_ended(program, key):
    ticket = await run(ask)(program)
    del keys.table[key]
    assert await refused(**ways(ticket)) == 4401


def test_the_table_holds_no_secret(browser, program, key):
    tickets = [ask(browser), ask(program)]
    rows = list(SocketTicket.objects.values())
    text = repr([{name: bytes(value) if name == "sealed" else value for name, value in row.items()} for row in rows])
    assert [secret for secret in (*tickets, key, browser.session.session_key) if secret in text] == []
    # What is sealed is open to the ticket alone.
    assert f"Key {key}" in repr(redeem_ticket(tickets[1], Handshake({})).handshake.META)


def test_only_so_many_wait_and_those_of_others_are_not_counted(browser, people):
    for _ in range(MAX_TICKETS):
        ask(browser)
    answer = browser.post(ADDRESS, {}, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (429, "throttled")
    assert 0 < int(answer["Retry-After"]) <= 30
    other = APIClient()
    other.force_login(people.ada)
    ask(other)
    SocketTicket.objects.filter(user=people.ben).update(expires_at=timezone.now())
    ask(browser)
    assert SocketTicket.objects.count() == 2


@pytest.mark.parametrize("body", [{"user_id": "1"}, [], "x", None])
def test_it_takes_nothing_and_is_for_nobody_else(people, browser, body):
    answer = browser.post(ADDRESS, body, format="json")
    assert answer.status_code == (201 if body is None else 400)
    assert not SocketTicket.objects.exclude(user=people.ben).exists()


def test_strangers_get_none(db):
    assert APIClient().post(ADDRESS, {}, format="json").status_code == 401


def test_its_queries_are_few(browser, django_assert_max_num_queries):
    ask(browser)
    with django_assert_max_num_queries(6):
        ask(browser)
