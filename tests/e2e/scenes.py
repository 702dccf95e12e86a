"""The states of the chat that are looked at: by axe, and in the gallery."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.e2e.people import Api, Person
from tests.e2e.seeding import picture

TITLE = "The new office"


def furnish(alice: Api, bob: Api, carol: Api) -> str:
    """A room in which everything has happened that a room can show: its id."""
    room = alice.make_room(TITLE, bob, carol, topic="Plans, pictures and who brings what")
    question = bob.say(room, "Have you seen the **new office**? The plan is at https://plans.example/office")
    alice.say(room, "> The plan is at\n\nLooks good to me:\n\n- two rooms\n- a kitchen\n- `room 3` stays empty")
    alice.upload(room, "garden.png", picture(3, 640, 400), field="images", body="The view")
    carol.upload(room, "contract.pdf", b"%PDF-1.4\n%%EOF\n")
    carol.say(room, "I can bring plants 🌱", parent_id=question["id"])
    path = f"chat/rooms/{room}/messages"
    for person, emoji in ((alice, "👍"), (carol, "👍"), (carol, "🎉")):
        person.ask("POST", f"{path}/{question['id']}/react/", {"emoji": emoji, "on": True})
    gone = bob.say(room, "Wrong room")
    bob.ask("DELETE", f"{path}/{gone['id']}/")
    edited = bob.say(room, "Moving day is Friday")
    bob.ask("PATCH", f"{path}/{edited['id']}/", {"body": "Moving day is Thursday"})
    bob.say(room, "@Alice Moreau could you book the van?", mention_ids=[alice.id])
    alice.say(room, "Done, for nine o'clock.")
    return room


def _panel(name: str) -> Callable[[Person], None]:
    def open_panel(person: Person) -> None:
        person.page.get_by_role("button", name=re.compile(f"^{name}")).first.click()
        person.page.locator(".panel").first.wait_for()

    return open_panel


def _new(way: str) -> Callable[[Person], None]:
    def open_dialog(person: Person) -> None:
        person.page.get_by_role("button", name="New chat").click()
        person.page.get_by_role("button", name=way, exact=True).click()
        person.page.get_by_role("dialog").locator("li, option").first.wait_for()
        expect(person.page.get_by_role("dialog")).not_to_contain_text("Loading")

    return open_dialog


def _thread(person: Person) -> None:
    person.message("Have you seen").first.get_by_role("button", name="Replies").click()
    thread = person.page.get_by_role("log", name="Thread")
    thread.get_by_text("I can bring plants").wait_for()
    expect(thread).not_to_contain_text("Loading")


def _search(person: Person) -> None:
    button = person.page.get_by_role("button", name="Search", exact=True)
    if button.is_visible():
        button.click()
    else:
        _panel("Room settings")(person)
        person.page.get_by_role("button", name="Search in this room").click()
    person.page.get_by_role("searchbox", name="Search in this room").fill("office")
    person.page.locator(".result").first.wait_for()


def _menu(person: Person) -> None:
    row = person.message("Done, for nine")
    row.focus()
    person.page.keyboard.press("Enter")
    person.page.get_by_role("menu").wait_for()


def _emoji(person: Person) -> None:
    person.page.get_by_role("button", name="Emoji", exact=True).click()
    person.page.get_by_role("listbox", name="Emoji").wait_for()


def _mention(person: Person) -> None:
    person.field.fill("")
    person.field.press_sequentially("@")
    person.page.get_by_role("listbox", name="Members").wait_for()


def _reply(person: Person) -> None:
    row = person.message("Moving day is Thursday")
    row.focus()
    person.page.keyboard.press("r")
    person.page.locator(".composer-bar").wait_for()


def _attach(person: Person) -> None:
    files = [{"name": "sofa.png", "mimeType": "image/png", "buffer": picture(7)}]
    files.append({"name": "list.txt", "mimeType": "text/plain", "buffer": b"Chairs, tables"})
    person.page.locator("input[type=file]").first.set_input_files(files)
    person.page.locator("[data-state=done]").nth(1).wait_for()


def _lightbox(person: Person) -> None:
    person.log.locator("df-chat-image").first.click()
    person.page.get_by_role("dialog", name="Images").locator("img").wait_for()


def _dialog(button: str) -> Callable[[Person], None]:
    def open_dialog(person: Person) -> None:
        person.page.get_by_role("button", name=button, exact=True).click()
        person.page.get_by_role("dialog").wait_for()

    return open_dialog


def _delete(person: Person) -> None:
    person.message("Done, for nine").focus()
    person.page.keyboard.press("Delete")
    person.page.get_by_role("dialog").wait_for()


def _offline(person: Person) -> None:
    person.page.context.set_offline(True)
    person.page.get_by_text("Offline.").wait_for()
    person.say("Written in a tunnel").last.wait_for()


# In the list of rooms.
LIST: dict[str, Callable[[Person], None]] = {
    "list": lambda person: None,
    "new-message": _new("Person"),
    "new-room": _new("Room"),
    "public-rooms": _new("Public"),
    "help": _dialog("Keyboard help"),
    "preferences": _dialog("Preferences"),
}
# In the room that ``furnish`` makes.
ROOM: dict[str, Callable[[Person], None]] = {
    "room": lambda person: None,
    "thread": _thread,
    "search": _search,
    "members": _panel("Members"),
    "settings": _panel("Room settings"),
    "menu": _menu,
    "emoji": _emoji,
    "reply": _reply,
    "attachments": _attach,
    "lightbox": _lightbox,
    "delete": _delete,
    "mention": _mention,
    "offline": _offline,
}
