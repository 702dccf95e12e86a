"""Every answer that a test's client gets, checked against the OpenAPI document."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator

from tests.schemas import Checker

# What Django REST framework answers on any address, before it comes to an operation.
BEFORE = {405, 406}


@cache
def document() -> dict[str, Any]:
    made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return made


@cache
def _checker() -> Checker:
    return Checker(document()["components"]["schemas"])


@cache
def _routes() -> list[tuple[re.Pattern[str], str]]:
    """The paths of the document, those without parameters first."""
    paths = sorted(document()["paths"], key=lambda path: path.count("{"))
    return [(re.compile(re.sub(r"{\w+}", "[^/]+", path) + r"\Z"), path) for path in paths]


def find_operation(method: str, path: str) -> tuple[str, dict[str, Any]] | None:
    """The operation that a request is, as ``("get /rooms/{id}/", {...})``."""
    for pattern, template in _routes():
        if pattern.match(path) and method.lower() in document()["paths"][template]:
            return f"{method.lower()} {template}", document()["paths"][template][method.lower()]
    return None


def check_answer(answer: Any) -> tuple[str, int] | None:
    """Raises AssertionError where the document says otherwise. Returns the operation and the status."""
    found = find_operation(answer.request["REQUEST_METHOD"], answer.request["PATH_INFO"])
    # HTML is for browsers: DRF's pages of the API, and Django's own 404 for what is no id at all.
    is_html = answer.headers.get("Content-Type", "").startswith("text/html")
    if found is None or is_html or answer.status_code in BEFORE:
        return None
    name, operation = found
    described = operation["responses"].get(str(answer.status_code))
    assert described is not None, f"{name} is not said to answer {answer.status_code}"
    if "content" in described and "application/json" not in described["content"]:
        kind = answer.headers["Content-Type"].partition(";")[0]
        assert kind in described["content"] or "*/*" in described["content"], f"{name} is not said to answer {kind}"
    elif "content" in described:
        _checker().check(described["content"]["application/json"]["schema"], answer.json())
    else:
        assert not answer.content, f"{name} is said to answer {answer.status_code} without a body"
    return name, answer.status_code


def check_body(operation: dict[str, Any], value: Any) -> None:
    """Raises AssertionError where the operation does not take this body."""
    _checker().check(operation["requestBody"]["content"]["application/json"]["schema"], value)
