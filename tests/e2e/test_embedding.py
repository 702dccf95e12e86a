"""A room beside something of the site's own."""

from __future__ import annotations

from tests.e2e.test_chat import DESKTOP, PHONE, WIDE, message, say, shot


def open_order(page, number):
    page.get_by_role("navigation", name="Site").get_by_role("link", name="Orders").click()
    page.get_by_role("link", name=f"Order {number}").click()
    return page.get_by_role("region", name="Talk about this order")


def test_people_talk_beside_an_order(sign_in):
    alice, bob = sign_in("alice", viewport=DESKTOP), sign_in("bob", viewport=PHONE, color_scheme="dark")
    talk, other = open_order(alice, 1041), open_order(bob, 1041)
    talk.get_by_role("textbox", name="Message").wait_for()
    other.get_by_role("textbox", name="Message").wait_for()
    say(alice, "The courier is here")
    message(bob, "The courier is here").wait_for()
    assert talk.get_by_role("navigation", name="Rooms").count() == 0
    for page in (alice, bob):
        assert not page.evaluate(WIDE)
    shot(alice, "order-desktop-light")
    shot(bob, "order-phone-dark")


def test_who_is_not_in_the_room_sees_the_order_and_no_talk(sign_in):
    dave = sign_in("dave", refusal=404)
    talk = open_order(dave, 1041)
    dave.get_by_text("Lighthouse Cinema").wait_for()
    talk.get_by_text("This room does not exist, or it is not open to you.").wait_for()
    assert talk.get_by_role("textbox").count() == 0
