"""Two people in two browsers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 800}


def enter(page, title):
    page.click(f"#rooms a:has-text('{title}')")
    page.wait_for_selector("[data-state=live]")


def say(page, text):
    page.fill("#body", text)
    page.press("#body", "Enter")


def shot(page, name):
    """Keep a picture where SCREENSHOTS says, to be looked at."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def test_two_people_exchange_messages_and_a_like(sign_in):
    alice = sign_in("alice", viewport=DESKTOP)
    bob = sign_in("bob", viewport=PHONE, color_scheme="dark")
    shot(alice, "rooms-desktop-light")
    shot(bob, "rooms-phone-dark")
    enter(alice, "General")
    enter(bob, "General")
    say(alice, "Hello Bob")
    bob.wait_for_selector(".message:has-text('Hello Bob')")
    say(bob, "Hello <b>Alice</b>")
    alice.wait_for_selector(".message:has-text('Hello <b>Alice</b>')")
    assert alice.locator(".bubble b").count() == 0
    message = alice.locator(".message:has-text('Hello <b>Alice</b>')")
    message.hover()
    message.get_by_role("button", name="Like").click()
    bob.wait_for_selector(".message:has-text('Hello <b>Alice</b>') button:has-text('👍 1')")
    bob.type("#body", "hm")
    alice.wait_for_selector("#typing:has-text('Bob')")
    shot(alice, "room-desktop-light")
    shot(bob, "room-phone-dark")


def test_what_is_written_offline_is_sent_once_when_the_connection_is_back(sign_in):
    alice, bob = sign_in("alice"), sign_in("bob")
    enter(alice, "Random")
    enter(bob, "Random")
    bob.context.set_offline(True)
    bob.evaluate("dispatchEvent(new Event('offline'))")
    for text in ("first offline", "second offline"):
        say(bob, text)
    say(alice, "meanwhile")
    bob.wait_for_timeout(300)
    shot(bob, "room-offline")
    bob.context.set_offline(False)
    alice.wait_for_selector(".message:has-text('second offline')", timeout=20_000)
    bob.wait_for_selector(".message:not(.pending):has-text('second offline')", timeout=20_000)
    bob.wait_for_selector(".message:has-text('meanwhile')")
    for page in (alice, bob):
        texts = page.locator(".message .bubble").all_inner_texts()
        assert [text for text in texts if "offline" in text] == ["first offline", "second offline"]


def test_what_is_unsent_outlives_the_page(sign_in):
    alice, bob = sign_in("alice"), sign_in("bob")
    enter(alice, "Random")
    enter(bob, "Random")
    bob.route("**/messages/", lambda route: route.abort("internetdisconnected"))
    say(bob, "before the reload")
    bob.wait_for_selector(".message.pending:has-text('before the reload')")
    bob.type("#body", "half a thought")
    bob.unroute("**/messages/")
    bob.reload()
    bob.wait_for_selector(".message:not(.pending):has-text('before the reload')")
    alice.wait_for_selector(".message:has-text('before the reload')")
    assert bob.input_value("#body") == "half a thought"
    assert alice.locator(".message:has-text('before the reload')").count() == 1


def test_a_room_is_made_joined_and_left_to_others(sign_in):
    carol, dave = sign_in("carol"), sign_in("dave")
    carol.fill("#make input[name=title]", "Hiking")
    carol.check("#make input[name=is_public]")
    carol.click("#make button")
    carol.wait_for_selector("[data-state=live]")
    say(carol, "Sunday at nine?")
    dave.goto(dave.url)
    dave.get_by_role("link", name="Open Hiking").click()
    dave.wait_for_selector(".message:has-text('Sunday at nine?')")
    assert not dave.locator("#composer").is_visible()
    dave.get_by_role("button", name="Join to write").click()
    dave.wait_for_selector("#composer:visible")
    say(dave, "Count me in")
    carol.wait_for_selector(".message:has-text('Count me in')")


def test_a_direct_chat_opens_by_name(sign_in):
    carol, dave = sign_in("carol"), sign_in("dave")
    carol.fill("#search", "Da")
    carol.get_by_role("button", name="Dave Tanaka").click()
    carol.wait_for_selector("[data-state=live]")
    say(carol, "Just us two")
    dave.wait_for_selector("#rooms a:has-text('Carol Lindqvist') .badge")
    enter(dave, "Carol Lindqvist")
    dave.wait_for_selector(".message:has-text('Just us two')")


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_nothing_is_wider_than_the_window(sign_in, viewport):
    page = sign_in("alice", viewport=viewport)
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not page.evaluate(wide)
    enter(page, "General")
    say(page, "x" * 400)
    page.wait_for_selector(".message:has-text('xxxx')")
    assert not page.evaluate(wide)
