"""Servers that die and come back, and two of them on PostgreSQL and Redis."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.chaos.services import Postgres, Redis
from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.people import Api
from tests.e2e.servers import Example

# What the browser says of a server that is not there.
GONE = "ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|WebSocket connection to"


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A server of the example that may be killed."""
    server = Example(tmp_path_factory.mktemp("own"))
    server.prepare()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def workers():
    """Two workers on PostgreSQL and Redis, all of them of this test's own."""
    with contextlib.ExitStack() as stack:
        # The user of PostgreSQL has to reach it: pytest's folders are for their owner alone.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="df_chat_e2e_")))
        database, redis = Postgres(folder), Redis(folder)
        database.create()
        for service in (database, redis):
            stack.callback(service.stop)
            service.start()
        database.make_database("example")
        names = {
            "DATABASE_URL": f"postgres://postgres@127.0.0.1:{database.port}/example",
            "REDIS_URL": f"redis://127.0.0.1:{redis.port}/0",
        }
        server = Example(folder, workers=2, **names)
        server.prepare()
        stack.callback(server.stop)
        server.start()
        yield server


def test_a_server_that_is_killed_loses_nothing(own, arrive, watch):
    watch.expect(GONE)
    people = Api(own.address, "alice"), Api(own.address, "bob")
    room = people[0].make_room("Killed", people[1])
    alice, bob = arrive(people[0], room, viewport=DESKTOP), arrive(people[1], room, viewport=DESKTOP)
    alice.say("Before")
    expect(bob.message("Before")).to_be_visible()
    own.stop(9)
    for text in ("While it was away 1", "While it was away 2", "While it was away 3"):
        expect(alice.say(text)).to_contain_text("Sending…")
    expect(alice.page.get_by_text("Messages that wait: 3")).to_be_visible(timeout=30_000)
    own.start()
    for person in (alice, bob):
        expect(person.message("While it was away 3").locator(".mark, time").first).to_be_visible(timeout=60_000)
        expect(person.log.locator(".pending")).to_have_count(0)
        assert person.texts() == ["Before", "While it was away 1", "While it was away 2", "While it was away 3"]
    expect(alice.page.get_by_text("Up to date")).to_be_visible(timeout=30_000)


def test_what_is_written_offline_waits_and_is_counted(own, arrive, watch):
    watch.expect(GONE, "ERR_INTERNET_DISCONNECTED")
    people = Api(own.address, "alice"), Api(own.address, "bob")
    room = people[0].make_room("Tunnel", people[1])
    alice, bob = arrive(people[0], room, viewport=DESKTOP), arrive(people[1], room)
    alice.page.context.set_offline(True)
    expect(alice.page.get_by_text("Offline.")).to_be_visible()
    for number in range(1, 6):
        alice.say(f"From the tunnel {number}")
    expect(alice.page.get_by_text("Messages that wait: 5")).to_be_visible()
    bob.say("Meanwhile")
    alice.page.context.set_offline(False)
    expect(alice.log.locator(".pending")).to_have_count(0, timeout=60_000)
    expect(alice.message("Meanwhile")).to_be_visible()
    expect(bob.message("From the tunnel 5")).to_be_visible()
    written = [f"From the tunnel {number}" for number in range(1, 6)]
    assert [text for text in bob.texts() if "tunnel" in text] == written
    assert [text for text in alice.texts() if "tunnel" in text] == written


def test_who_is_signed_out_elsewhere_is_asked_to_sign_in(own, arrive, watch):
    watch.expect(GONE, "status of 401", "status of 403")
    mine = Api(own.address, "carol")
    carol = arrive(mine)
    expect(carol.page.get_by_text("Up to date")).to_be_visible()
    mine.ask("POST", "auth/logout/")
    carol.page.wait_for_url("**/accounts/login/**", timeout=60_000)


def test_two_workers_are_one_chat(workers, arrive):
    people = Api(workers.address, "alice"), Api(workers.address, "bob")
    room = people[0].make_room("Workers", people[1])
    # Sockets are spread over both workers: of several windows, some are at each.
    windows = [arrive(person, room, viewport=PHONE) for person in (*people, *people)]
    for number, window in enumerate(windows):
        window.say(f"From window {number}")
        for other in windows:
            expect(other.message(f"From window {number}")).to_be_visible()
    windows[1].message("From window 0").hover()
    windows[1].act("From window 0", "React")
    windows[1].page.get_by_role("combobox", name="Search emoji").fill("heart")
    windows[1].page.keyboard.press("Enter")
    for window in windows:
        expect(window.message("From window 0").locator(".chip")).to_be_visible()
    expected = [f"From window {number}" for number in range(len(windows))]
    for window in windows:
        assert window.texts() == expected
