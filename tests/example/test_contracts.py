"""The example's documents, and answers of the running example held against them by generated requests."""

from __future__ import annotations

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.example.host import run_manage, serving_example

pytestmark = pytest.mark.host

PASSWORD = "a-good-secret-2026"
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]
# Requests to each operation; every one is a round trip to the server.
EXAMPLES = 6
SETTINGS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
# They end what the generated requests are signed in with, or let in whoever asks.
LEFT_OUT = ("logout", "password", "/users/me/", "blacklist", "/users/{id}/")


def register(client, name):
    body = {"username": name, "email": f"{name}@example.com", "password": PASSWORD, "password2": PASSWORD}
    assert client.post("/api/v1/auth/register/", json=body).status_code == 201
    return client.post("/api/v1/auth/token/", json={"username": name, "password": PASSWORD}).json()["access"]


def test_the_whole_document_is_valid_and_nothing_is_guessed(example):
    printed = run_manage(example.environment, "spectacular", "--validate", "--fail-on-warn")
    assert "Warning" not in printed


def test_every_operation_has_a_summary_and_a_refusal(example):
    with example.http() as client:
        made = client.get("/api/v1/schema/?format=json").json()
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], (method, path)
            assert {"401", "403", "503"} < set(operation["responses"]), (method, path)
    schemes = made["components"]["securitySchemes"]
    assert set(schemes) == {"jwtAuth", "tokenAuth", "basicAuth", "cookieAuth"}


def test_strangers_read_the_documents_where_they_may(example):
    with example.http() as client:
        for path in ("/api/v1/schema/", "/api/v1/asyncapi.json", "/swagger/", "/redoc/", "/schema/swagger-ui/"):
            assert client.get(path).status_code == 200, path
        ways = client.get("/api/v1/asyncapi.json").json()["components"]["securitySchemes"]
        assert {"bearer", "token", "basic", "session"} < set(ways)


def test_strangers_read_nothing_where_they_may_not(tmp_path):
    with serving_example(tmp_path, PUBLIC_DOCS="false") as host, host.http() as client:
        for path in ("/api/v1/schema/", "/swagger/", "/redoc/"):
            assert client.get(path).status_code == 401, path
        assert client.get("/api/v1/asyncapi.json").status_code == 302
        headers = {"Authorization": f"Bearer {register(client, 'reader')}"}
        assert client.get("/api/v1/schema/", headers=headers).status_code == 200


def test_pages_keep_the_policy_and_their_files_are_served(example):
    with example.http() as client:
        for path in ("/swagger/", "/redoc/"):
            policy = client.get(path).headers["Content-Security-Policy"]
            assert "default-src 'none'; script-src 'self';" in policy
            assert "unsafe" not in policy
        assert "sha256" not in client.get("/swagger/").headers["Content-Security-Policy"]
        for name in ("swagger-ui-dist/swagger-ui-bundle.js", "redoc/bundles/redoc.standalone.js"):
            assert client.get(f"/static/drf_spectacular_sidecar/{name}").status_code == 200


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=lambda mode: mode.value)
def test_generated_requests_find_no_fault(example, mode):
    """Signed in, each operation is asked for what its description allows, and for what it does not."""
    with example.http() as client:
        token = register(client, f"fuzzer-{mode.value}")
        made = client.get("/api/v1/schema/?format=json").json()
    asked = 0
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token}"
        for result in schemathesis.openapi.from_dict(made).get_all_operations():
            operation = result.ok()
            if not any(part in operation.path for part in LEFT_OUT):
                asked += 1
                ask(operation, mode, example.base, session)
    assert asked > 45


def ask(operation, mode, base, session):
    def check(case):
        answer = case.call(base_url=base, session=session)
        # What is no id at all leads to no operation: Django answers, with a page.
        if answer.status_code != 404 or "text/html" not in answer.headers["content-type"][0]:
            case.validate_response(answer, checks=CHECKS)

    try:
        cases = operation.as_strategy(generation_mode=mode)
        given(cases)(SETTINGS(check))()
    except Unsatisfiable:
        # There is no wrong way to ask for what takes nothing.
        assert mode == schemathesis.GenerationMode.NEGATIVE
