"""The files that deploy the example: valid, safe, and complete. What they start is tested behind nginx."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from tests.example.deployment import COMPOSE, NAMES, SERVICES, MissingVariable, documented, instructions, interpolate
from tests.example.host import PROJECT

pytestmark = pytest.mark.once

ROOT = PROJECT.parent
# The schema of the Compose Specification as dclint 3.1.0 has it (MIT; the specification Apache-2.0), unchanged.
OFFICIAL = Path(__file__).with_name("compose-spec.json.gz")
STAGES = ("nginx", "web")
TARGETS = ("help", "demo", "test", "build", "up", "down", "migrate", "logs", "shell")
EARLIER_TARGETS = ("api", "api_logs", "api_bash", "serve")


# -- compose.yaml -----------------------------------------------------------------------------------------------
def test_compose_follows_the_specification():
    official = json.loads(gzip.decompress(OFFICIAL.read_bytes()))
    faults = Draft7Validator(official).iter_errors(COMPOSE)
    assert [f"{fault.json_path}: {fault.message[:200]}" for fault in faults] == []


@pytest.mark.parametrize("name", NAMES)
def test_compose_says_what_is_missing(name):
    without = {key: value for key, value in NAMES.items() if key != name}
    with pytest.raises(MissingVariable, match=f"{name} into .env"):
        interpolate(SERVICES, without)


@pytest.mark.parametrize(("profile", "scheme"), [("postgres", "postgres"), ("mysql", "mysql")])
def test_a_profile_brings_the_database_that_the_web_asks_for(profile, scheme):
    environment = interpolate(SERVICES["web"]["environment"], NAMES | {"COMPOSE_PROFILES": profile})
    assert environment["DATABASE_URL"] == f"{scheme}://chat:{NAMES['DATABASE_PASSWORD']}@database/chat"
    assert SERVICES[profile]["profiles"] == [profile]
    assert SERVICES[profile]["networks"] == {"back": {"aliases": ["database"]}}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_watched_and_comes_back_or_ends_by_itself(name):
    service = SERVICES[name]
    if service["restart"] == "no":
        assert SERVICES["web"]["depends_on"][name]["condition"] == "service_completed_successfully"
    else:
        assert service["restart"] == "unless-stopped"
        assert service["healthcheck"]["test"][0] == "CMD"
        assert {"interval", "timeout", "retries"} <= service["healthcheck"].keys()
    for needed in service.get("depends_on", {}).values():
        assert needed["condition"] in ("service_healthy", "service_completed_successfully")


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_may_do_no_more_than_it_needs(name):
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "pid", "network_mode", "devices"} & service.keys()
    assert not any("docker.sock" in volume for volume in service.get("volumes", []))
    if "build" in service:
        assert service["read_only"] is True
        assert service["build"]["target"] in STAGES
    else:
        assert service["user"] not in ("", "root", "0")
        assert re.fullmatch(r"\w+:\d[\w.-]*", service["image"])


def test_only_nginx_can_be_reached_and_only_from_this_machine_unless_told_otherwise():
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert interpolate(published, {}) == {"nginx": ["127.0.0.1:8000:8080"]}
    assert COMPOSE["networks"]["back"] == {"internal": True}
    fronted = {name for name, service in SERVICES.items() if "front" in service["networks"]}
    assert fronted == {"nginx", "web"}


def test_nothing_shows_errors_or_uses_the_development_server():
    assert SERVICES["web"]["environment"]["DEBUG"] == "false"
    for name in ("compose.yaml", "Dockerfile"):
        assert "runserver" not in (PROJECT / name).read_text()


# -- .env.example -----------------------------------------------------------------------------------------------
def test_every_variable_is_documented_and_read():
    source = "".join(path.read_text() for path in PROJECT.rglob("*.py"))
    in_settings = set(re.findall(r"""\benv\.?\w*\(\s*["']([A-Z][A-Z0-9_]*)["']""", source))
    assert {"SECRET_KEY", "DATABASE_URL", "HTTPS", "STATIC_ROOT"} <= in_settings
    in_compose = set(re.findall(r"\$\{(\w+)", (PROJECT / "compose.yaml").read_text()))
    # uvicorn reads this one itself.
    assert documented().keys() == in_settings | in_compose | {"WEB_CONCURRENCY"}


def test_no_secret_is_shipped():
    for name, value in documented().items():
        assert not (re.search(r"(KEY|PASSWORD|SECRET|TOKEN)$", name) and value), name


# -- Dockerfile -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("stage", STAGES)
def test_an_image_is_pinned_and_runs_as_nobody_special(stage):
    (base,) = (rest.split()[0] for word, rest in instructions(stage) if word == "FROM")
    assert re.fullmatch(r"python:3\.13-slim|nginx:\d+\.\d+-alpine", base)
    words = [word for word, _ in instructions(stage)]
    assert not {"ADD", "ARG"} & set(words)
    user = [rest for word, rest in instructions(stage) if word == "USER"][-1]
    assert int(user.split(":")[0]) > 0
    # Files come before, as root's: the server cannot change its own code.
    assert "COPY" not in words[words.index("USER") :]


def test_the_build_takes_no_secrets_and_touches_no_database():
    for stage in ("build", *STAGES):
        for word, rest in instructions(stage):
            assert "migrate" not in rest
            if word == "ENV":
                assert not re.search(r"KEY|SECRET|PASSWORD|TOKEN", rest)


@pytest.mark.parametrize("stage", STAGES)
def test_an_image_alone_does_as_its_service_does(stage):
    (health,) = (rest for word, rest in instructions(stage) if word == "HEALTHCHECK")
    options, _, test = health.partition(" CMD ")
    check = SERVICES[stage]["healthcheck"]
    assert ["CMD", *json.loads(test)] == check["test"]
    assert dict(re.findall(r"--([a-z-]+)=(\w+)", options)) == {
        name.replace("_", "-"): str(value) for name, value in check.items() if name != "test"
    }
    if stage == "web":
        (command,) = (rest for word, rest in instructions(stage) if word == "CMD")
        assert json.loads(command) == SERVICES["web"]["command"]


def test_the_server_has_the_flags_that_are_recommended():
    page = (ROOT / "docs" / "operations.md").read_text()
    (recommended,) = re.findall(r"^uvicorn ((?:.*\\\n)+.*)$", page, re.MULTILINE)
    command = " ".join(SERVICES["web"]["command"])
    for flag in re.findall(r"--[a-z-]+(?: [a-z0-9-]+)?(?= |$)", recommended.replace("\\\n", "")):
        assert flag.startswith("--workers") or flag in command, flag


def test_the_images_packages_are_extras_of_ours():
    (line,) = (rest for word, rest in instructions("build") if word == "RUN" and "pip install" in rest)
    extras = re.search(r"/src\[([\w,]+)\]", line)[1].split(",")
    assert (
        set(extras) <= tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"].keys()
    )
    assert {"redis", "postgres", "mysql"} <= set(extras)


def is_sent(path: str) -> bool:
    """Whether Docker sends this file to the build: the last pattern that fits it or a folder of it decides."""
    sent = True
    for line in (PROJECT / "Dockerfile.dockerignore").read_text().splitlines():
        pattern = line.removeprefix("!")
        places = [path, *map(str, Path(path).parents)]
        anywhere = pattern.removeprefix("**/")
        if any(fnmatch(place, pattern) or (anywhere != pattern and fnmatch(place, anywhere)) for place in places):
            sent = line.startswith("!")
    return sent


def test_the_build_gets_what_it_copies_and_nothing_private():
    for stage in ("build", *STAGES):
        for word, rest in instructions(stage):
            if word == "COPY" and "--from" not in rest:
                for source in rest.split()[:-1]:
                    assert (ROOT / source).exists()
                    assert is_sent(source), source
    assert is_sent("example_project/accounts/models.py")
    private = ("example_project/.env", "example_project/data/secret_key", "db.sqlite3", "df_chat/x/y.sqlite3-wal")
    for path in (*private, ".git/config", "df_chat/__pycache__/a.pyc", "tests/conftest.py"):
        assert not is_sent(path), path


# -- Makefile ---------------------------------------------------------------------------------------------------
@pytest.fixture
def make(tmp_path):
    def run(*arguments: str) -> str:
        names = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
        names |= {"DATA_DIR": str(tmp_path / "data"), "PYTHON": sys.executable}
        command = ["make", "--no-print-directory", "-C", str(PROJECT), *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=names, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.mark.parametrize("target", [*TARGETS, *EARLIER_TARGETS])
def test_a_target_is_there_and_says_what_it_does(make, target):
    assert make("--dry-run", target)
    assert re.search(rf"^(\w+ )*{target}( \w+)*  +\S", make(), re.MULTILINE)


def test_targets_of_containers_name_services_that_exist(make):
    assert make("--dry-run", "logs").split()[-2:] == ["web", "nginx"]
    assert make("--dry-run", "api_bash").split()[-2:] == ["web", "bash"]
    for target in ("up", "build", "down", "logs"):
        assert f"docker compose --project-directory {PROJECT}/ {target}" in make("--dry-run", target)


def test_targets_of_this_machine_run(make):
    assert "messages written" in make("demo", "ARGS=--no-serve")
    assert "No migrations to apply" in make("migrate")
    assert "4 people" in make("shell", "ARGS=--verbosity 0 -c 'print(4, \"people\")'")
    assert "1 passed" in make("test", "ARGS=-k test_no_secret_is_shipped")


# -- docs/deployment.md -----------------------------------------------------------------------------------------
PAGE = (ROOT / "docs" / "deployment.md").read_text()
SHELL = re.findall(r"^```shell\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_the_page_writes_all_that_compose_needs(tmp_path):
    shutil.copy(PROJECT / ".env.example", tmp_path)
    enter, *lines, up = SHELL[0].splitlines()
    assert (ROOT / enter.removeprefix("cd ")) == PROJECT
    subprocess.run(["sh", "-ec", "\n".join(lines)], cwd=tmp_path, check=True)
    written = dict(re.findall(r"^(\w+)=(.*)$", (tmp_path / ".env").read_text(), re.MULTILINE))
    database = interpolate(SERVICES, written)["web"]["environment"]["DATABASE_URL"]
    assert re.fullmatch(r"postgres://chat:[0-9a-f]{32}@database/chat", database)
    assert re.fullmatch(r"[0-9a-f]{64}", written["SECRET_KEY"])
    assert up in make_lines("up")


def test_the_pages_commands_are_those_of_compose():
    by_hand = "\n".join(SHELL).replace("\\\n", "").replace("../.venv/bin/", "").splitlines()
    web = " ".join(SERVICES["web"]["command"])
    web = web.replace("0.0.0.0", "127.0.0.1").replace("--forwarded-allow-ips *", "--forwarded-allow-ips 127.0.0.1")
    assert web in [" ".join(line.split()) for line in by_hand]
    assert " ".join(SERVICES["migrate"]["command"]) in by_hand
    (installed,) = (rest for word, rest in instructions("build") if word == "RUN" and "pip install" in rest)
    assert installed.partition("pip install ")[2].replace("/src[", ".[") in "\n".join(by_hand)
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == SERVICES.keys() - {"mysql"}


def make_lines(target: str) -> str:
    command = ["make", "--no-print-directory", "--dry-run", "-C", str(PROJECT), target]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.replace(f" --project-directory {PROJECT}/", "")
