"""Getting in by the pages."""

from __future__ import annotations

import time

import pytest

from tests.e2e.test_chat import DESKTOP, PHONE

PASSWORD = "a-horse-of-4-letters"


def register(page, email, username="", password=PASSWORD, again=None):
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Username (optional)").fill(username)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_label("Password confirmation").fill(again or password)
    page.get_by_role("main").get_by_role("button", name="Register").click()


def log_out(page, watch, name):
    page.get_by_role("status").filter(has_text="Up to date").wait_for()
    # What the page is still asking for meanwhile.
    watch.expect("status of 401 ")
    page.get_by_role("button", name=f"Log out {name}").click()
    # Not to where one was: the chat loads its page again only where nobody is on the way out.
    page.wait_for_url("**/accounts/login/")


def test_a_newcomer_registers_and_is_in(site, open_page, watch):
    page = open_page(f"{site}/")
    page.get_by_role("main").get_by_role("link", name="Register").click()
    register(page, "erin@example.com", "erin")
    page.wait_for_url("**/chat/")
    page.get_by_role("button", name="New chat").click()
    page.get_by_role("button", name="Public", exact=True).click()
    page.get_by_role("button", name="Join Book club").click()
    page.get_by_role("textbox", name="Message").wait_for()
    log_out(page, watch, "erin")


def test_a_slow_logout_leads_where_it_should(sign_in, watch):
    page = sign_in("dave")

    def answer_late(route):
        answer = route.fetch(max_redirects=0)
        # The chat hears of it long before.
        time.sleep(3)
        route.fulfill(response=answer)

    page.route("**/accounts/logout/", answer_late)
    log_out(page, watch, "dave")


@pytest.mark.parametrize("name", ["frank", "GRETA@example.com"])
def test_who_registered_logs_in_again(site, open_page, watch, name):
    page = open_page(f"{site}/accounts/register/")
    username = name.partition("@")[0].lower()
    register(page, f"{username}@example.com", username)
    page.get_by_role("navigation", name="Rooms").wait_for()
    log_out(page, watch, username)
    page.get_by_label("E-mail address or username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    page.wait_for_url("**/chat/")


def test_what_is_wrong_is_told_beside_the_field(site, open_page):
    page = open_page(f"{site}/accounts/register/")
    register(page, "alice@example.com", "erin/../x", "12345", "123456")
    texts = page.locator(".errorlist").all_inner_texts()
    assert [part in " ".join(texts) for part in ("already exists", "etters", "match")] == [True] * 3
    assert page.get_by_label("E-mail address").get_attribute("aria-invalid") == "true"
    register(page, "gina@example.com", "", "12345678")
    assert "too common" in page.locator(".errorlist").inner_text()
    assert page.get_by_label("E-mail address").input_value() == "gina@example.com"
    page.goto(f"{site}/accounts/login/")
    page.get_by_label("E-mail address or username").fill("alice")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    assert page.locator(".errorlist").inner_text() == "The name or the password is wrong."


def test_the_pages_lead_back_to_where_one_wanted_to_go(site, open_page):
    page = open_page(f"{site}/chat/?from=somewhere")
    page.get_by_role("main").get_by_role("link", name="Register").last.click()
    register(page, "hugo@example.com")
    page.wait_for_url("**/chat/?from=somewhere")
    outside = open_page(f"{site}/accounts/register/?next=https://elsewhere.example/")
    register(outside, "ida@example.com")
    outside.wait_for_url("**/chat/")


OUTSIDE = """nav => [...nav.querySelectorAll("a, button")].filter(way => {
  const { left, right, width } = way.getBoundingClientRect();
  const around = nav.getBoundingClientRect();
  return !width || left < around.left || right > around.right;
}).map(way => way.textContent)"""


@pytest.mark.parametrize("width", [320, 360])
@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_the_ways_out_are_all_in_sight(sign_in, language, width):
    page = sign_in("alice", viewport={"width": width, "height": 640})
    page.locator(f".languages [value={language}]").click()
    page.locator("df-chat .room-item").first.wait_for()
    nav = page.locator("nav.nav")
    assert nav.locator("a, button").count() >= 9
    assert nav.evaluate(OUTSIDE) == []
    assert nav.evaluate("nav => nav.scrollWidth <= nav.clientWidth")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de", ["Anmelden", "Passwort", "Neu hier?"]),
        ("ar", ["تسجيل الدخول", "كلمة المرور", "جديد هنا؟"]),
    ],
)
def test_the_pages_speak_the_language_that_was_chosen(site, open_page, language, words):
    page = open_page(f"{site}/accounts/login/")
    page.locator(f".languages [value={language}]").click()
    page.wait_for_url("**/accounts/login/")
    page.locator(f"html[lang={language}]").wait_for()
    for word in words:
        assert page.get_by_role("main").get_by_text(word).count(), word
    for word in ("Log in", "Register", "Example", "Two panes", "New here?"):
        assert page.get_by_text(word, exact=True).count() == 0, word


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("path", ["", "accounts/login/", "accounts/register/", "two-panes/"])
def test_pages_fit_the_window_and_are_used_by_keyboard(site, open_page, path, viewport):
    page = open_page(f"{site}/{path}", viewport=viewport)
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.outerHTML"))
    # Those of the page; the chats on it have a way of their own through them.
    ways = "a, button:not(:disabled):not([inert] *), input:not([type=hidden]):not(:disabled):not([inert] *)"
    found = page.evaluate("ways => [...document.querySelectorAll(ways)].map(way => way.outerHTML)", ways)
    assert set(found) <= reached
