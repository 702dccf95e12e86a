"""The documentation says what is so: its snippets run, and it leaves out no route, action, code or setting."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from types import ModuleType

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import URLPattern

from df_chat import __version__
from df_chat.asgi.base import _observers_of
from df_chat.asgi.consumers import RoomsConsumer
from df_chat.doctor import diagnose
from df_chat.metrics import METRICS
from df_chat.settings import DEFAULTS
from df_chat.urls import urlpatterns

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
HOOKS = (ROOT / "docs" / "hooks.md").read_text()


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_snippets_are_what_they_say(page):
    for code in blocks(page.read_text(), "python"):
        ast.parse(code)
    for text in blocks(page.read_text(), "json"):
        json.loads(text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page):
    text = page.read_text()
    targets = re.findall(r"\]\((?!http)([^)#]+)[^)]*\)", text)
    for target in [*targets, *(f"{name}.md" for name in re.findall(r"{doc}`([^`]+)`", text))]:
        assert (page.parent / target).exists(), target


def test_the_examples_of_hooks_run(people, room, settings):
    made: dict[str, object] = {}
    for code in blocks(HOOKS, "python"):
        exec(compile(code, "hooks.md", "exec"), made)
    people.ben.nickname, people.ben.email_verified = "Benny", False
    assert made["Adapter"]().display_name(people.ben) == "Benny"
    with pytest.raises(made["Denied"]):
        made["Policy"]().check_post(people.ben, room, room.memberships.get(user=people.ben))
    assert "count_words" in {observer.func.__name__ for observer in _observers_of(made["Consumer"])}
    made["stream_changed"].disconnect(made["notify"])


def test_the_snippets_about_schemas_run(client, settings):
    configuration, routes, consumer = blocks((ROOT / "docs" / "schema.md").read_text(), "python")
    names: dict[str, object] = {}
    exec(compile(configuration, "schema.md", "exec"), names)
    assert names["REST_FRAMEWORK"].items() <= settings.REST_FRAMEWORK.items()
    assert {"drf_spectacular", "df_chat"} < set(names["INSTALLED_APPS"])
    module = ModuleType("urls_of_the_page")
    exec(compile(routes, "schema.md", "exec"), module.__dict__)
    settings.ROOT_URLCONF = module
    assert "/api/v1/chat/sync/" in client.get("/api/v1/schema/?format=json").json()["paths"]
    for path in ("swagger/", "redoc/", "asyncapi.json"):
        assert client.get(f"/api/v1/{path}").status_code == 200
    exec(compile(consumer, "schema.md", "exec"), names)
    assert names["document"]["operations"]["wave"]["summary"] == "Wave to a room."


def readable(pattern: URLPattern) -> str:
    """A route as the page writes it: ``rooms/<id>/users/<user>/``."""
    route = (
        re.sub(r"\(\?P<(\w+)>(?:[^()]|\\.)*\)", r"<\1>", str(pattern.pattern))
        .replace("<str:", "<")
        .replace("<uuid:", "<")
    )
    route = re.sub(r"<(?:pk|room_pk|message_id)>", "<id>", route).replace("<user_id>", "<user>")
    return route.removeprefix("^").removesuffix("$").removesuffix("\\Z")


def test_the_snippets_about_attachments_run(people, room, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    send, scanner = blocks((ROOT / "docs" / "attachments.md").read_text(), "python")
    names: dict[str, object] = {}
    exec(compile(send + scanner, "attachments.md", "exec"), names)
    message = names["send_report"](people.ben, room, SimpleUploadedFile("report.txt", b"text"))
    (file,) = message.files.all()
    assert names["scan"](file) is None
    names["scanned"](file.pk, False)
    assert not message.files.exists()


def test_an_object_has_the_room_that_the_page_makes(people):
    (code,) = blocks((ROOT / "docs" / "web_client.md").read_text(), "python")
    names: dict[str, object] = {}
    exec(compile(code, "web_client.md", "exec"), names)
    room = names["room_of"](people.sam, [people.ada, people.ben])
    assert {*room.users.all()} == {people.ada, people.ben}
    assert names["room_of"](people.sam, []) == room


def test_every_property_and_part_is_on_the_page():
    page = (ROOT / "docs" / "web_client.md").read_text()
    web = ROOT / "df_chat" / "static" / "df_chat" / "web"
    scripts, sheets = ("".join(file.read_text() for file in web.rglob(f"*.{kind}")) for kind in ("js", "css"))
    assert set(re.findall(r"var\((--chat-[\w-]+)", sheets)) == set(re.findall(r"`(--chat-[a-z-]+)`", page))
    parts = {part for names in re.findall(r'\bpart="([\w -]+)"', scripts) for part in names.split()}
    assert parts <= set(re.findall(r"`([\w-]+)`", page))


def test_every_route_is_on_the_page():
    page = (ROOT / "docs" / "api.md").read_text()
    for pattern in urlpatterns:
        route = readable(pattern)
        # Verbs below a room or message share a line: `rooms/<id>/join/`, `leave/`.
        last = "/".join(route.split("/")[-2:])
        assert f"`{route}`" in page or f"`{last}`" in page, route


def test_every_action_is_on_the_page():
    page = (ROOT / "docs" / "protocol.md").read_text()
    for action in RoomsConsumer.available_actions:
        assert f"`{action}`" in page, action


def test_every_metric_is_on_the_page():
    page = (ROOT / "docs" / "operations.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.+) \|$", page, re.MULTILINE)
    assert rows == [(name, metric.kind, metric.help) for name, metric in METRICS.items()]


@pytest.mark.django_db(transaction=True)
def test_the_doctors_report_is_what_it_says(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.DEBUG = True
    (report,) = blocks((ROOT / "docs" / "operations.md").read_text(), "text")
    *lines, summary = report.splitlines()
    found = diagnose().findings
    assert [line.split(":")[0] for line in lines] == [f"{finding.status}  {finding.probe}" for finding in found]
    assert summary == f"{len(found)} passed, 0 warned, 0 failed"
    # Those that speak of no service, and of nothing that varies.
    for finding in found:
        if finding.probe in ("socket", "migrations"):
            assert f"PASS  {finding.probe}: {finding.detail}" in lines


def test_every_setting_is_explained():
    source = (ROOT / "df_chat" / "settings.py").read_text().splitlines()
    explained = False
    for line in source:
        if match := re.match(r'    "([A-Z_]+)":', line):
            assert explained, f"{match[1]} has no comment above it"
            assert match[1] in DEFAULTS
        elif line.startswith("    #"):
            explained = not line.startswith("    # --")


def test_the_readmes_commands_are_the_promised_ones():
    environment = "python3 -m venv .venv && .venv/bin/pip install"
    assert blocks((ROOT / "README.md").read_text(), "shell") == [
        f'{environment} -e ".[demo]" && .venv/bin/python example_project/manage.py demo\n',
        f"{environment} tox && .venv/bin/tox\n",
    ]


def test_the_readmes_lines_are_the_quickstarts():
    quickstart = (ROOT / "docs" / "quickstart.md").read_text()
    (block,) = blocks((ROOT / "README.md").read_text(), "python")
    for line in block.splitlines():
        if line.startswith(("application", "CHANNEL_LAYERS")):
            assert line.split("  #")[0] in quickstart, line
    for path in re.findall(r"path\([^)]*\)\)", block):
        assert path in quickstart, path


def test_versions_agree():
    newest = re.search(r"^## ([\d.]+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest
    assert __version__.startswith(newest[1])
    assert f">={__version__}" in (ROOT / "docs" / "quickstart.md").read_text()
