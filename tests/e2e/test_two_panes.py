"""Two people on one page, and what becomes of a message between them."""

from __future__ import annotations

import pytest

from tests.e2e.test_chat import DESKTOP, PHONE


def pane_of(page, name):
    return page.locator(".pane").filter(has=page.get_by_role("heading", name=name, level=2))


@pytest.fixture
def two_panes(site, open_page):
    def open_panes(**options):
        page = open_page(f"{site}/two-panes/", **{"viewport": DESKTOP, **options})
        panes = pane_of(page, "Alice Moreau"), pane_of(page, "Bob Okafor")
        for pane in panes:
            wait_until_connected(pane)
        return page, *panes

    return open_panes


def connect(pane):
    pane.get_by_role("button", name="Connect", exact=True).click()
    wait_until_connected(pane)


def wait_until_connected(pane):
    pane.locator(".state").get_by_text("connected", exact=True).wait_for()
    pane.locator(".message").first.wait_for()


def disconnect(pane):
    pane.get_by_role("button", name="Disconnect").click()
    pane.locator(".state").get_by_text("disconnected", exact=True).wait_for()


def say(pane, text):
    field = pane.get_by_role("textbox", name="Message")
    field.fill(text)
    field.press("Enter")
    return pane.locator(".message.mine").filter(has_text=text)


def test_a_message_is_pending_sent_delivered_and_read(two_panes):
    page, alice, bob = two_panes()
    alice.locator(".about-room").get_by_text("online", exact=True).wait_for()
    disconnect(bob)
    alice.locator(".about-room").get_by_text("offline", exact=True).wait_for()
    held = []
    page.route("**/messages/", lambda route: held.append(route))
    message = say(alice, "Are you back?")
    message.get_by_text("Sending…").wait_for()
    for route in held:
        route.continue_()
    page.unroute("**/messages/")
    message.locator(".mark.sent").wait_for()
    page.wait_for_timeout(500)
    assert message.locator(".mark .visually-hidden").inner_text() == "Sent"
    connect(bob)
    bob.locator(".message").filter(has_text="Are you back?").wait_for()
    message.locator(".mark.read").wait_for()
    assert message.locator(".mark .visually-hidden").inner_text() == "Read"


def test_what_is_out_of_sight_is_delivered_and_read_once_it_is_seen(two_panes):
    page, alice, bob = two_panes()
    for number in range(12):
        say(alice, f"line {number}")
    bob.locator(".message").filter(has_text="line 11").wait_for()
    alice.locator(".message").filter(has_text="line 11").locator(".mark.read").wait_for()
    log = bob.get_by_role("log", name="Messages")
    log.hover()
    page.mouse.wheel(0, -2000)
    page.wait_for_timeout(500)
    message = say(alice, "further down")
    message.locator(".mark.delivered").wait_for()
    page.wait_for_timeout(500)
    assert message.locator(".mark.delivered").count() == 1
    page.mouse.wheel(0, 10_000)
    message.locator(".mark.read").wait_for()


def test_both_write_and_text_stays_text(two_panes):
    page, alice, bob = two_panes()
    say(alice, "<b>bold</b>")
    bob.locator(".message:not(.mine)").filter(has_text="<b>bold</b>").wait_for()
    say(bob, "not bold").locator(".mark.read").wait_for()
    alice.locator(".message:not(.mine):has-text('not bold')").wait_for()
    assert page.locator(".bubble b").count() == 0


def test_panes_are_their_own_whoever_is_logged_in(sign_in, site):
    page = sign_in("carol", viewport=DESKTOP)
    page.wait_for_load_state("networkidle")
    page.goto(f"{site}/two-panes/")
    alice, bob = pane_of(page, "Alice Moreau"), pane_of(page, "Bob Okafor")
    wait_until_connected(alice)
    wait_until_connected(bob)
    say(alice, "Carol looks on").locator(".mark.read").wait_for()


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_panes_stack_where_there_is_no_room(two_panes, viewport):
    page, alice, bob = two_panes(viewport=viewport)
    say(alice, "x" * 300)
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    above, below = alice.bounding_box(), bob.bounding_box()
    is_stacked = below["y"] >= above["y"] + above["height"]
    assert is_stacked is (viewport is PHONE)
