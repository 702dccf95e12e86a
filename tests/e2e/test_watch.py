"""What the other tests stand on: no complaint of a browser is overheard."""

from __future__ import annotations

import pytest

from tests.e2e.watch import Watch

POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; "
    "require-trusted-types-for 'script'; trusted-types lit-html"
)


@pytest.fixture
def overheard(browser):
    """Run a script on a page under a strict policy; what was heard."""

    def run(script: str) -> str:
        watch = Watch()
        context = browser.new_context()
        watch.follow(context)
        headers = {"Content-Security-Policy": POLICY}
        pages = {
            "/": ("text/html", '<!doctype html><script src="/it.js"></script>'),
            "/it.js": ("text/javascript", script),
        }
        context.route(
            "http://watched.test/**",
            lambda route: answer(route, pages.get(route.request.url.removeprefix("http://watched.test")), headers),
        )
        page = context.new_page()
        page.goto("http://watched.test/")
        page.wait_for_selector("html[data-done]")
        context.close()
        return "\n".join(watch.unexpected())

    return run


def answer(route, found, headers):
    if found is None:
        route.abort("connectionreset")
    else:
        route.fulfill(content_type=found[0], body=found[1], headers=headers)


@pytest.mark.parametrize(
    ("script", "heard"),
    [
        ("console.error('wrong')", "error: wrong"),
        ("console.warn('odd')", "warning: odd"),
        ("alert('gotcha')", "dialog: alert gotcha"),
        ("setTimeout(() => { throw new Error('broken'); })", "broken"),
        ("document.title = 'quiet'", ""),
        ("document.documentElement.setAttribute('onclick', 'alert(1)')", "Element onclick"),
        (
            "const style = document.createElement('style'); style.textContent = 'a{}'; document.head.append(style)",
            "style-src",
        ),
        ("document.createElement('div').innerHTML = '<b>'", "violation of require-trusted-types-for"),
        ("trustedTypes.createPolicy('mine', {})", "violation of trusted-types"),
        ("new Image().src = 'http://elsewhere.test/'", "violation of img-src"),
        ("fetch('/gone').catch(() => {})", "failed: GET http://watched.test/gone"),
    ],
)
def test_every_complaint_is_heard(overheard, script, heard):
    said = overheard(
        f"try {{ {script} }} catch {{}} setTimeout(() => {{ document.documentElement.dataset.done = 1; }}, 100);"
    )
    assert heard in said
    assert heard or not said


def test_what_is_expected_is_no_complaint():
    watch = Watch()
    watch.complaints = ["failed: GET http://localhost/gone: net::ERR_CONNECTION_RESET", "dialog: alert 1"]
    watch.expect(r"GET \S+/gone")
    assert watch.unexpected() == ["dialog: alert 1"]
