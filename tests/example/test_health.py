"""What proxies and balancers ask of the example: is it well, and does it know what is https."""

from __future__ import annotations

import os
import secrets

import pytest

from tests.example.host import run_manage

SHELL = ("shell", "--verbosity", "0", "-c")
ASK = """
from django.test import Client
answer = Client().get({path!r}, headers={headers!r})
print(answer.status_code, dict(answer.headers), answer.cookies.output(), answer.content[:99])
"""


@pytest.fixture
def ask(tmp_path):
    """Ask a project that nothing serves, configured by the given environment, over Django's own test client."""

    def asking(path: str, headers: dict[str, str], **environment: str) -> str:
        return run_manage(configured(tmp_path, **environment), *SHELL, ASK.format(path=path, headers=headers))

    return asking


def configured(folder, **environment: str) -> dict[str, str]:
    names = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    return names | {"DATA_DIR": str(folder), "ALLOWED_HOSTS": "chat.example.com", "DEBUG": "false", **environment}


@pytest.mark.host
def test_health_is_told_to_whoever_knocks(example):
    with example.http() as client:
        answer = client.get("/healthz", headers={"Host": "10.0.0.7"})
        assert (answer.status_code, answer.text) == (200, "ok")
        assert answer.headers["cache-control"] == "no-store"
        assert client.get("/chat/", headers={"Host": "10.0.0.7"}).status_code == 400


@pytest.mark.once
def test_a_database_that_is_away_is_no_health_and_no_details(ask):
    answer = ask("/healthz", {}, DATABASE_URL="sqlite:////nowhere/at/all.sqlite3", HTTPS="true")
    assert answer.startswith("503 ")
    assert "b'unavailable'" in answer


@pytest.mark.once
def test_with_https_plain_requests_are_sent_there(ask):
    answer = ask("/accounts/login/", {"Host": "chat.example.com"}, HTTPS="true")
    assert answer.startswith("301 ")
    assert "https://chat.example.com/accounts/login/" in answer


@pytest.mark.once
@pytest.mark.parametrize(("trusted", "status"), [("true", "200 "), ("false", "301 ")])
def test_a_proxy_is_believed_only_where_it_is_said_so(ask, trusted, status):
    headers = {"Host": "chat.example.com", "X-Forwarded-Proto": "https"}
    answer = ask("/accounts/login/", headers, HTTPS="true", TRUST_X_FORWARDED_PROTO=trusted)
    assert answer.startswith(status)
    assert ("Strict-Transport-Security" in answer) is (trusted == "true")
    assert ("csrftoken" in answer and "Secure" in answer) is (trusted == "true")


@pytest.mark.once
def test_djangos_checks_for_production_are_content(tmp_path):
    names = configured(
        tmp_path, HTTPS="true", SECRET_KEY=secrets.token_urlsafe(50), REDIS_URL="redis://127.0.0.1:6379/0"
    )
    assert "no issues (2 silenced)" in run_manage(names, "check", "--deploy", "--fail-level", "WARNING")
