"""Rooms and their members: who is offered what, and what they then do."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.test_chat import PHONE, begin, enter, listed, message, say, write_to


def make(page, title, topic="", *, is_public=True):
    """Make a room; it is open then."""
    dialog = begin(page, "Room")
    dialog.get_by_label("Title").fill(title)
    dialog.get_by_label("Topic").fill(topic)
    dialog.get_by_label("Public:").set_checked(is_public)
    dialog.get_by_role("button", name="Create room").click()
    page.get_by_role("region", name=title).get_by_role("textbox", name="Message").wait_for()


def settings(page):
    page.get_by_role("button", name="Room settings").click()
    return page.locator("df-chat-room-settings")


def test_who_made_a_room_edits_and_deletes_it(sign_in):
    carol, dave = sign_in("carol"), sign_in("dave")
    make(carol, "Sailng", "Boats")
    panel = settings(carol)
    assert panel.get_by_label("Topic").input_value() == "Boats"
    # The room is called so above.
    assert panel.get_by_text("Sailng").count() == 0
    assert panel.get_by_label("Public:").is_checked()
    panel.get_by_label("Title").fill("Sailing <b>")
    panel.get_by_label("Topic").fill("Wind and <i>waves</i>")
    panel.get_by_role("button", name="Save").click()
    listed(carol, "Sailing <b>").wait_for()
    carol.locator(".about-room").get_by_text("Wind and <i>waves</i>").wait_for()
    begin(dave, "Public").get_by_role("button", name="Look inside Sailing <b>").click()
    theirs = settings(dave)
    theirs.get_by_text("Wind and <i>waves</i>").wait_for()
    assert theirs.get_by_role("button", name=re.compile("Save|Delete|Leave")).count() == 0
    panel.get_by_role("button", name="Delete room").click()
    carol.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    assert listed(carol, "Sailing <b>").count() == 1
    panel.get_by_role("button", name="Delete room").click()
    carol.get_by_role("dialog", name="Delete room").get_by_role("button", name="Delete for everybody").click()
    listed(carol, "Sailing <b>").wait_for(state="detached")
    carol.get_by_role("region", name="Sailing").wait_for(state="detached")


def test_a_form_says_why_it_was_not_taken_until_it_is(sign_in):
    carol = sign_in("carol")
    make(carol, "Chess")
    panel = settings(carol)
    panel.get_by_label("Topic").fill("Openings")
    carol.route("**/api/v1/chat/rooms/*/", lambda route: route.abort("internetdisconnected"))
    panel.get_by_role("button", name="Save").click()
    panel.get_by_role("alert").filter(has_text=re.compile(".+")).wait_for()
    carol.unroute("**/api/v1/chat/rooms/*/")
    panel.get_by_role("button", name="Save").click()
    carol.locator(".about-room").get_by_text("Openings").wait_for()
    panel.get_by_label("Topic").press("Escape")
    panel.wait_for(state="detached")


def test_where_staff_manage_rooms_others_are_offered_nothing(sign_in, staff_site):
    admin, alice = sign_in("admin", at=staff_site), sign_in("alice", at=staff_site)
    make(admin, "Notices", "By the staff")
    begin(alice, "Public").get_by_text("By the staff").wait_for()
    assert alice.get_by_role("button", name="Room", exact=True).count() == 0
    alice.keyboard.press("Escape")
    # General is Alice's own: here even that is the staff's to manage.
    enter(alice, "General")
    panel = settings(alice)
    panel.get_by_role("button", name="Leave room").wait_for()
    assert panel.get_by_role("button", name=re.compile("Save|Delete")).count() == 0
    begin(admin, "Public").get_by_role("button", name="Look inside General").click()
    panel = settings(admin)
    panel.get_by_label("Topic").fill("Set by the staff")
    panel.get_by_role("button", name="Save").click()
    alice.locator(".about-room").get_by_text("Set by the staff").wait_for()


@pytest.mark.parametrize(("method", "path"), [("POST", ""), ("PATCH", "{room}/"), ("DELETE", "{room}/")])
def test_what_is_not_offered_is_refused(sign_in, staff_site, method, path):
    alice = sign_in("alice", at=staff_site)
    address = f"{staff_site}/api/v1/chat/rooms/"
    token = alice.input_value("input[name=csrfmiddlewaretoken] >> nth=0")
    general = next(r for r in alice.request.get(address).json()["results"] if r["title"] == "General")
    assert general["role"] == "owner"
    headers = {"X-CSRFToken": token, "Referer": address}
    address += path.format(room=general["id"])
    answer = alice.request.fetch(address, method=method, headers=headers, data={"title": "Mine"})
    assert answer.status == 403
    assert answer.json()["errors"][0]["code"] == "permission_denied"


def test_own_messages_tell_how_far_they_got(sign_in):
    carol, dave = sign_in("carol"), sign_in("dave")
    write_to(carol, "Dave Tanaka")
    sent = say(carol, "Are you there?")
    sent.locator(".mark.sent").wait_for()
    # In a window that nobody looks at, a message is received, and not seen.
    dave.add_init_script("Object.defineProperty(document, 'hidden', { get: () => !window.isLookedAt })")
    dave.reload()
    enter(dave, "Carol Lindqvist")
    sent.locator(".mark.delivered").wait_for()
    dave.evaluate("window.isLookedAt = true; document.dispatchEvent(new Event('visibilitychange'))")
    sent.locator(".mark.read").wait_for()
    assert sent.locator(".mark .visually-hidden").inner_text() == "Read"
    assert message(dave, "Are you there?").locator(".mark").count() == 0
    carol.reload()
    sent.locator(".mark.read").wait_for()


def test_marks_told_while_the_connection_was_away_are_caught_up(sign_in):
    carol, dave = sign_in("carol"), sign_in("dave")
    write_to(carol, "Dave Tanaka")
    sent = say(carol, "Read this while I am away")
    sent.locator(".mark.sent").wait_for()
    carol.context.set_offline(True)
    enter(dave, "Carol Lindqvist")
    message(dave, "Read this while I am away").wait_for()
    dave.wait_for_timeout(300)
    assert sent.locator(".mark.sent").count() == 1
    carol.context.set_offline(False)
    sent.locator(".mark.read").wait_for(timeout=20_000)


def test_members_are_listed_and_may_leave(sign_in):
    carol, dave = sign_in("carol"), sign_in("dave")
    make(carol, "Choir")
    begin(dave, "Public").get_by_role("button", name="Join Choir").click()
    dave.get_by_role("textbox", name="Message").wait_for()
    dave.get_by_role("button", name="Members: 2").click()
    people = dave.get_by_role("list", name="Members").get_by_role("listitem")
    people.nth(1).wait_for()
    assert [re.sub(r"\s+", " ", text) for text in people.all_inner_texts()] == [
        "CL online Carol Lindqvist Owner",
        "DT online Dave Tanaka You",
    ]
    settings(dave).get_by_role("button", name="Leave room").click()
    dave.get_by_role("dialog").get_by_role("button", name="Leave").click()
    listed(dave, "Choir").wait_for(state="detached")
    begin(dave, "Public").get_by_role("button", name="Join Choir").wait_for()


def test_a_phone_shows_the_title_and_buttons_for_thumbs(api, arrive):
    room = api("alice").make_room("Wednesday crew", api("bob"))
    api("alice").say(room, "A needle in the hay")
    page = arrive("alice", room, viewport=PHONE, has_touch=True, is_mobile=True).page
    title = page.get_by_role("heading", name="Wednesday crew", level=1)
    assert title.evaluate("title => title.scrollWidth <= title.clientWidth")
    sizes = [button.bounding_box() for button in page.locator(".room-head button:visible").all()]
    assert sizes
    assert min(min(size["width"], size["height"]) for size in sizes) >= 44
    page.get_by_role("button", name="Room settings").click()
    page.get_by_role("button", name="Search in this room").click()
    page.get_by_role("searchbox", name="Search in this room").fill("needle")
    page.locator(".result").click()
    expect(page.locator(".panel")).to_have_count(0)
    expect(message(page, "A needle in the hay")).to_be_in_viewport()
