"""Where messages are written: drafts, names, changes, and what is attached."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, expect

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
CHAT = "document.querySelector('df-chat').chat"
ASK = f"async ([method, path, body]) => {CHAT}.client.request(method, path, body)"
READY = """async () => {
  await customElements.whenDefined("df-chat");
  const { client } = document.querySelector("df-chat").chat;
  while (client.status !== "up_to_date") await new Promise((resolve) => setTimeout(resolve, 50));
}"""
# What a browser does when files are dragged over the room, dropped there, or pasted.
BRING = """([kind, selector, name, type, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name, { type }));
  const target = document.querySelector("df-chat").shadowRoot.querySelector(selector);
  const options = { bubbles: true, cancelable: true, composed: true };
  const event = kind === "paste"
    ? new ClipboardEvent("paste", { ...options, clipboardData: data })
    : new DragEvent(kind, { ...options, dataTransfer: data });
  target.dispatchEvent(event);
}"""


@pytest.fixture
def enter(sign_in: Callable[..., Page]) -> Callable[..., Page]:
    """Open a window of its own for somebody, signed in, with everything up to date."""

    def enter(username: str, **options: Any) -> Page:
        page = sign_in(username, **options)
        page.evaluate(READY)
        return page

    return enter


def new_room(page: Page, title: str, *others: Page) -> str:
    """A room of this person's and the others', which all look at."""
    user_ids = [other.evaluate(f"{CHAT}.user") for other in others]
    room_id: str = page.evaluate(ASK, ["POST", "rooms/", {"title": title, "user_ids": user_ids}])["id"]
    for one in (page, *others):
        show(one, room_id)
    return room_id


def show(page: Page, room_id: str) -> None:
    page.evaluate(f"async (room_id) => {CHAT}.open(room_id)", room_id)
    expect(field(page)).to_be_visible()


def field(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Message", exact=True)


def messages(page: Page) -> Locator:
    return page.get_by_role("log", name="Messages").locator(".message")


def attach(page: Page, *files: FilePayload) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Attach files").click()
    chooser.value.set_files(list(files))


def picture(name: str, color: str) -> FilePayload:
    content = BytesIO()
    Image.new("RGB", (64, 48), color).save(content, "PNG")
    return {"name": name, "mimeType": "image/png", "buffer": content.getvalue()}


def text_file(name: str, size: int = 20) -> FilePayload:
    return {"name": name, "mimeType": "text/plain", "buffer": b"x" * size}


def tray(page: Page) -> Locator:
    return page.get_by_role("list", name="Attachments").get_by_role("listitem")


def test_draft_waits_in_its_room_and_outlives_the_page(enter: Callable[..., Page]) -> None:
    alice = enter("alice")
    other, room = new_room(alice, "Other"), new_room(alice, "Drafts")
    field(alice).press_sequentially("half a th")
    show(alice, other)
    expect(field(alice)).to_have_value("")
    alice.reload()
    alice.evaluate(READY)
    show(alice, room)
    expect(field(alice)).to_have_value("half a th")
    field(alice).press("Enter")
    expect(messages(alice)).to_contain_text("half a th")
    expect(field(alice)).to_have_value("")


def test_enter_breaks_the_line_where_fingers_write(enter: Callable[..., Page]) -> None:
    alice = enter("alice", **PHONE)
    new_room(alice, "Fingers")
    field(alice).press_sequentially("one")
    field(alice).press("Enter")
    field(alice).press_sequentially("two")
    expect(field(alice)).to_have_value("one\ntwo")
    alice.get_by_role("button", name="Send").tap()
    expect(messages(alice)).to_contain_text("two")


def test_name_is_picked_by_keys_and_told(enter: Callable[..., Page]) -> None:
    alice, bob, carol = enter("alice"), enter("bob"), enter("carol")
    new_room(alice, "Names", bob, carol)
    field(alice).press_sequentially("for @")
    options = alice.get_by_role("listbox", name="Members").get_by_role("option")
    expect(options).to_have_text([re.compile("Bob Okafor"), re.compile("Carol Lindqvist")])
    field(alice).press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    field(alice).press("Tab")
    expect(field(alice)).to_have_value("for @Carol Lindqvist ")
    field(alice).press("Enter")
    expect(messages(carol)).to_contain_text("@Carol Lindqvist")
    message = carol.evaluate(f"{CHAT}.client.messages({CHAT}.room.id).at(-1)")
    assert [mention["name"] for mention in message["mentions"]] == ["Carol Lindqvist"]


def test_last_message_is_changed_in_its_place(enter: Callable[..., Page]) -> None:
    alice, bob = enter("alice"), enter("bob")
    new_room(alice, "Changes", bob)
    field(alice).fill("helo")
    field(alice).press("Enter")
    expect(messages(bob)).to_contain_text("helo")
    field(alice).press("ArrowUp")
    expect(field(alice)).to_have_value("helo")
    field(alice).press("Escape")
    expect(field(alice)).to_have_value("")
    field(alice).press("ArrowUp")
    field(alice).fill("hello")
    field(alice).press("Enter")
    expect(messages(bob)).to_contain_text("hello")
    expect(field(alice)).to_have_value("")


def test_marks_go_around_a_word_and_are_undone(enter: Callable[..., Page]) -> None:
    alice = enter("alice")
    new_room(alice, "Marks")
    field(alice).press_sequentially("bold")
    field(alice).select_text()
    field(alice).press("Control+b")
    expect(field(alice)).to_have_value("**bold**")
    field(alice).press("Control+z")
    expect(field(alice)).to_have_value("bold")


def test_images_and_files_arrive_and_are_shown_large(enter: Callable[..., Page]) -> None:
    alice, bob = enter("alice"), enter("bob")
    new_room(alice, "Pictures", bob)
    attach(alice, picture("red.png", "red"), picture("blue.png", "blue"), text_file("notes.txt"))
    expect(tray(alice)).to_have_count(3)
    field(alice).press("Enter")
    expect(tray(alice)).to_have_count(0)
    expect(messages(bob).get_by_role("link", name="notes.txt")).to_be_visible()
    messages(bob).get_by_role("button", name="red.png").click()
    large = bob.get_by_role("dialog", name="Images")
    expect(large).to_contain_text("1 of 2")
    expect(large.get_by_role("img", name="red.png")).to_be_visible()
    bob.keyboard.press("ArrowRight")
    expect(large.get_by_role("img", name="blue.png")).to_be_visible()
    bob.keyboard.press("ArrowRight")
    expect(large).to_contain_text("2 of 2")
    bob.keyboard.press("Escape")
    expect(large).to_be_hidden()
    expect(messages(bob).get_by_role("button", name="red.png")).to_be_focused()


def test_what_is_dropped_or_pasted_is_attached(enter: Callable[..., Page]) -> None:
    alice = enter("alice")
    new_room(alice, "Drops")
    zone = alice.get_by_text("Drop files to attach them")
    alice.evaluate(BRING, ["dragenter", "df-chat-log", "a.txt", "text/plain", "dropped"])
    expect(zone).to_be_visible()
    alice.evaluate(BRING, ["drop", "df-chat-log", "a.txt", "text/plain", "dropped"])
    expect(zone).to_be_hidden()
    alice.evaluate(BRING, ["paste", "textarea", "b.txt", "text/plain", "pasted"])
    expect(tray(alice)).to_have_text([re.compile("a.txt"), re.compile("b.txt")])
    alice.get_by_role("button", name="Remove a.txt").click()
    field(alice).press("Enter")
    expect(messages(alice)).to_have_count(1)
    expect(messages(alice).get_by_role("link")).to_have_count(1)


def test_message_waits_for_its_upload_and_the_upload_for_the_network(enter: Callable[..., Page]) -> None:
    alice = enter("alice")
    room, other = new_room(alice, "Tunnel"), new_room(alice, "Elsewhere")
    show(alice, room)
    alice.context.set_offline(True)
    attach(alice, text_file("far.txt"), text_file("never.txt"))
    field(alice).fill("from the tunnel")
    field(alice).press("Enter")
    expect(alice.get_by_text("Will be sent when everything is uploaded.")).to_be_visible()
    expect(tray(alice).first).to_contain_text("Waits for the connection")
    alice.get_by_role("button", name="Cancel never.txt").click()
    expect(tray(alice)).to_have_count(1)
    show(alice, other)
    alice.context.set_offline(False)
    show(alice, room)
    expect(messages(alice)).to_contain_text("from the tunnel")
    expect(messages(alice).get_by_role("link", name="far.txt")).to_be_visible()
    expect(tray(alice)).to_have_count(0)


def test_image_that_is_not_loaded_can_be_asked_for_again(enter: Callable[..., Page]) -> None:
    alice, bob = enter("alice"), enter("bob")
    bob.route("**/images/**", lambda route: route.abort("internetdisconnected"))
    new_room(alice, "Again", bob)
    attach(alice, picture("red.png", "red"))
    field(alice).press("Enter")
    again = messages(bob).get_by_role("button", name="Not loaded. Try again")
    expect(again).to_be_visible()
    bob.unroute("**/images/**")
    again.click()
    expect(messages(bob).get_by_role("button", name="red.png")).to_be_visible()
