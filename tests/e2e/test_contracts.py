"""Swagger UI and ReDoc: they work under the site's policy, without any other server, and with a token."""

from __future__ import annotations

import json
import urllib.request

import pytest

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 800}
READY = {"swagger": ".opblock", "redoc": "[data-section-id]"}


def token_of(site, username):
    body = json.dumps({"username": username, "password": "demo-pass-2026"}).encode()
    request = urllib.request.Request(f"{site}/api/v1/auth/token/", body, {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(request))["access"]


@pytest.mark.parametrize(
    ("path", "viewport"),
    [
        ("api/v1/swagger/", DESKTOP),
        ("swagger/", PHONE),
        ("schema/swagger-ui/", PHONE),
        ("api/v1/redoc/", DESKTOP),
        ("redoc/", PHONE),
    ],
)
def test_a_stranger_reads_it_and_nothing_calls_out(site, open_page, path, viewport):
    page = open_page("about:blank", viewport=viewport)
    foreign = []
    ours = (site, "data:", "blob:")
    page.on("request", lambda sent: None if sent.url.startswith(ours) else foreign.append(sent.url))
    page.goto(f"{site}/{path}")
    page.wait_for_selector(READY["redoc" if "redoc" in path else "swagger"])
    page.wait_for_load_state("networkidle")
    assert foreign == []
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


def test_redoc_finds_an_operation(site, open_page):
    page = open_page(f"{site}/redoc/")
    page.fill("input[placeholder*=Search]", "snapshot")
    page.wait_for_selector("[data-role='search:results'] >> text=Load a room as it stands.")


def test_operations_are_tried_out_with_a_token(site, open_page):
    page = open_page(f"{site}/swagger/", viewport=DESKTOP)
    page.click("button.authorize")
    page.fill("#auth-bearer-value", token_of(site, "alice"))
    page.press("#auth-bearer-value", "Enter")
    page.click("button.btn-done")
    for operation, wanted in (("chat_rooms_list", "General"), ("chat_rooms_create", "Made by token")):
        block = page.locator(f"#operations-chat-{operation}")
        block.locator(".opblock-summary-control").click()
        block.get_by_role("button", name="Try it out").click()
        if operation == "chat_rooms_create":
            block.locator("textarea").fill(json.dumps({"title": "Made by token"}))
        block.get_by_role("button", name="Execute").click()
        answer = block.locator(".live-responses-table .response-col_description .microlight, .live-responses-table pre")
        answer.first.wait_for()
        assert wanted in answer.first.inner_text()
