"""What two people do with messages, each in a window of their own."""

from __future__ import annotations

import hashlib
import itertools
import re
import urllib.request

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.people import Hold
from tests.e2e.seeding import picture

NUMBERS = itertools.count(1)


@pytest.fixture
def title():
    """What no other room is called."""
    return f"Talk {next(NUMBERS):03}"


@pytest.fixture
def room(api, title):
    """A new room of Alice's with Bob: its id."""
    return api("alice").make_room(title, api("bob"))


@pytest.fixture
def both(arrive, room):
    """Alice and Bob, who have the room open."""
    return arrive("alice", room, viewport=DESKTOP), arrive("bob", room, viewport=PHONE)


def test_a_message_is_sent_delivered_and_read(api, arrive, room):
    alice = arrive("alice", room)
    held = Hold(alice.page, "**/messages/")
    message = alice.say("How far does it get?")
    expect(message).to_contain_text("Sending…")
    expect(message).to_have_class(re.compile("pending"))
    held.let_go()
    mark = alice.message("How far does it get?").locator(".mark")
    when = alice.message("How far does it get?").locator("time")
    when.hover()
    expect(when).to_have_attribute("title", re.compile(r"day, \w+ \d+, 20\d\d at "))
    expect(mark).to_have_attribute("title", "Sent")
    bob = arrive("bob")
    expect(mark).to_have_attribute("title", "Delivered")
    bob.page.add_init_script("Object.defineProperty(document, 'hidden', { get: () => !globalThis.isLooking })")
    bob.open(room)
    expect(mark).to_have_attribute("title", "Delivered")
    bob.page.evaluate("isLooking = true; document.dispatchEvent(new Event('visibilitychange'))")
    expect(mark).to_have_attribute("title", "Read")
    alice.act("How far does it get?", "Seen by")
    expect(alice.page.get_by_role("dialog", name="Seen by").locator(".readers")).to_contain_text("Bob Okafor")


def test_what_is_said_is_answered_changed_liked_and_deleted(both):
    alice, bob = both
    alice.say("The first thing")
    expect(bob.message("The first thing")).to_be_visible()
    alice.act("The first thing", "Edit")
    expect(alice.field).to_have_value("The first thing")
    alice.field.fill("The **second** thing")
    alice.field.press("Enter")
    expect(bob.message("The second thing")).to_contain_text("edited")
    expect(bob.message("The first thing")).to_have_count(0)
    bob.message("The second thing").hover()
    bob.message("The second thing").get_by_role("button", name="React").click()
    bob.page.get_by_role("combobox", name="Search emoji").fill("thumbs up")
    bob.page.keyboard.press("Enter")
    chip = alice.message("The second thing").locator(".chip")
    expect(chip).to_have_attribute("aria-label", "👍 1: Bob Okafor")
    chip.click()
    expect(bob.message("The second thing").locator(".chip")).to_contain_text("2")
    alice.act("The second thing", "Reply")
    expect(alice.page.locator(".composer-bar p")).to_have_text("The second thing")
    alice.say("An answer")
    expect(bob.message("An answer").locator(".quote")).to_contain_text("The second thing")
    alice.act("The second thing", "Delete")
    alice.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(bob.log.locator(".message.gone")).to_have_count(1)
    expect(bob.log).not_to_contain_text("The second thing")


def test_a_thread_is_a_talk_beside_the_talk(both):
    alice, bob = both
    alice.say("Who brings what?")
    bob.act("Who brings what?", "Thread")
    thread = bob.page.get_by_role("complementary", name="Thread").first
    thread.get_by_role("textbox", name="Message").fill("Bread")
    thread.get_by_role("textbox", name="Message").press("Enter")
    expect(thread.get_by_role("log", name="Thread")).to_contain_text("Bread")
    replies = alice.message("Who brings what?").get_by_role("button", name="Replies")
    expect(replies).to_contain_text("1")
    replies.click()
    beside = alice.page.get_by_role("log", name="Thread")
    expect(beside).to_contain_text("Bread")
    bob.page.keyboard.press("Escape")
    expect(thread).to_have_count(0)


def test_who_is_named_is_told(arrive, room, title):
    alice, bob = arrive("alice", room), arrive("bob")
    alice.field.press_sequentially("Ask @bo")
    expect(alice.page.get_by_role("listbox", name="Members").get_by_role("option")).to_contain_text("Bob Okafor")
    alice.page.keyboard.press("Enter")
    expect(alice.field).to_have_value("Ask @Bob Okafor ")
    alice.field.press("Enter")
    expect(alice.log.locator(".mention")).to_have_text("@Bob Okafor")
    expect(bob.item(title).locator(".badge.at")).to_have_text("@1")
    bob.enter(title)
    expect(bob.log.locator(".mention.me")).to_have_text("@Bob Okafor")
    expect(bob.item(title).locator(".badge")).to_have_count(0)


def test_images_and_files_arrive_as_they_were(both):
    alice, bob = both
    text = b"What was uploaded is what is served.\n" * 1000
    files = [
        {"name": "one.png", "mimeType": "image/png", "buffer": picture(1, 640, 400)},
        {"name": "two.png", "mimeType": "image/png", "buffer": picture(2, 400, 640)},
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": text},
    ]
    alice.page.locator("input[type=file]").first.set_input_files(files)
    tray = alice.page.get_by_role("list", name="Attachments")
    expect(tray.locator("[data-state=done]")).to_have_count(3)
    alice.say("Three things")
    message = bob.message("Three things")
    expect(message.locator("df-chat-image img")).to_have_count(2)
    link = message.get_by_role("link", name=re.compile("notes.txt"))
    address = link.evaluate("link => link.href")
    assert hashlib.sha256(served(bob, address)).digest() == hashlib.sha256(text).digest()
    message.locator("df-chat-image").first.click()
    box = bob.page.get_by_role("dialog", name="Images")
    expect(box.locator("img")).to_have_js_property("complete", True)
    assert box.locator("img").evaluate("image => image.naturalWidth / image.naturalHeight") == pytest.approx(1.6, 0.01)
    bob.page.keyboard.press("ArrowRight")
    expect(box.locator("img")).to_have_attribute("alt", "two.png")
    bob.page.keyboard.press("Escape")
    expect(box).to_have_count(0)


def served(person, address):
    """The bytes that somebody gets from an address."""
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in person.api.session())
    return urllib.request.urlopen(urllib.request.Request(address, headers={"Cookie": cookies})).read()


def test_an_upload_shows_how_far_it_is_and_is_given_up(both):
    alice, _ = both
    held = Hold(alice.page, "**/files/")
    big = {"name": "big.txt", "mimeType": "text/plain", "buffer": b"x" * 100_000}
    alice.page.locator("input[type=file]").first.set_input_files(big)
    expect(alice.page.get_by_role("progressbar", name="Uploading big.txt")).to_be_visible()
    alice.field.fill("With a file")
    alice.field.press("Enter")
    expect(alice.page.get_by_text("Will be sent when everything is uploaded.")).to_be_visible()
    alice.page.get_by_role("button", name="Cancel big.txt").click()
    assert len(held.routes) == 1
    expect(alice.message("With a file").locator(".mark")).to_be_visible()
    expect(alice.message("With a file").locator(".file")).to_have_count(0)


def test_what_is_found_is_shown_where_it_stands(api, arrive):
    room = api("alice").make_room("Sought", api("bob"))
    needle = api("bob").say(room, "A **needle** among _much_ `hay`")
    for number in range(120):
        api("bob").say(room, f"Hay {number}")
    alice = arrive("alice", room, viewport=DESKTOP)
    alice.page.get_by_role("button", name="Search", exact=True).click()
    alice.page.get_by_role("searchbox", name="Search in this room").fill("needle")
    result = alice.page.locator(".result")
    assert result.locator(".result-text").inner_text() == "A needle among _much_ hay"
    assert result.locator("mark").all_inner_texts() == ["needle"]
    result.click()
    found = alice.log.locator(f"[data-id='{needle['id']}']")
    expect(found).to_be_in_viewport()
    expect(found).to_be_focused()
    alice.page.get_by_role("button", name=re.compile("^Jump to the newest messages")).click()
    expect(alice.message("Hay 119")).to_be_in_viewport()


def test_what_is_new_begins_with_a_line(api, arrive):
    room = api("alice").make_room("Missed", api("bob"))
    alice = arrive("alice", room)
    api("bob").say(room, "Read at once")
    expect(alice.message("Read at once")).to_be_visible()
    alice.page.wait_for_load_state("networkidle")
    alice.page.close()
    for number in range(150):
        api("bob").say(room, f"Missed {number}")
    again = arrive("alice", room, viewport=DESKTOP)
    again.page.get_by_role("button", name="Jump to unread").click()
    line = again.log.locator(".unread-line")
    expect(line).to_be_in_viewport()
    follows = line.locator("xpath=following-sibling::li[contains(@class, 'message')]").first
    expect(follows).to_contain_text("Missed 0")


def test_a_muted_room_is_quiet_everywhere(api, arrive, room, title):
    one, other = arrive("alice", room, viewport=DESKTOP), arrive("alice")
    one.page.get_by_role("button", name="Room settings").click()
    one.page.get_by_role("checkbox", name=re.compile("^Mute")).check()
    expect(other.item(title)).to_contain_text("Muted")
    one.page.close()
    api("bob").say(room, "Psst")
    expect(other.item(title).locator(".badge.muted")).to_contain_text("1")


def test_two_windows_of_one_person_say_the_same(api, arrive, room):
    one, other = arrive("alice", room), arrive("alice", room)
    one.say("From the first")
    expect(other.message("From the first")).to_be_visible()
    other.say("From the second")
    expect(one.message("From the second")).to_be_visible()
    for person in (one, other):
        assert [text for text in person.texts() if "From the" in text] == ["From the first", "From the second"]


def test_who_types_is_named(both):
    alice, bob = both
    bob.field.press_sequentially("Hm")
    expect(alice.page.get_by_text("Bob Okafor is typing")).to_be_visible()
    bob.field.press("Enter")
    expect(alice.page.get_by_text("Bob Okafor is typing")).to_have_count(0)


def test_everything_is_done_by_keyboard(api, arrive, room, title):
    api("bob").say(room, "Can you hear the keys?")
    alice = arrive("alice", viewport=DESKTOP)
    keys = alice.page.keyboard
    keys.press("Control+k")
    keys.type(title)
    expect(alice.rooms.locator(".room-item")).to_have_count(1)
    keys.press("Enter")
    expect(alice.field).to_be_focused()
    keys.type("I can")
    keys.press("Enter")
    expect(alice.message("I can").locator(".mark")).to_be_visible()
    keys.press("ArrowUp")
    expect(alice.field).to_have_value("I can")
    keys.type(" indeed")
    keys.press("Enter")
    expect(alice.message("I can indeed")).to_contain_text("edited")
    keys.press("Shift+Tab")
    for _ in range(6):
        if "message" in alice.page.evaluate(FOCUSED).split():
            break
        keys.press("Shift+Tab")
    expect(alice.message("I can indeed")).to_be_focused()
    keys.press("ArrowUp")
    expect(alice.message("Can you hear the keys?")).to_be_focused()
    keys.press("+")
    expect(alice.page.get_by_role("combobox", name="Search emoji")).to_be_focused()
    keys.type("heart")
    keys.press("Enter")
    expect(alice.message("Can you hear the keys?").locator(".chip")).to_be_visible()
    alice.message("Can you hear the keys?").first.focus()
    keys.press("r")
    expect(alice.field).to_be_focused()
    keys.type("All of them")
    keys.press("Enter")
    expect(alice.message("All of them").locator(".quote")).to_contain_text("hear the keys")
    keys.press("Escape")
    alice.message("Can you hear the keys?").first.focus()
    keys.press("t")
    thread = alice.page.get_by_role("log", name="Thread")
    expect(thread).to_contain_text("All of them")
    keys.press("Escape")
    expect(thread).to_have_count(0)
    keys.press("Control+k")
    expect(alice.page.get_by_role("searchbox", name="Search rooms")).to_be_focused()


FOCUSED = """() => {
  let element = document.activeElement;
  while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element.className;
}"""


@pytest.mark.parametrize(("language", "send", "is_mirrored"), [("de", "Senden", False), ("ar", "إرسال", True)])
def test_the_chat_speaks_the_language_of_its_reader(arrive, room, language, send, is_mirrored):
    person = arrive("alice", viewport=DESKTOP)
    person.page.get_by_role("button", name={"de": "Deutsch", "ar": "العربية"}[language]).click()
    person.page.goto(f"{person.api.site}/chat/{room}/")
    field = person.page.locator("textarea").first
    field.wait_for()
    expect(person.page.get_by_role("button", name=send, exact=True)).to_be_visible()
    assert person.page.evaluate("document.documentElement.lang") == language
    assert (person.page.evaluate("document.documentElement.dir") == "rtl") is is_mirrored
    rooms, talk = (person.page.locator(part).bounding_box()["x"] for part in ("df-chat-rooms", "df-chat-room-pane"))
    assert (rooms > talk) is is_mirrored
    field.fill("Hello مرحبا")
    field.press("Enter")
    sent = person.page.locator(".message.mine:not(.pending) .bubble").filter(has_text="Hello مرحبا").last
    sent.wait_for()
    bubble = sent.bounding_box()
    page = person.page.locator(".log").bounding_box()
    is_left = bubble["x"] - page["x"] < page["width"] - (bubble["x"] - page["x"] + bubble["width"])
    assert is_left is is_mirrored
    assert not person.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


# Whether the beginning of a text that is too long for its element is to be seen.
BEGINS_IN_SIGHT = """element => {
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT, node =>
    node.data.trim().length > 20 ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_SKIP);
  const text = texts.nextNode();
  const range = document.createRange();
  const start = text.data.search(/\\S/);
  range.setStart(text, start);
  range.setEnd(text, start + 1);
  const [first, around] = [range.getBoundingClientRect(), element.getBoundingClientRect()];
  return element.scrollWidth > element.clientWidth && first.left >= around.left - 1 && first.right <= around.right + 1;
}"""


@pytest.mark.parametrize(
    ("language", "text"),
    [("ar", "A long text of the other direction, " * 4), ("en", "نص طويل يُكتب في الاتجاه الآخر، " * 4)],
)
def test_texts_of_the_other_direction_are_cut_at_their_end(api, arrive, language, text):
    alice, bob = api("alice"), api("bob")
    room = alice.make_room(text[:80], bob, topic=text)
    other = alice.make_room(f"{text[:70]} 2", bob)
    parent = bob.say(room, text)
    bob.say(other, text)
    bob.upload(room, f"{text[:60]}.pdf", b"%PDF-1.4\n%%EOF\n")
    alice.say(room, "!", parent_id=parent["id"])
    person = arrive("alice", viewport={"width": 800, "height": 700})
    person.page.locator(f".languages [value={language}]").click()
    person.page.goto(f"{alice.site}/chat/{room}/")
    answer = person.page.locator(f"[data-id='{parent['id']}']")
    answer.hover()
    answer.locator("[data-do=reply]").click()
    listed = f".room-item[data-id='{other}']"
    for place in (f"{listed} .name", f"{listed} .preview", ".room-head h1", ".about-room", ".file-name", ".quote span"):
        assert person.page.locator(place).first.evaluate(BEGINS_IN_SIGHT), place
    assert person.page.locator(".composer-bar p").evaluate(BEGINS_IN_SIGHT)


def test_what_is_written_in_a_thread_outlives_the_page(api, arrive, room):
    api("bob").say(room, "Which colour?")
    alice = arrive("alice", room)
    answer = alice.page.locator("df-chat-thread textarea")
    alice.act("Which colour?", "Thread")
    answer.fill("Green, or")
    alice.page.reload()
    alice.act("Which colour?", "Thread")
    expect(answer).to_have_value("Green, or")
    expect(alice.field).to_have_value("")


def test_a_link_leads_to_its_message(api, arrive, watch, room):
    needle = api("bob").say(room, "A needle among much hay")
    for number in range(120):
        api("bob").say(room, f"Hay {number}")
    address = f"{api('alice').site}/chat/{room}/#message-"
    alice = arrive("alice", viewport=DESKTOP, permissions=["clipboard-read", "clipboard-write"])
    alice.page.goto(address + needle["id"])
    found = alice.log.locator(f"[data-id='{needle['id']}']")
    expect(found).to_be_in_viewport()
    expect(found).to_be_focused()
    expect(found).to_have_class(re.compile(r"\blit\b"))
    alice.page.get_by_role("button", name=re.compile("^Jump to the newest messages")).click()
    alice.act("Hay 119", "Copy link")
    link = alice.page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(address)
    alice.act("Hay 110", "Copy link")
    alice.page.goto(link)
    expect(alice.message("Hay 119")).to_be_focused()
    watch.expect("status of 404 ")
    alice.page.goto(address + room)
    expect(alice.page.get_by_role("alert")).to_contain_text("This message is no longer there.")
