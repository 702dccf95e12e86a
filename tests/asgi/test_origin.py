"""No other site's page opens the socket."""

from __future__ import annotations

import pytest

from df_chat.authentication.handshake import Handshake
from df_chat.authentication.origin import is_allowed


def handshake(origin, host="chat.example", scheme="ws", **headers):
    pairs = [(b"host", host.encode())]
    if origin is not None:
        pairs.append((b"origin", origin.encode("latin1")))
    pairs += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Handshake({"scheme": scheme, "server": ("127.0.0.1", 80), "headers": pairs})


@pytest.fixture(autouse=True)
def hosts(settings):
    settings.ALLOWED_HOSTS = ["chat.example"]


@pytest.mark.parametrize(
    ("origin", "scheme"),
    [("http://chat.example", "ws"), ("https://chat.example", "wss"), ("https://chat.example:443", "wss")],
)
def test_the_sites_own_pages_may(origin, scheme):
    assert is_allowed(handshake(origin, scheme=scheme))


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "",
        "null",
        "http://evil.example",
        "http://chat.example.evil.example",
        "http://evilchat.example",
        "https://chat.example",
        "http://chat.example:8080",
        "http://chat.example/path",
        "http://[",
        "http://chat.example:port",
        "file://",
        "ws://chat.example",
        "*",
        "http://chat.example\x00",
    ],
)
def test_nobody_elses_may(origin):
    assert not is_allowed(handshake(origin))


def test_a_host_that_is_not_ours_makes_no_origin_ours():
    assert not is_allowed(handshake("http://evil.example", host="evil.example"))


def test_trusted_origins_may(settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://*.trusted.example"]
    settings.DF_CHAT = {"ALLOWED_ORIGINS": ["http://app.example:3000"]}
    assert is_allowed(handshake("https://a.trusted.example"))
    assert not is_allowed(handshake("http://a.trusted.example"))
    assert is_allowed(handshake("http://app.example:3000"))
    assert not is_allowed(handshake("http://app.example"))


def test_behind_a_proxy_the_scheme_is_the_proxys(settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert is_allowed(handshake("https://chat.example", x_forwarded_proto="https"))
    assert not is_allowed(handshake("https://chat.example"))
