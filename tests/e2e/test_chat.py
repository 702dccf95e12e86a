"""Two people in two browsers."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 800}
PATIENCE_SECONDS = 30
WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def rooms(page):
    return page.get_by_role("navigation", name="Rooms")


def listed(page, title):
    """A room of the list, by what it is called."""
    name = page.locator(".name").get_by_text(title, exact=True)
    return rooms(page).get_by_role("link").filter(has=name)


def enter(page, title):
    """Open a room of the list, and wait until it can be written to."""
    listed(page, title).click()
    page.get_by_role("region", name=title).get_by_role("textbox", name="Message").wait_for()
    page.get_by_role("status").filter(has_text="Up to date").wait_for()


def begin(page, way):
    """Open the dialog that begins chats."""
    page.get_by_role("button", name="New chat").click()
    dialog = page.get_by_role("dialog", name="New chat")
    dialog.get_by_role("button", name=way, exact=True).click()
    return dialog


def write_to(page, name):
    """Open the direct chat with somebody, found by their name."""
    dialog = begin(page, "Person")
    dialog.get_by_role("combobox", name="Find people").fill(name.split()[0])
    dialog.get_by_role("option", name=name).click()
    page.get_by_role("region", name=name).get_by_role("textbox", name="Message").wait_for()


def say(page, text):
    field = page.get_by_role("textbox", name="Message")
    field.fill(text)
    field.press("Enter")
    return message(page, text)


def message(page, text):
    return page.locator("df-chat-log .message").filter(has_text=text)


def until(page, expression):
    """Playwright's own waiting is made of text, which the policy of the pages forbids."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, expression
        page.wait_for_timeout(50)


def shot(page, name):
    """Keep a picture where SCREENSHOTS says, to be looked at."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def test_two_people_exchange_messages_and_a_reaction(sign_in):
    alice = sign_in("alice", viewport=DESKTOP)
    bob = sign_in("bob", viewport=PHONE, color_scheme="dark")
    shot(alice, "rooms-desktop-light")
    shot(bob, "rooms-phone-dark")
    enter(alice, "General")
    enter(bob, "General")
    say(alice, "Hello Bob")
    message(bob, "Hello Bob").wait_for()
    say(bob, "Hello <b>Alice</b>")
    answer = message(alice, "Hello <b>Alice</b>")
    answer.wait_for()
    assert answer.locator("b").count() == 0
    answer.hover()
    answer.get_by_role("button", name="React").click()
    alice.get_by_role("combobox", name="Search emoji").fill("thumbs up")
    alice.get_by_role("option").filter(has_text="👍").first.click()
    message(bob, "Hello <b>Alice</b>").get_by_role("button", name="👍 1").wait_for()
    bob.get_by_role("textbox", name="Message").press_sequentially("hm")
    alice.get_by_text("Bob Okafor is typing").wait_for()
    shot(alice, "room-desktop-light")
    shot(bob, "room-phone-dark")


def test_what_is_written_offline_is_sent_once_when_the_connection_is_back(sign_in):
    alice, bob = sign_in("alice"), sign_in("bob")
    enter(alice, "Random")
    enter(bob, "Random")
    bob.context.set_offline(True)
    bob.get_by_role("status").filter(has_text="Offline").wait_for()
    for text in ("first offline", "second offline"):
        say(bob, text).and_(bob.locator(".pending")).wait_for()
    say(alice, "meanwhile")
    shot(bob, "room-offline")
    bob.context.set_offline(False)
    message(alice, "second offline").wait_for(timeout=20_000)
    message(bob, "second offline").and_(bob.locator(":not(.pending)")).wait_for(timeout=20_000)
    message(bob, "meanwhile").wait_for()
    for page in (alice, bob):
        texts = page.locator("df-chat-log .message .bubble").all_inner_texts()
        assert [text.split("\n")[0] for text in texts if "offline" in text] == ["first offline", "second offline"]


def test_what_is_unsent_outlives_the_page(sign_in):
    alice, bob = sign_in("alice"), sign_in("bob")
    enter(alice, "Random")
    enter(bob, "Random")
    bob.route("**/messages/", lambda route: route.abort("internetdisconnected"))
    say(bob, "before the reload").and_(bob.locator(".pending")).wait_for()
    field = bob.get_by_role("textbox", name="Message")
    field.press_sequentially("half a thought")
    until(bob, "Object.values(localStorage).some((item) => item.includes('half a thought'))")
    bob.unroute("**/messages/")
    bob.reload()
    message(bob, "before the reload").and_(bob.locator(":not(.pending)")).wait_for()
    message(alice, "before the reload").wait_for()
    assert field.input_value() == "half a thought"
    assert message(alice, "before the reload").count() == 1


def test_a_room_is_made_joined_and_left_to_others(sign_in):
    carol, dave = sign_in("carol"), sign_in("dave")
    dialog = begin(carol, "Room")
    dialog.get_by_label("Title").fill("Hiking")
    dialog.get_by_label("Public:").check()
    dialog.get_by_role("button", name="Create room").click()
    say(carol, "Sunday at nine?")
    begin(dave, "Public").get_by_role("button", name="Look inside Hiking").click()
    message(dave, "Sunday at nine?").wait_for()
    assert dave.get_by_role("textbox", name="Message").count() == 0
    dave.get_by_role("button", name="Join to write").click()
    dave.get_by_role("textbox", name="Message").wait_for()
    say(dave, "Count me in")
    message(carol, "Count me in").wait_for()


def test_a_direct_chat_opens_by_name(sign_in):
    carol, dave = sign_in("carol"), sign_in("dave")
    write_to(carol, "Dave Tanaka")
    say(carol, "Just us two")
    listed(dave, "Carol Lindqvist").filter(has_text="Unread").wait_for()
    enter(dave, "Carol Lindqvist")
    message(dave, "Just us two").wait_for()


def test_the_address_is_that_of_the_room_and_leads_back_to_it(sign_in):
    alice = sign_in("alice", viewport=DESKTOP)
    enter(alice, "General")
    alice.wait_for_url("**/chat/*-*/")
    alice.reload()
    alice.get_by_role("region", name="General").get_by_role("textbox", name="Message").wait_for()
    alice.go_back()
    alice.wait_for_url("**/chat/")
    alice.get_by_role("region", name="General").wait_for(state="detached")


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_nothing_is_wider_than_the_window(sign_in, viewport, language):
    page = sign_in("alice", viewport=viewport)
    name, direction = {"en": ("English", "ltr"), "ar": ("العربية", "rtl")}[language]
    page.get_by_role("button", name=name, exact=True).click()
    page.locator("df-chat .room-item").first.wait_for()
    assert page.evaluate("getComputedStyle(document.querySelector('df-chat')).direction") == direction
    assert not page.evaluate(WIDE)
    page.locator("df-chat .room-item").filter(has_text="General").click()
    field = page.locator("df-chat-composer textarea")
    field.fill("x" * 400)
    field.press("Enter")
    message(page, "xxxx").first.wait_for()
    assert not page.evaluate(WIDE)
    shot(page, f"room-{language}-{viewport['width']}")


def test_opening_a_room_asks_once_for_it(arrive, api):
    # Not one of those with whom every test makes rooms: a list of several pages is read again.
    room = api("dave").make_room("Asked once", api("bob"))
    dave = arrive("dave", room)
    dave.page.get_by_text("Up to date").wait_for(state="attached")
    dave.page.wait_for_load_state("networkidle")
    asked = dave.page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
    # The room came with the page.
    for what, times in ((f"/rooms/{room}/snapshot/$", 0), (f"/rooms/{room}/$", 0), (r"/rooms/\?", 1)):
        assert len([address for address in asked if re.search(what, address)]) == times, what
