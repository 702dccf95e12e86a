"""The demo, served as its users would serve it, and Debian's Chromium."""

from __future__ import annotations

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
from playwright.sync_api import Browser, Page, sync_playwright

MANAGE = Path(__file__).resolve().parent.parent.parent / "example_project" / "manage.py"
START_SECONDS = 60
# Without these, Chromium calls home.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a demo with a database of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "DATA_DIR": str(tmp_path_factory.mktemp("demo"))}
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
def sign_in(site: str, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a window of its own for somebody, signed in, on the list of rooms. A complaint of the console fails it."""
    contexts, complaints = [], []

    def open_window(username: str, **options: Any) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{site}/accounts/login/?next=/chat/")
        page.fill("input[name=username]", username)
        page.fill("input[name=password]", "demo-pass-2026")
        page.click("button[type=submit]")
        page.wait_for_selector("#rooms li")
        return page

    yield open_window
    for context in contexts:
        context.close()
    # A connection that a test cuts is told on the console; everything else is a fault.
    assert [text for text in complaints if "ERR_INTERNET_DISCONNECTED" not in text] == []
