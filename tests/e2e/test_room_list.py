"""The list of rooms and what is around it, in windows of several people."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

PHONE = {"viewport": {"width": 390, "height": 844}}
ASK = """async ([method, path, body]) => document.querySelector("df-chat").chat.client.request(method, path, body)"""


@pytest.fixture
def enter(sign_in: Callable[..., Page]) -> Callable[..., Page]:
    """Open a window of its own for somebody, signed in, with the list of rooms loaded."""

    def enter(username: str, **options: Any) -> Page:
        page = sign_in(username, **options)
        expect(page.locator(".room-item").first).to_be_visible()
        expect(page.get_by_role("status").filter(has_text="Up to date")).to_be_attached()
        return page

    return enter


def ask(page: Page, method: str, path: str, body: Any = None) -> Any:
    """What REST answers the one who is signed in."""
    return page.evaluate(ASK, [method, path, body])


def user_of(page: Page) -> str:
    user: str = page.evaluate("document.querySelector('df-chat').chat.user")
    return user


def item(page: Page, title: str) -> Any:
    return page.locator(".room-item").filter(has=page.locator(".name", has_text=re.compile(f"^{re.escape(title)}")))


def new_room(page: Page, title: str, *others: Page, **fields: Any) -> str:
    """A room of this person's and the others', which all have in their lists."""
    room = ask(page, "POST", "rooms/", {"title": title, "user_ids": [user_of(other) for other in others], **fields})
    for one in (page, *others):
        expect(item(one, title)).to_be_visible()
    room_id: str = room["id"]
    return room_id


def write(page: Page, room_id: str, body: str) -> None:
    ask(page, "POST", f"rooms/{room_id}/messages/", {"body": body})


def test_list_tells_of_messages_as_they_come(enter: Callable[..., Page]) -> None:
    alice, bob = enter("alice"), enter("bob")
    room_id = new_room(alice, "News", bob)
    other_id = new_room(alice, "Later", bob)
    write(alice, other_id, "first")
    expect(bob.locator(".room-item").first).to_contain_text("Later")
    write(alice, room_id, "<b>Bold</b> &amp; plain")
    expect(bob.locator(".room-item").first).to_contain_text("Alice Moreau: <b>Bold</b> &amp; plain")
    expect(item(bob, "News").locator(".badge")).to_contain_text("1")
    expect(item(alice, "News")).to_contain_text("You: <b>Bold</b>")
    expect(bob).to_have_title(re.compile(r"^\(\d+\+?\) "))


def test_burst_is_few_requests(enter: Callable[..., Page]) -> None:
    alice, bob = enter("alice"), enter("bob")
    room_id = new_room(alice, "Bursts", bob)
    expect(bob.get_by_role("status").filter(has_text="Up to date")).to_be_attached()
    asked: list[str] = []
    bob.on("request", lambda request: asked.append(request.url) if "/rooms/" in request.url else None)
    times = []
    for number in range(20):
        write(alice, room_id, f"message {number}")
        times.append(alice.evaluate("performance.now()"))
    expect(item(bob, "Bursts").locator(".badge")).to_contain_text("20")
    seconds = (times[-1] - times[0]) / 1000
    # One a second while they come, and those before and after.
    assert len(asked) <= seconds + 4, asked


def test_what_is_read_in_one_window_is_read_in_the_other(enter: Callable[..., Page]) -> None:
    alice, bob = enter("alice"), enter("bob")
    room_id = new_room(alice, "Both windows", bob)
    write(alice, room_id, "hello")
    expect(item(bob, "Both windows").locator(".badge")).to_contain_text("1")
    second = bob.context.new_page()
    second.goto(bob.url)
    item(second, "Both windows").click()
    expect(item(second, "Both windows").locator(".badge")).to_have_count(0)
    expect(item(bob, "Both windows").locator(".badge")).to_have_count(0)
    ask(second, "POST", f"rooms/{room_id}/mute/")
    expect(item(bob, "Both windows")).to_contain_text("Muted")
    ask(second, "POST", f"rooms/{room_id}/leave/")
    expect(item(bob, "Both windows")).to_have_count(0)


def test_list_catches_up_after_the_connection_was_away(enter: Callable[..., Page]) -> None:
    alice, bob = enter("alice"), enter("bob")
    room_id = new_room(alice, "While away", bob)
    gone_id = new_room(alice, "Gone meanwhile", bob)
    bob.context.set_offline(True)
    expect(bob.get_by_role("status").filter(has_text="Offline")).to_be_visible()
    write(alice, room_id, "hello")
    ask(alice, "DELETE", f"rooms/{gone_id}/")
    bob.context.set_offline(False)
    expect(item(bob, "While away").locator(".badge")).to_contain_text("1", timeout=30_000)
    expect(item(bob, "Gone meanwhile")).to_have_count(0)


def test_who_is_removed_is_told_and_sees_no_more(enter: Callable[..., Page]) -> None:
    alice, bob = enter("alice"), enter("bob")
    room_id = new_room(alice, "Closed circle", bob)
    item(bob, "Closed circle").click()
    expect(bob).to_have_url(re.compile(room_id))
    ask(alice, "DELETE", f"rooms/{room_id}/users/{user_of(bob)}/")
    expect(bob.get_by_role("alert")).to_contain_text("Closed circle is no longer open to you.")
    expect(bob).to_have_url(re.compile("/chat/$"))
    expect(item(bob, "Closed circle")).to_have_count(0)
    bob.get_by_role("button", name="Dismiss").click()
    expect(bob.get_by_role("alert")).to_have_text("")


def test_address_follows_the_open_room(enter: Callable[..., Page]) -> None:
    page = enter("alice", **PHONE)
    room_id = new_room(page, "Address")
    item(page, "Address").click()
    expect(page).to_have_url(re.compile(f"/chat/{room_id}/$"))
    expect(item(page, "Address")).to_be_hidden()
    page.reload()
    expect(page.get_by_role("region", name="Address")).to_be_visible()
    page.get_by_role("button", name="All rooms").click()
    expect(item(page, "Address")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("region", name="Address")).to_be_visible()


def test_room_that_does_not_exist_says_so(enter: Callable[..., Page], site: str) -> None:
    page = enter("alice", refusal=404)
    page.evaluate("document.querySelector('df-chat').chat.open('01a1fe81-9747-743d-812c-000000000000')")
    expect(page.get_by_role("alert")).to_contain_text("This room does not exist, or it is not open to you.")
    expect(page).to_have_url(f"{site}/chat/")


def test_rooms_are_found_by_filter_search_and_keys(enter: Callable[..., Page]) -> None:
    alice = enter("alice")
    new_room(alice, "Ägypten", topic="pyramids")
    search = alice.get_by_role("searchbox", name="Search rooms")
    alice.keyboard.press("Control+k")
    expect(search).to_be_focused()
    alice.keyboard.type("agypt")
    expect(alice.locator(".room-item")).to_have_count(1)
    alice.keyboard.press("Enter")
    expect(alice.get_by_role("region", name="Ägypten")).to_be_visible()
    search.fill("no such room")
    expect(alice.get_by_text("Nothing found.")).to_be_visible()
    search.press("Escape")
    alice.get_by_role("button", name="Direct", exact=True).click()
    expect(alice.locator(".room-item").first).to_contain_text("Bob Okafor")
    expect(item(alice, "Ägypten")).to_have_count(0)
    alice.get_by_role("button", name="All", exact=True).click()
    search.press("ArrowDown")
    first, second = (alice.locator(".room-item").nth(index) for index in range(2))
    expect(first).to_be_focused()
    alice.keyboard.press("ArrowDown")
    expect(second).to_be_focused()
    alice.keyboard.press("Alt+ArrowDown")
    expect(second).to_have_attribute("aria-current", "page")


def test_room_is_made_with_those_invited(enter: Callable[..., Page]) -> None:
    alice, bob = enter("alice", refusal=400), enter("bob")
    alice.get_by_role("button", name="New chat").click()
    dialog = alice.get_by_role("dialog", name="New chat")
    dialog.get_by_role("button", name="Room", exact=True).click()
    dialog.get_by_role("textbox", name="Title").fill("   ")
    dialog.get_by_role("button", name="Create room").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    dialog.get_by_role("textbox", name="Title").fill("Made by hand")
    dialog.get_by_role("combobox", name="Find people").fill("bo")
    expect(dialog.get_by_role("option")).to_have_count(1)
    dialog.get_by_role("combobox", name="Find people").press("Enter")
    expect(dialog.get_by_role("button", name="Do not invite Bob Okafor")).to_be_visible()
    dialog.get_by_role("button", name="Create room").click()
    expect(alice.get_by_role("region", name="Made by hand")).to_be_visible()
    expect(dialog).to_be_hidden()
    expect(item(bob, "Made by hand")).to_be_visible()


def test_somebody_is_written_to_and_a_public_room_joined(enter: Callable[..., Page]) -> None:
    carol, dave = enter("carol"), enter("dave")
    public_id = new_room(carol, "Open house", is_public=True)
    dave.get_by_role("button", name="New chat").click()
    dave.get_by_role("option", name="Carol Lindqvist").click()
    expect(dave.get_by_role("region", name="Carol Lindqvist")).to_be_visible()
    expect(item(carol, "Dave Tanaka")).to_be_visible()
    dave.get_by_role("button", name="New chat").click()
    dave.get_by_role("button", name="Public", exact=True).click()
    dave.get_by_role("searchbox", name="Search public rooms").fill("open h")
    dave.get_by_role("button", name="Join Open house").click()
    expect(dave).to_have_url(re.compile(public_id))
    expect(item(dave, "Open house")).to_be_visible()


def test_members_are_managed(enter: Callable[..., Page]) -> None:
    alice, bob = enter("alice", refusal=400), enter("bob")
    new_room(alice, "Staffed", bob)
    for page in (alice, bob):
        item(page, "Staffed").click()
        page.get_by_role("button", name="Members").click()
    panel, other = (page.get_by_role("complementary", name="Members") for page in (alice, bob))
    expect(other.get_by_text("You", exact=True)).to_be_visible()
    expect(other.get_by_role("button", name="Remove Alice Moreau")).to_have_count(0)
    panel.get_by_role("combobox", name="Role of Alice Moreau").select_option("member")
    expect(panel.get_by_role("alert")).to_contain_text("A room needs an owner")
    panel.get_by_role("combobox", name="Role of Bob Okafor").select_option("admin")
    expect(other.get_by_role("button", name="Add people")).to_be_visible()
    panel.get_by_role("button", name="Add people").click()
    panel.get_by_role("combobox", name="Find people to add").fill("car")
    panel.get_by_role("option", name="Carol Lindqvist").click()
    expect(other.get_by_role("button", name="Write to Carol Lindqvist")).to_be_visible()
    panel.get_by_role("button", name="Remove Carol Lindqvist").click()
    alice.get_by_role("dialog", name="Remove a member").get_by_role("button", name="Remove", exact=True).click()
    expect(other.get_by_role("button", name="Write to Carol Lindqvist")).to_have_count(0)


def test_room_is_changed_and_deleted(enter: Callable[..., Page]) -> None:
    alice, bob = enter("alice", refusal=400), enter("bob")
    new_room(alice, "Old name", bob)
    item(alice, "Old name").click()
    alice.get_by_role("button", name="Room settings").click()
    panel = alice.get_by_role("complementary", name="Room settings")
    panel.get_by_role("textbox", name="Title").fill("New name")
    panel.get_by_role("spinbutton", name="Most members").fill("1")
    panel.get_by_role("button", name="Save").click()
    expect(panel.get_by_role("alert")).to_contain_text("Fewer than")
    panel.get_by_role("spinbutton", name="Most members").fill("")
    panel.get_by_role("button", name="Save").click()
    expect(panel.get_by_text("Saved.")).to_be_visible()
    expect(item(bob, "New name")).to_be_visible()
    panel.get_by_role("checkbox", name="Mute").check()
    expect(item(alice, "New name")).to_contain_text("Muted")
    panel.get_by_role("button", name="Delete room").click()
    alice.get_by_role("dialog", name="Delete room").get_by_role("button", name="Delete for everybody").click()
    for page in (alice, bob):
        expect(item(page, "New name")).to_have_count(0)
    expect(alice.get_by_role("alert")).to_have_text("")


def test_help_and_preferences_open_and_give_the_focus_back(enter: Callable[..., Page]) -> None:
    page = enter("alice")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("searchbox", name="Search rooms").press("?")
    expect(page.get_by_role("dialog")).to_have_count(0)
    button = page.get_by_role("button", name="Preferences")
    button.click()
    page.get_by_role("checkbox", name="Count unread").uncheck()
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    expect(page).not_to_have_title(re.compile(r"^\("))
    page.reload()
    page.get_by_role("button", name="Preferences").click()
    expect(page.get_by_role("checkbox", name="Count unread")).not_to_be_checked()


def test_notifications_tell_of_messages_while_the_page_is_hidden(enter: Callable[..., Page]) -> None:
    alice, bob = enter("alice"), enter("bob", permissions=["notifications"])
    room_id = new_room(alice, "Loud", bob)
    quiet_id = new_room(alice, "Quiet", bob)
    ask(bob, "POST", f"rooms/{quiet_id}/mute/")
    expect(item(bob, "Quiet")).to_contain_text("Muted")
    bob.evaluate(
        """() => {
            const told = [];
            const permission = () => Promise.resolve("granted");
            window.Notification = class { static permission = "granted"; static requestPermission = permission;
              constructor(title, options) { told.push(`${title}: ${options.body}`); window.last = this;
                document.body.dataset.told = told.join(); }
              close() {} };
            Object.defineProperty(document, "hidden", { value: true, configurable: true });
        }"""
    )
    write(alice, room_id, "nobody asked")
    bob.get_by_role("button", name="Preferences").click()
    bob.get_by_role("checkbox", name="Notify me").check()
    bob.keyboard.press("Escape")
    write(alice, quiet_id, "psst")
    write(alice, room_id, "wake up")
    expect(bob.locator("body")).to_have_attribute("data-told", "Loud: Alice Moreau: wake up")
    bob.evaluate("window.last.onclick()")
    expect(bob).to_have_url(re.compile(room_id))


def test_title_says_where_there_may_be_more_unread(arrive: Any, api: Any) -> None:
    # Others have more than a page of rooms by now.
    alice, dave = api("alice"), api("dave")
    for number in range(3):
        alice.say(alice.make_room(f"Unread {number}", dave), "hello")
    page = arrive("dave").page
    expect(page).to_have_title(re.compile(r"^\(\d+\) "))
    page.route("**/rooms/?limit=100", lambda route: route.continue_(url=route.request.url.replace("100", "2")))
    # The page of all rooms brings the list along.
    page.goto(f"{page.url}{alice.make_room('Nothing in it', dave)}/")
    expect(page).to_have_title(re.compile(r"^\(1\+\) "))


def test_a_filter_finds_what_is_further_down(arrive: Any, api: Any) -> None:
    """Also where what it leaves is too little to scroll."""
    dave = api("dave")
    bob = api("bob")
    dave.say(dave.ask("POST", f"chat/direct/{bob.id}/")["id"], "Far down")
    rooms = [dave.make_room(f"Above {number}") for number in range(6)]
    page = arrive("dave").page
    page.route("**/rooms/?limit=100*", lambda route: route.continue_(url=route.request.url.replace("100", "2")))
    page.goto(f"{page.url}{rooms[0]}/")
    page.get_by_role("button", name="Direct", exact=True).click()
    far_down = page.locator(".room-item").filter(has_text="Far down")
    for _ in range(10):
        page.wait_for_load_state("networkidle")
        if far_down.count():
            break
        page.get_by_role("button", name="Load more rooms").click()
    expect(far_down).to_be_visible()


def test_a_guest_sees_what_is_said_and_that_a_room_is_deleted(enter: Callable[..., Page]) -> None:
    carol, dave = enter("carol"), enter("dave")
    room_id = ask(carol, "POST", "rooms/", {"title": "Open air", "is_public": True})["id"]
    dave.goto(f"{dave.url}{room_id}/")
    dave.get_by_text("You are reading this room as a guest.").wait_for()
    write(carol, room_id, "Starts at nine")
    expect(dave.locator("df-chat-log .message").filter(has_text="Starts at nine")).to_be_visible(timeout=15_000)
    ask(carol, "DELETE", f"rooms/{room_id}/")
    expect(dave.get_by_role("alert")).to_contain_text("Open air is no longer open to you.", timeout=15_000)
    expect(dave).to_have_url(re.compile("/chat/$"))


def test_nobody_asks_for_a_room_that_is_gone(enter: Callable[..., Page]) -> None:
    alice, bob = enter("alice"), enter("bob")
    asked: list[str] = []
    bob.on("request", lambda request: asked.append(request.url))
    for number, fields in enumerate(({}, {"is_public": True})):
        deleted = new_room(alice, f"Deleted {number}", bob, **fields)
        left = new_room(alice, f"Left {number}", bob, **fields)
        second = bob.context.new_page()
        second.goto(bob.url)
        expect(item(second, f"Left {number}")).to_be_visible()
        expect(bob.get_by_role("status").filter(has_text="Up to date")).to_be_attached()
        bob.wait_for_timeout(1500)
        asked.clear()
        ask(alice, "DELETE", f"rooms/{deleted}/")
        ask(second, "POST", f"rooms/{left}/leave/")
        for title in (f"Deleted {number}", f"Left {number}"):
            expect(item(bob, title)).to_have_count(0)
        bob.wait_for_timeout(1500)
        assert [url for url in asked if deleted in url or left in url] == []
        second.close()


def test_what_comes_to_any_room_is_delivered(arrive: Any, api: Any) -> None:
    alice, bob = api("alice"), api("bob")
    room, other = alice.make_room("Parcels", bob), alice.make_room("Letters", bob)
    letter = alice.say(other, "While Bob was away")
    sender = arrive("alice", room)
    mark = sender.say("For Bob").locator(".mark")
    expect(mark).to_have_attribute("title", "Sent")
    page = arrive("bob").page
    expect(mark).to_have_attribute("title", "Delivered")
    told: list[str] = []
    for window in (page, sender.page):
        window.on("request", lambda request: told.append(request.url))
    for number in range(20):
        alice.say(room, f"Parcel {number}")
    expect(sender.message("Parcel 19").locator(".mark")).to_have_attribute("title", "Delivered")
    page.wait_for_timeout(1500)
    # Neither one for each message, nor of the one who wrote.
    assert 1 <= len([url for url in told if url.endswith(f"{room}/messages/received/")]) <= 4
    members = alice.ask("GET", f"chat/rooms/{other}/users/")["results"]
    assert [
        member["received_seq"] >= letter["seq"] > member["seen_seq"] for member in members if not member["is_me"]
    ] == [True]
    alice.say(room, "Who writes has it anyway")
    expect(item(page, "Parcels")).to_contain_text("Who writes")
    item(page, "Parcels").click()
    page.get_by_role("button", name=re.compile("^Jump to the newest")).click()
    expect(mark).to_have_attribute("title", "Read")
