"""Whatever people write stays text: wherever it is shown, under a policy that would tell of every attempt."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import DESKTOP
from tests.e2e.payloads import corpus, lines
from tests.e2e.seeding import picture
from tests.e2e.shadow import foreign, texts
from tests.e2e.watch import Watch

MARKS = re.compile(r"^```[\w+#.-]*\s*$|^\d+[.)] |[\s*~`>\\\-]", re.MULTILINE)
LINK = re.compile(r"\[([^\[\]\n]+)\]\((?:https?://|mailto:)(?:[^\s()]|\([^\s()]*\))+\)", re.IGNORECASE)
# One of each kind, for the places that are slow to reach.
FEW = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(2)'>",
    "[a](javascript:alert(3))",
    "{{constructor.constructor('alert(4)')()}}",
    "`${alert(5)}`",
    "<svg onload=alert(6)>",
    "&lt;script&gt;alert(7)&lt;/script&gt;",
    "__proto__",
    "constructor",
    "%(name)s <b>8</b>",
    "<!--?lit$9$-->",
    "A &amp; B &#x3c;i&#x3e; \u200bC",
]


def bare(text):
    """A text without the marks of Markdown."""
    return MARKS.sub("", text)


def expected(body):
    """What a message shows of its body, but for the marks: of a link that is followed, only its words."""
    return bare(LINK.sub(r"\1", body))


def compare(sent, shown):
    """Each message is there, word for word, and made of nothing else."""
    for message in sent:
        text, strange = shown[message["id"]]
        assert strange == []
        assert bare(text) == expected(message["body"])
        if not re.search(r"[*~`>\\\[\-\n]|^\d+[.)] ", message["body"]):
            assert text == message["body"]


@pytest.fixture(scope="module")
def attacked(api):
    """A room in which Bob has said all of it: its id, and the messages."""
    room = api("alice").make_room("Attacked", api("bob"))
    return room, [api("bob").say(room, text) for text in corpus()]


def test_the_corpus_is_large_and_each_payload_is_another():
    assert len(set(corpus())) == len(corpus()) >= 150


def test_messages_that_arrive_are_text(api, arrive):
    room = api("alice").make_room("Arriving", api("bob"))
    alice = arrive("alice", room, viewport=DESKTOP)
    for start in range(0, len(corpus()), 40):
        sent = [api("bob").say(room, text) for text in corpus()[start : start + 40]]
        alice.log.locator(f"[data-id='{sent[-1]['id']}']").wait_for()
        compare(sent, texts(alice.page))
    assert foreign(alice.page) == []


def test_messages_of_the_past_are_text(arrive, attacked):
    room, sent = attacked
    alice = arrive("alice", room, viewport=DESKTOP)
    shown = {}
    while sent[0]["id"] not in shown:
        before = len(shown)
        alice.log.locator(".message").first.scroll_into_view_if_needed()
        shown |= texts(alice.page)
        assert foreign(alice.page) == []
        if len(shown) == before:
            alice.page.wait_for_timeout(50)
    compare(sent, shown)


def test_threads_replies_edits_and_search_are_text(api, arrive):
    room = api("alice").make_room("Places", api("bob"))
    sent = [api("alice").say(room, text) for text in FEW]
    replies = [api("bob").say(room, text, parent_id=parent["id"]) for text, parent in zip(FEW, sent, strict=True)]
    alice = arrive("alice", room, viewport=DESKTOP)
    page = alice.page
    for text, parent, reply in zip(FEW, sent, replies, strict=True):
        row = alice.log.locator(f"[data-id='{reply['id']}']")
        assert bare(row.locator(".quote > span").text_content()) == bare(text)
        row.hover()
        row.get_by_role("button", name="Reply", exact=True).click()
        assert bare(page.locator(".composer-bar p").text_content()) == bare(text)
        page.keyboard.press("Escape")
        own = alice.log.locator(f"[data-id='{parent['id']}']")
        own.hover()
        own.get_by_role("button", name="Thread").click()
        thread = page.get_by_role("log", name="Thread")
        thread.locator(f"[data-id='{reply['id']}']").wait_for()
        compare([reply], texts(page))
    page.get_by_role("button", name="Search", exact=True).click()
    for text in FEW:
        page.get_by_role("searchbox", name="Search in this room").fill(text)
        page.locator(".result-text").filter(has_text=text).first.wait_for()
        assert text in page.locator(".result-text").all_text_contents()
    assert foreign(page) == []


def test_titles_topics_and_descriptions_are_text(api, arrive):
    alice = api("alice")
    rooms = []
    for title, topic, description in zip(*[iter(lines(90))] * 3, strict=False):
        path = f"chat/rooms/{alice.make_room(title, topic=topic, description=description)}/"
        rooms.append(alice.ask("GET", path))
    person = arrive("alice", viewport=DESKTOP)
    names = person.rooms.locator(".room-item .name > :first-child")
    names.nth(len(rooms)).wait_for()
    shown = names.all_text_contents()
    assert [room["title"] for room in rooms if room["title"] not in shown] == []
    for room in rooms[::6]:
        person.rooms.locator(f"[data-id='{room['id']}']").click()
        expect(person.page.locator(".room h1")).to_have_text(room["title"])
        assert person.page.locator(".about-room").text_content().strip() == room["topic"]
        person.page.get_by_role("button", name="Room settings").click()
        assert person.page.get_by_label("Title").input_value() == room["title"]
        person.page.get_by_role("button", name="Room settings").click()
    assert foreign(person.page) == []
    for room in rooms[::12]:
        person.open(room["id"])
        assert re.sub(r"^\(\S+\) ", "", person.page.title()) == room["title"]
    assert foreign(person.page) == []
    person.page.close()
    for room in rooms:
        alice.ask("DELETE", f"chat/rooms/{room['id']}/")


def test_names_of_people_are_text(api, arrive, manage):
    names = lines(60)[::4]
    room = api("alice").make_room("Disguised", api("bob"))
    manage("shell", "-v0", "-c", f"from tests.e2e.seeding import people; people({names!r}, {room!r})")
    person = arrive("alice", room, viewport=DESKTOP)
    page = person.page
    page.get_by_role("button", name=re.compile("^Members")).click()
    members = page.locator("df-chat-members li .name bdi")
    members.nth(len(names)).wait_for()
    known = {member["name"] for member in api("alice").ask("GET", f"chat/rooms/{room}/users/?limit=100")["results"]}
    assert known <= set(members.all_text_contents())
    assert {member for member in known if "alert" in member} != set()
    said = set(person.log.locator(".message .who bdi, .message p.visually-hidden bdi").all_text_contents())
    assert said <= known | {"You"}
    assert sum("alert" in name for name in said) > 10
    person.field.fill("@<")
    options = page.get_by_role("listbox", name="Members").get_by_role("option").locator("bdi")
    options.first.wait_for()
    assert set(options.all_text_contents()) <= known
    page.keyboard.press("Enter")
    person.field.press("Enter")
    assert person.log.locator(".mention").last.text_content().removeprefix("@") in known
    assert foreign(page) == []


def test_names_of_files_are_text(api, arrive):
    room = api("alice").make_room("Files", api("bob"))
    # What ends in a slash is the name of a folder.
    named = [f"{text}.txt" for text in lines(60)[::8] if not text.endswith("/")]
    files = [api("bob").upload(room, name, b"harmless")["files"][0] for name in named]
    images = [
        api("bob").upload(room, f"{text}.png", picture(number), field="images")["images"][0]
        for number, text in enumerate(FEW)
    ]
    person = arrive("alice", room, viewport=DESKTOP)
    names = person.log.locator(".file-name")
    names.nth(len(files) - 1).wait_for(state="attached")
    assert names.all_text_contents() == [file["name"] for file in files]
    assert sum("alert" in file["name"] for file in files) > 10
    shown = person.log.locator("df-chat-image").last
    shown.click()
    box = person.page.get_by_role("dialog", name="Images")
    assert box.locator("img").get_attribute("alt") == images[-1]["name"]
    assert images[-1]["name"] in box.text_content()
    assert foreign(person.page) == []


def test_a_reaction_is_an_emoji(api, attacked):
    room, (message, *_) = attacked
    for text in FEW:
        with pytest.raises(AssertionError, match="400"):
            api("alice").ask("POST", f"chat/rooms/{room}/messages/{message['id']}/react/", {"emoji": text, "on": True})


def test_notifications_are_text(api, arrive):
    """What is handed to the browser's own notifications, which know no markup, is what was written."""
    room = api("alice").make_room(FEW[0], api("bob"))
    person = arrive("alice")
    person.page.add_init_script("""
      globalThis.told = [];
      globalThis.Notification = class {
        static permission = "granted";
        constructor(title, { body }) { told.push([title, body]); }
      };
      Object.defineProperty(document, "hidden", { get: () => true });
    """)
    me = api("alice").id
    person.page.evaluate("me => localStorage.setItem(`df_chat_preferences:${me}`, '{\"notify\": true}')", me)
    person.page.reload()
    person.page.get_by_text("Up to date").wait_for()
    for text in FEW:
        api("bob").say(room, text)
    for _ in range(100):
        if len(told := person.page.evaluate("told")) == len(FEW):
            break
        person.page.wait_for_timeout(100)
    assert [title for title, _ in told] == [FEW[0]] * len(FEW)
    assert [bare(body) for _, body in told] == [bare(f"Bob Okafor: {text}") for text in FEW]


SABOTAGE = """
new MutationObserver(() => {
  for (const text of document.querySelector("df-chat").shadowRoot.querySelectorAll(".text:not([data-made])")) {
    text.dataset.made = 1;
    text.innerHTML = text.textContent;
  }
}).observe(document.querySelector("df-chat").shadowRoot, { childList: true, subtree: true });
"""


@pytest.mark.parametrize("is_under_policy", [True, False])
def test_a_renderer_that_made_markup_would_be_noticed(api, browser, attacked, is_under_policy):
    room, sent = attacked
    watch, context = Watch(), browser.new_context(viewport=DESKTOP, bypass_csp=not is_under_policy)
    watch.follow(context)
    context.add_cookies(api("alice").session())
    page = context.new_page()
    page.route("**/df-chat.js", lambda route: spoil(route))
    page.goto(f"{api('alice').site}/chat/{room}/")
    page.locator(f".message[data-id='{sent[-1]['id']}']").wait_for()
    page.locator(".text[data-made]").first.wait_for(state="attached")
    if is_under_policy:
        assert any("violation of require-trusted-types-for" in text for text in watch.complaints)
    else:
        with pytest.raises(AssertionError):
            compare(sent[-40:], texts(page))
        assert foreign(page) != []
    context.close()


def spoil(route):
    """The script of the page, and a renderer that writes text as HTML."""
    answer = route.fetch()
    route.fulfill(response=answer, body=answer.text() + SABOTAGE)
