"""The demo, served as its users would serve it, and Debian's Chromium."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.people import Api, Person
from tests.e2e.servers import Example
from tests.e2e.watch import Watch

MANAGE = Path(__file__).resolve().parent.parent.parent / "example_project" / "manage.py"
START_SECONDS = 60
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 800}
# Without these, Chromium calls home.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
# On a busy machine Playwright's 5 seconds are few; what comes sooner waits no longer.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the data of the demo lie."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="session")
def site(demo_folder: Path) -> Iterator[str]:
    """The address of a demo with a database of its own."""
    with _serving_demo(demo_folder) as address:
        yield address


@pytest.fixture(scope="session")
def manage(site: str, demo_folder: Path) -> Callable[..., str]:
    """Run a management command on the demo's data; what it says."""
    return Example(demo_folder).manage


@pytest.fixture(scope="session")
def staff_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a demo where staff make and manage the rooms."""
    with _serving_demo(tmp_path_factory.mktemp("staff"), CREATE_ROOMS="staff", MANAGE_ROOMS="staff") as address:
        yield address


@contextlib.contextmanager
def _serving_demo(folder: Path, **names: str) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # All windows are one address: nobody is held up.
    environment = {**os.environ, "DATA_DIR": str(folder), "LOGIN_RATE": "", "REGISTER_RATE": "", **names}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    process = subprocess.Popen([sys.executable, str(MANAGE), "demo", "--port", str(port)], env=environment)
    address = f"http://localhost:{port}"
    try:
        _wait_for(f"{address}/accounts/login/", process)
        yield address
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "the demo ended"
        try:
            urllib.request.urlopen(url)
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
        else:
            return
    raise AssertionError("the demo did not start")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium, "Chromium is needed: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def watch() -> Iterator[Watch]:
    """What the browsers complain of; at the end, an unexpected complaint fails the test."""
    watch = Watch()
    yield watch
    assert watch.unexpected() == []


@pytest.fixture
def open_page(browser: Browser, watch: Watch) -> Iterator[Callable[..., Page]]:
    """Open an address in a window of its own, where the console may tell of requests refused with ``refusal``."""
    contexts = []

    def open_window(address: str, *, refusal: int | None = None, **options: Any) -> Page:
        if refusal is not None:
            watch.expect(f"status of {refusal} ")
        context = browser.new_context(**options)
        contexts.append(context)
        watch.follow(context)
        page = context.new_page()
        page.goto(address)
        return page

    yield open_window
    for context in contexts:
        context.close()


@pytest.fixture
def sign_in(site: str, open_page: Callable[..., Page]) -> Callable[..., Page]:
    """Open a window of its own for somebody, signed in, on the list of rooms."""

    def sign_in(username: str, at: str = site, **options: Any) -> Page:
        page = open_page(f"{at}/accounts/login/?next=/chat/", **options)
        page.fill("input[name=username]", username)
        page.fill("input[name=password]", "demo-pass-2026")
        page.click("main button[type=submit]")
        page.get_by_role("navigation", name="Rooms").wait_for()
        return page

    return sign_in


@pytest.fixture(scope="session")
def api(site: str) -> Callable[[str], Api]:
    """REST as one of the demo's people; the same session in all tests."""
    return functools.cache(functools.partial(Api, site))


@pytest.fixture
def arrive(site: str, api: Callable[[str], Api], open_page: Callable[..., Page]) -> Callable[..., Person]:
    """A person at the chat, in a window of their own; with ``room``, in that room."""

    def arrive(username: str | Api, room: str = "", **options: Any) -> Person:
        mine = api(username) if isinstance(username, str) else username
        page = open_page("about:blank", **options)
        page.context.add_cookies(mine.session())
        page.goto(f"{mine.site}/chat/{room and f'{room}/'}")
        person = Person(page, mine)
        (page.locator("df-chat-log") if room else person.rooms).wait_for()
        return person

    return arrive
