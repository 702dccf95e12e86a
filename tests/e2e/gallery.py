"""Pictures of every state of the chat, for docs/gallery.md.

    python -m tests.e2e.gallery

Takes a few minutes. Each state is taken at three widths, light and dark.
"""

from __future__ import annotations

import io
import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.chaos.services import ROOT
from tests.e2e.people import Api, Person
from tests.e2e.scenes import LIST, ROOM, furnish
from tests.e2e.servers import Example

FOLDER = ROOT / "docs" / "gallery"
PAGE = ROOT / "docs" / "gallery.md"
SIZES = {360: 740, 768: 900, 1280: 800}
SCHEMES = ("light", "dark")
LANGUAGES = {"german": "Deutsch", "arabic": "العربية"}
HEAD = """# Gallery

What the chat looks like, in the example project. `python -m tests.e2e.gallery` takes these pictures anew.
"""


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    with tempfile.TemporaryDirectory(prefix="df_chat_gallery_") as folder, sync_playwright() as playwright:
        server = Example(Path(folder), DEMO_SIGN_IN="true")
        server.prepare()
        server.start()
        try:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            take_all(browser, server.address)
        finally:
            server.stop()
    PAGE.write_text(text())
    size = sum(file.stat().st_size for file in FOLDER.iterdir())
    print(f"{len(list(FOLDER.iterdir()))} pictures, {size / 1e6:.1f} MB")


def take_all(browser: Browser, site: str) -> None:
    """Every state, at every size and in both schemes."""
    alice, bob, carol = (Api(site, username) for username in ("alice", "bob", "carol"))
    room = furnish(alice, bob, carol)
    for width, height in SIZES.items():
        for scheme in SCHEMES:
            for take in (_take_scenes, _take_pages):
                context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
                context.add_cookies(alice.session())
                person = Person(context.new_page(), alice)
                person.page.emulate_media(reduced_motion="reduce")
                take(person, room, f"{width}-{scheme}")
                context.close()
            print(f"{width} px, {scheme}", flush=True)


def _take_scenes(person: Person, room: str, look: str) -> None:
    for address, scenes in ((f"{person.api.site}/chat/", LIST), (f"{person.api.site}/chat/{room}/", ROOM)):
        for name, go in scenes.items():
            person.page.goto(address)
            ready = person.log.locator(".message") if scenes is ROOM else person.rooms.locator(".room-item")
            ready.last.wait_for(state="attached")
            person.page.wait_for_load_state("networkidle")
            go(person)
            _take(person, f"{name}-{look}")


def _take_pages(person: Person, room: str, look: str) -> None:
    page, site = person.page, person.api.site
    for name, language in LANGUAGES.items():
        page.goto(f"{site}/chat/")
        page.get_by_role("button", name=language).click()
        page.goto(f"{site}/chat/{room}/")
        page.locator(".message").last.wait_for()
        _take(person, f"{name}-{look}")
    # With the session goes the language.
    page.context.clear_cookies()
    for name, path in (("login", "accounts/login/"), ("register", "accounts/register/"), ("two-panes", "two-panes/")):
        page.goto(f"{site}/{path}")
        page.wait_for_load_state("networkidle")
        _take(person, f"{name}-{look}")


def _take(person: Person, name: str) -> None:
    picture = Image.open(io.BytesIO(person.page.screenshot()))
    picture.convert("RGB").save(FOLDER / f"{name}.webp", quality=40, method=6)


def text() -> str:
    """The page: a section for each state."""
    names = [*LIST, *ROOM, *LANGUAGES, "login", "register", "two-panes"]
    return HEAD + "".join(f"\n## {_title(name)}\n\n{_pictures(name)}\n" for name in names)


def _title(name: str) -> str:
    return name.replace("-", " ").capitalize()


def _pictures(name: str) -> str:
    rows = [[f"{name}-{width}-{scheme}" for width in SIZES] for scheme in SCHEMES]
    return "\n\n".join(" ".join(f"![{look}](gallery/{look}.webp)" for look in row) for row in rows)


if __name__ == "__main__":
    main()
