"""axe-core finds nothing, in any state of the chat, in any size and colour."""

from __future__ import annotations

import pytest

from tests.e2e.accessibility import violations
from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.scenes import LIST, ROOM, furnish

# Half a window's width and height is what zooming to 200 % leaves.
LOOKS = {
    "desktop-light": {"viewport": DESKTOP, "color_scheme": "light"},
    "phone-dark": {"viewport": PHONE, "color_scheme": "dark"},
    "zoomed-dark": {"viewport": {"width": 640, "height": 400}, "color_scheme": "dark", "device_scale_factor": 2},
    "phone-light": {"viewport": PHONE, "color_scheme": "light"},
}


@pytest.fixture(scope="module")
def furnished(api):
    return furnish(api("alice"), api("bob"), api("carol"))


@pytest.mark.parametrize(
    "look",
    [
        "desktop-light",
        "phone-dark",
        pytest.param("zoomed-dark", marks=pytest.mark.long),
        pytest.param("phone-light", marks=pytest.mark.long),
    ],
)
def test_every_state_is_accessible(arrive, watch, furnished, look):
    watch.expect("ERR_INTERNET_DISCONNECTED")
    person = arrive("alice", **LOOKS[look])
    found = {}
    for room, scenes in ((None, LIST), (furnished, ROOM)):
        for name, go in scenes.items():
            person.page.goto(f"{person.api.site}/chat/{room}/" if room else f"{person.api.site}/chat/")
            (person.log.locator(".message").last if room else person.rooms.locator(".room-item").first).wait_for()
            if room:
                person.page.locator(".room h1:not(:empty)").wait_for()
            go(person)
            if wrong := violations(person.page):
                found[name] = wrong
    assert found == {}


@pytest.mark.parametrize("look", ["desktop-light", "phone-dark"])
@pytest.mark.parametrize("path", ["", "accounts/login/", "accounts/register/", "two-panes/"])
def test_every_page_is_accessible(site, open_page, path, look):
    page = open_page(f"{site}/{path}", **LOOKS[look])
    page.wait_for_load_state("networkidle")
    assert violations(page) == []


@pytest.mark.parametrize("look", ["desktop-light", "phone-dark"])
def test_mirrored_is_as_accessible(arrive, furnished, look):
    person = arrive("alice", **LOOKS[look])
    person.page.get_by_role("button", name="العربية").click()
    person.page.goto(f"{person.api.site}/chat/{furnished}/")
    person.page.locator(".message").last.wait_for()
    assert person.page.evaluate("document.documentElement.dir") == "rtl"
    assert violations(person.page) == []


def test_axe_would_find_something(arrive, furnished):
    person = arrive("alice", furnished, viewport=DESKTOP)
    person.page.evaluate("""() => {
      const button = document.createElement("button");
      document.querySelector("df-chat").shadowRoot.querySelector(".room").append(button);
    }""")
    assert any(text.startswith("button-name") for text in violations(person.page))


@pytest.mark.parametrize("width", [320, 360, 768])
def test_nothing_is_wider_than_the_window(arrive, api, furnished, width):
    """Neither is what cannot be broken: a long word, a long topic, a long name."""
    api("alice").say(furnished, "x" * 400)
    person = arrive("alice", viewport={"width": width, "height": 700})
    for name, go in ROOM.items():
        if name == "offline":
            continue
        person.page.goto(f"{person.api.site}/chat/{furnished}/")
        person.page.locator(".room h1:not(:empty)").wait_for()
        go(person)
        assert person.page.evaluate("document.documentElement.scrollWidth") == width, name
