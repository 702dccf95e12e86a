"""What is read before the script runs, and how the chat takes its place."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.people import Hold
from tests.e2e.seeding import picture

SCRIPT = "**/df-chat.js"
WAYS = pytest.mark.parametrize(
    ("viewport", "options"),
    [(DESKTOP, {"color_scheme": "light"}), (PHONE, {"color_scheme": "dark", "has_touch": True, "is_mobile": True})],
    ids=["desktop-light", "phone-dark"],
)
# Where things stand in the log, by what they say.
PLACES = """log => {
  const found = {};
  for (const row of log.querySelectorAll(".message, .unread-line")) {
    const part = row.querySelector(".bubble") ?? row;
    const { top, height, left, right } = part.getBoundingClientRect();
    const text = row.querySelector(".text, .file-name, .unread-line > span")?.textContent ?? row.textContent.trim();
    const edge = row.matches(".mine") ? right : left;
    if (top >= log.getBoundingClientRect().top) found[text.trim()] = { top, height, edge };
  }
  return found;
}"""


@pytest.fixture
def read_first(site, open_page):
    """Open a room whose script is on its way: the page, and the script."""

    def read_first(api, room, **options):
        page = open_page("about:blank", timezone_id=_few_digits(), **options)
        page.context.add_cookies(api.session())
        script = Hold(page, SCRIPT)
        page.goto(f"{site}/chat/{room}/", wait_until="commit")
        page.locator(".first-view").wait_for()
        return page, script

    return read_first


def _few_digits():
    """A time zone where it is three o'clock: room for a time is left as most are, and some lines break by it."""
    # The sign is the other way round in these.
    return f"Etc/GMT{datetime.now(UTC).hour % 12 - 3:+d}"


def take_over(page, script):
    """Let the script come, and the chat be drawn."""
    script.let_go()
    page.locator("df-chat-log").wait_for()
    assert page.locator(".first-view").count() == 0


def places(page):
    page.wait_for_timeout(300)
    return page.get_by_role("log", name="Messages").evaluate(PLACES)


def assert_nothing_moved(before, after):
    assert len(before) > 4
    moved = {text: (place, after.get(text)) for text, place in before.items() if not _is_same(place, after.get(text))}
    assert moved == {}


def _is_same(one, other):
    return other is not None and all(abs(one[name] - other[name]) <= 1 for name in one)


def talk(api, title):
    """A room where much has happened, and nothing that is drawn otherwise by a script."""
    alice, bob, carol = api("alice"), api("bob"), api("carol")
    room = alice.make_room(title, bob, carol)
    question = bob.say(room, "Who has seen the new office?")
    bob.say(room, "It is behind the station, and it has a garden with a tree that is older than the house itself.")
    alice.say(room, "Not yet")
    alice.say(room, "Tomorrow at noon, if the weather is fine.\n\nElse on Thursday.")
    bob.upload(room, "garden.png", picture(3, 640, 400), field="images", body="The garden")
    carol.upload(room, "contract.pdf", b"%PDF-1.4\n%%EOF\n")
    carol.say(room, "I have, and I bring plants", parent_id=question["id"])
    bob.ask("POST", f"chat/rooms/{room}/messages/{question['id']}/react/", {"emoji": "👍", "on": True})
    carol.say(room, "👍")
    for number in range(12):
        (bob, carol)[number // 3 % 2].say(room, f"{number} things are still to be carried")
    return room


@WAYS
def test_messages_stand_where_they_will_stand(api, read_first, viewport, options):
    alice, room = api("alice"), talk(api, "Where they stand")
    alice.ask("POST", f"chat/rooms/{room}/messages/seen/", {"up_to": 10_000})
    page, script = read_first(alice, room, viewport=viewport, **options)
    before = places(page)
    take_over(page, script)
    assert_nothing_moved(before, places(page))


@WAYS
@pytest.mark.parametrize("count", [3, 30])
def test_what_is_new_stands_where_it_will_stand(api, read_first, viewport, options, count):
    alice, bob = api("alice"), api("bob")
    room = alice.make_room(f"What is new {count}", bob)
    for number in range(20):
        last = bob.say(room, f"Old message {number}")
    alice.ask("POST", f"chat/rooms/{room}/messages/seen/", {"up_to": last["seq"]})
    for number in range(count):
        bob.say(room, f"New message {number}")
    page, script = read_first(alice, room, viewport=viewport, **options)
    before = places(page)
    take_over(page, script)
    assert_nothing_moved(before, places(page))


def test_the_page_asks_nothing_that_came_with_it(api, read_first):
    alice = api("alice")
    room = talk(api, "Asks nothing")
    page, script = read_first(alice, room)
    # Without it, the chat is drawn all the same.
    rest = Hold(page, f"**/chat/rooms/{room}/**")
    take_over(page, script)
    page.locator("df-chat-log").get_by_text("11 things are still to be carried").wait_for()
    rest.let_go()
    page.wait_for_load_state("networkidle")
    assert [route.request.url for route in rest.routes if route.request.url.endswith("/snapshot/")] == []


def test_messages_are_read_without_a_script(site, api, open_page):
    alice, room = api("alice"), talk(api, "No script")
    page = open_page("about:blank", java_script_enabled=False)
    page.context.add_cookies(alice.session())
    page.goto(f"{site}/chat/{room}/")
    expect(page.get_by_text("11 things are still to be carried")).to_be_visible()
    expect(page.get_by_role("heading", name="No script")).to_be_visible()


def test_a_page_that_the_browser_kept_shows_what_is_there_now(site, api, arrive):
    alice, bob = api("alice"), api("bob")
    room = alice.make_room("Kept", bob)
    gone = bob.say(room, "This goes")
    person = arrive("alice", room)
    person.message("This goes").wait_for()
    person.page.goto(f"{site}/orders/")
    bob.ask("DELETE", f"chat/rooms/{room}/messages/{gone['id']}/")
    bob.say(room, "This comes")
    person.page.go_back()
    person.message("This comes").wait_for()
    expect(person.message("This goes")).to_have_count(0)


def test_without_the_rooms_answer_the_chat_says_how_it_stands(api, read_first):
    """What came with the page may not stay when nothing else comes."""
    alice = api("alice")
    room = talk(api, "No answer")
    page, script = read_first(alice, room)
    page.evaluate("document.querySelector('df-chat > script').remove()")
    snapshot = Hold(page, "**/snapshot/")
    script.let_go()
    page.wait_for_timeout(1_000)
    expect(page.locator(".first-view")).to_be_visible()
    page.locator("df-chat-log").get_by_text("Loading").wait_for()
    assert page.locator(".first-view").count() == 0
    snapshot.let_go()
    page.get_by_role("log", name="Messages").get_by_text("11 things are still to be carried").wait_for()


def test_an_element_that_a_script_puts_there_has_its_sheet(site, api, arrive):
    """Inserted with its template, as by htmx, and without, as by a script."""
    alice = api("alice")
    room = talk(api, "By a script")
    page = arrive(alice).page
    for sheet in ("template", ""):
        page.evaluate(
            """([room, sheet]) => {
              const old = document.querySelector("df-chat, df-chat-room");
              const element = document.createElement("df-chat-room");
              for (const name of ["api", "socket", "user", "csrf"]) element.dataset[name] = old.dataset[name];
              element.setAttribute("room", room);
              if (sheet) {
                const template = document.createElement("template"), link = document.createElement("link");
                Object.assign(link, { rel: "stylesheet", href: "/static/df_chat/df-chat.css", className: "brought" });
                template.setAttribute("shadowrootmode", "open");
                template.content.append(link);
                element.append(template);
              }
              old.replaceWith(element);
            }""",
            [room, sheet],
        )
        page.get_by_text("11 things are still to be carried").wait_for()
        assert page.locator("link.brought").count() == bool(sheet)
        assert page.locator("df-chat-room .chat").evaluate("chat => getComputedStyle(chat).display") == "grid"


def test_what_was_moved_or_copied_begins_again(api, read_first, watch):
    """Moved before the chat was drawn, and copied after, as by those who keep pages."""
    watch.expect("WebSocket is closed before the connection is established")
    alice = api("alice")
    room = talk(api, "Moved and copied")
    page, script = read_first(alice, room)
    page.evaluate("document.querySelector('df-chat > script').remove()")
    snapshot = Hold(page, "**/snapshot/")
    script.let_go()
    page.wait_for_timeout(500)
    page.evaluate("""() => {
      const box = document.createElement("div");
      document.querySelector("main").append(box);
      box.style.height = "100%";
      box.append(document.querySelector("df-chat"));
    }""")
    snapshot.let_go()
    last = page.get_by_role("log", name="Messages").get_by_text("11 things are still to be carried")
    page.locator("df-chat-log").wait_for()
    last.wait_for()
    page.evaluate("""() => {
      const template = document.createElement("template"), element = document.querySelector("df-chat");
      const link = document.createElement("link");
      Object.assign(link, { rel: "stylesheet", href: "/static/df_chat/df-chat.css" });
      template.content.append(link);
      element.append(template);
      const copy = element.cloneNode(true);
      element.replaceWith(copy);
      const again = copy.cloneNode(true);
      copy.replaceWith(again);
    }""")
    page.locator("df-chat-log").wait_for()
    last.wait_for()


def test_another_room_is_not_shown_with_the_messages_of_the_first(api, read_first):
    alice = api("alice")
    first, other = talk(api, "First"), alice.make_room("Other", api("bob"))
    page, script = read_first(alice, first)
    page.evaluate("document.querySelector('df-chat > script').remove()")
    snapshot = Hold(page, "**/snapshot/")
    script.let_go()
    page.wait_for_timeout(500)
    expect(page.locator(".first-view")).to_be_visible()
    page.evaluate("room => document.querySelector('df-chat').setAttribute('room', room)", other)
    page.locator("df-chat-log").wait_for()
    expect(page.locator(".message").filter(has_text="11 things are still to be carried")).to_have_count(0)
    snapshot.let_go()
    page.get_by_role("heading", name="Other", level=1).wait_for()
