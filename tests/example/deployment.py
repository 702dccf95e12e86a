"""The files that deploy the example, read as Docker would read them, and carried out on this machine."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from tests.example.host import PROJECT, Host, new_database
from tests.live import free_port, wait_for
from tests.settings import REDIS_URL, TEST_DB

COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
STOP_SECONDS = 20
# What has to be written into .env.
NAMES = {"SECRET_KEY": "x" * 50, "DATABASE_PASSWORD": "y" * 20, "COMPOSE_PROFILES": "postgres"}
PASSWORD = "correct-horse-battery"
MAKE_PEOPLE = f"""
from django.contrib.auth import get_user_model
for name in ("ada", "ben"):
    get_user_model().objects.create_user(name, f"{{name}}@example.com", "{PASSWORD}")
"""


class MissingVariable(Exception):
    """What ``${NAME:?message}`` says where there is no NAME."""


def interpolate(value: Any, names: dict[str, str]) -> Any:
    """The value with each ``${NAME}``, ``${NAME:-default}`` and ``${NAME:?message}`` in it replaced."""
    if isinstance(value, dict):
        return {key: interpolate(inner, names) for key, inner in value.items()}
    if isinstance(value, list):
        return [interpolate(inner, names) for inner in value]
    if not isinstance(value, str):
        return value

    def replace(match: re.Match[str]) -> str:
        name, kind, rest = match.groups()
        if kind == ":?" and not names.get(name):
            raise MissingVariable(rest)
        return names.get(name) or (rest if kind == ":-" else "")

    return re.sub(r"\$\{(\w+)(?:(:[-?])([^}]*))?\}", replace, value)


def documented(*, shown_only: bool = False) -> dict[str, str]:
    """The lines of .env.example; those that are commented out too, unless ``shown_only``."""
    pattern = r"^([A-Z][A-Z0-9_]*)=(.*)$" if shown_only else r"^#?([A-Z][A-Z0-9_]*)=(.*)$"
    return dict(re.findall(pattern, (PROJECT / ".env.example").read_text(), re.MULTILINE))


def instructions(stage: str) -> list[tuple[str, str]]:
    """The Dockerfile's instructions of one stage, as ``("RUN", "apt-get update ...")``."""
    text = re.sub(r"^\s*#.*\n", "", (PROJECT / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    lines = [line.split(None, 1) for line in text.splitlines() if line.strip()]
    stages: dict[str, list[tuple[str, str]]] = {}
    for word, rest in lines:
        if word == "FROM":
            here = stages.setdefault(rest.rpartition(" AS ")[2], [])
        here.append((word, " ".join(rest.split())))
    return stages[stage]


@contextlib.contextmanager
def serving_compose(folder: Path, **names: str) -> Iterator[tuple[Host, subprocess.Popen[bytes]]]:
    """Do what the image's build and the services ``migrate`` and ``web`` do, with this machine's database and Redis.

    Args:
        folder: stands for the containers' files.
        names: lines of ``.env`` beside those of ``.env.example``.
    """
    port, log = free_port(), folder / "web.log"
    with new_database(folder) as url:
        environment = _environment(folder, url, names)
        _carry_out(_collectstatic(folder), environment)
        _carry_out(SERVICES["migrate"]["command"], environment)
        with log.open("wb") as output:
            command = located(SERVICES["web"]["command"], {"0.0.0.0": "127.0.0.1", "8000": str(port)})
            web = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=output, stderr=subprocess.STDOUT)
            try:
                wait_for(f"http://127.0.0.1:{port}/healthz", web)
                yield Host(f"http://127.0.0.1:{port}", environment, log), web
            finally:
                web.terminate()
                web.wait(STOP_SECONDS)


def located(command: list[str], places: dict[str, str]) -> list[str]:
    """The command with this machine's addresses, and the programs of this environment."""
    programs = {"python": sys.executable, "uvicorn": str(Path(sys.executable).with_name("uvicorn"))}
    return [{**programs, **places}.get(word, word) for word in command]


def _environment(folder: Path, url: str, names: dict[str, str]) -> dict[str, str]:
    env_file = documented(shown_only=True) | names
    given = interpolate(SERVICES["web"]["environment"], env_file)
    # The same kind of database, elsewhere.
    assert urlsplit(given["DATABASE_URL"]).scheme == urlsplit(url).scheme == TEST_DB
    base = {key: value for key, value in os.environ.items() if key not in ("DJANGO_SETTINGS_MODULE", *documented())}
    here = {"DATABASE_URL": url, "REDIS_URL": REDIS_URL or "", "PYTHONPATH": str(PROJECT.parent)}
    here |= {"DATA_DIR": str(folder / "data"), "STATIC_ROOT": str(folder / "static")}
    # Other projects of the tests count attempts in the same Redis.
    return base | env_file | given | here | {"CACHE_KEY_PREFIX": str(folder)}


def _collectstatic(folder: Path) -> list[str]:
    """The build's own command, with its folders in ours."""
    (line,) = (rest for word, rest in instructions("build") if word == "RUN" and "collectstatic" in rest)
    # That below /tmp first: ours may be there too.
    places = {"/tmp/data": folder / "build", "/srv/static": folder / "static", "/srv/example": PROJECT}
    return ["env", *shlex.split(replaced(line, places))]


def _carry_out(command: list[str], environment: dict[str, str]) -> None:
    command = located(command, {})
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@contextlib.contextmanager
def serving_nginx(folder: Path, web: str, static: Path, media: Path) -> Iterator[tuple[str, Path]]:
    """Start nginx with the shipped configuration in front of a server; its address, and its log.

    Args:
        folder: stands for the container's files.
        web: the server's address, as ``127.0.0.1:1234``.
        static: what collectstatic gathered.
        media: what people uploaded.
    """
    port = free_port()
    places = {"web:8000": web, "listen 8080": f"listen 127.0.0.1:{port}", "/srv/static": static, "/srv/media": media}
    text = shipped_nginx(folder, places)
    with running_nginx(folder, text) as log:
        yield f"http://127.0.0.1:{port}", log


@contextlib.contextmanager
def serving_https(folder: Path, behind: str) -> Iterator[tuple[str, Path]]:
    """Start nginx as docs/deployment.md has it in front of another; its address, and its certificate.

    Args:
        behind: the other's address, as ``127.0.0.1:1234``.
    """
    port, certificate, key = free_port(), folder / "https.pem", folder / "https.key"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=chat -addext subjectAltName=IP:127.0.0.1"
    subprocess.run([*command.split(), "-keyout", key, "-out", certificate], capture_output=True, check=True)
    page = (PROJECT.parent / "docs" / "deployment.md").read_text()
    (server,) = re.findall(r"^```nginx\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    name = "/etc/ssl/chat.example.com"
    places = {"443": f"127.0.0.1:{port}", f"{name}.pem": certificate, f"{name}.key": key, "127.0.0.1:8000": behind}
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    folders = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    text = f"pid {folder}/https.pid; events {{}} http {{ access_log off; {folders} {replaced(server, places)} }}"
    with running_nginx(folder, text):
        yield f"https://127.0.0.1:{port}", certificate


@contextlib.contextmanager
def running_nginx(folder: Path, text: str) -> Iterator[Path]:
    """Run nginx on a configuration; its log."""
    log = folder / "nginx.log"
    with log.open("wb") as output:
        nginx = subprocess.Popen(nginx_command(folder, text), stdout=output, stderr=subprocess.STDOUT)
        try:
            (address,) = re.findall(r"listen (127\.0\.0\.1:\d+)", text)
            wait_for(f"http://{address}/", nginx)
            yield log
        finally:
            nginx.terminate()
            nginx.wait(STOP_SECONDS)


def shipped_nginx(folder: Path, places: dict[str, Any]) -> str:
    """The shipped configuration, with this machine's places in it."""
    return replaced((PROJECT / "nginx.conf").read_text(), {"/tmp/": f"{folder}/", **places})


def nginx_command(folder: Path, text: str, *options: str) -> list[str]:
    """The command that starts nginx on a configuration."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "install nginx: apt-get install nginx-light"
    (folder / "nginx.conf").write_text(text)
    # Whoever runs the tests also owns their files; in the container nobody is root to begin with.
    user = "user root;" if os.geteuid() == 0 else ""
    return [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", f"daemon off; {user}", *options]


def replaced(text: str, places: dict[str, Any]) -> str:
    """The text with each of the places replaced. Raises AssertionError where one is not in it."""
    for there, here in places.items():
        assert there in text, there
        text = text.replace(there, str(here))
    return text
