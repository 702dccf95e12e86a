"""What is shipped: the distributions, and a host made from the wheel by following the quickstart."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import subprocess
import tarfile
import time
import venv
import zipfile
from collections.abc import Iterator
from email.message import Message
from email.parser import Parser
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

import df_chat
from tests.live import free_port

ROOT = Path(__file__).resolve().parents[2]
QUICKSTART = ROOT / "docs" / "quickstart.md"
PASSWORD = "correct-horse-battery"
START_SECONDS = 60
RECEIVE_SECONDS = 10


@pytest.fixture(scope="session")
def dist(request: pytest.FixtureRequest) -> Path:
    folder = request.config.getoption("--dist")
    assert folder, "build first, and name the folder: pytest -o addopts= tests/packaging --dist=dist"
    return Path(folder)


@pytest.fixture(scope="session")
def wheel(dist: Path) -> Path:
    (found,) = dist.glob("*.whl")
    return found.resolve()


@pytest.fixture(scope="session")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


def test_the_wheel_has_every_file_of_the_package_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name for name in archive.namelist() if not name.split("/")[0].endswith(".dist-info")}
    files = [path.relative_to(ROOT) for path in (ROOT / "df_chat").rglob("*") if path.is_file()]
    # Caches of tools lie in folders that begin with a dot.
    source = {file.as_posix() for file in files if file.suffix != ".pyc" and not re.search(r"(^|/)\.", file.as_posix())}
    assert shipped == source
    assert {
        "df_chat/py.typed",
        "df_chat/templates/df_chat/element.html",
        "df_chat/static/df_chat/df-chat.js",
    } <= shipped
    assert "df_chat/static/df_chat/vendor/lit.LICENSE" in shipped


def test_the_sdist_has_what_packagers_need_and_no_leftovers(dist):
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {"LICENSE", "CHANGELOG.md", "tox.ini", "setup.cfg", "docs/quickstart.md", "tests/conftest.py"}
    assert wanted | {"example_project/manage.py", "df_chat/static/df_chat/chat.css", ".ci/web/lit.js"} <= names
    leftovers = re.compile(r"__pycache__|\.sqlite3|(^|/)\.\w+_cache/|example_project/data|example_project/\.env$")
    assert [name for name in names if leftovers.search(name)] == []


def test_the_metadata_says_what_this_is(metadata):
    assert metadata["Name"] == "django-df-chat"
    assert metadata["Version"] == df_chat.__version__
    assert metadata["License-Expression"] == "MIT AND BSD-3-Clause"
    assert metadata.get_all("License-File") == ["LICENSE", "df_chat/static/df_chat/vendor/lit.LICENSE"]


def test_the_fixtures_of_pytest_come_with_it(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/entry_points.txt"))
        lines = archive.read(name).decode().split()
    assert lines == ["[pytest11]", "df_chat.testing.plugin", "=", "df_chat.testing.plugin"]


def test_the_core_requires_nothing_optional(metadata):
    lines = [line for line in metadata.get_all("Requires-Dist") or [] if "extra ==" not in line]
    assert {re.split(r"[^\w.-]", line)[0].lower() for line in lines} == {
        "channels",
        "django",
        "django-model-utils",
        "djangochannelsrestframework",
        "djangorestframework",
        "drf-nested-routers",
        "pillow",
    }


def test_two_people_chat_in_a_host_made_by_the_quickstart(wheel, tmp_path):
    reader = Reader(wheel, tmp_path)
    with reader.follow(QUICKSTART) as base, signed_in(base, "ada") as ada, signed_in(base, "ben") as ben:
        page = ada.get("/chat/").text
        assert ada.get(re.search(r'src="(/static/df_chat/df-chat[^"]*\.js)"', page)[1]).status_code == 200
        # The last block of the quickstart made this room, with its first message.
        (room,) = ben.get("/api/v1/chat/rooms/").json()["results"]
        assert (room["title"], room["last_message"]["body"]) == ("Lunch", "Who is hungry?")

        with open_socket(base, ada) as socket:
            assert f"room:{room['id']}" in receive(socket, "ready")["streams"]
            headers = {"X-CSRFToken": ben.cookies["csrftoken"]}
            sent = ben.post(f"/api/v1/chat/rooms/{room['id']}/messages/", json={"body": "Me!"}, headers=headers)
            assert sent.status_code == 201
            assert receive(socket, "changes")["messages"][0]["body"] == "Me!"


class Reader:
    """Somebody who does what a page says, block by block, in a folder and an environment of their own."""

    def __init__(self, wheel: Path, folder: Path) -> None:
        self.wheel = wheel
        self.folder = folder
        self.port = free_port()
        self.server: subprocess.Popen[bytes] | None = None
        # What steers Python and Django here must not steer the reader's.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "DJANGO_"))}
        self.environment = {**inherited, "DJANGO_SUPERUSER_PASSWORD": PASSWORD}

    @contextlib.contextmanager
    def follow(self, page: Path) -> Iterator[str]:
        """Do every code block in order; the address of the server that it started."""
        try:
            for language, code in re.findall(r"^```(\w+)\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL):
                self._do(language, code)
            assert self.server is not None, "the page starts no server"
            yield f"http://127.0.0.1:{self.port}"
        finally:
            if self.server is not None:
                self.server.terminate()
                self.server.wait(10)

    def _do(self, language: str, code: str) -> None:
        if language == "shell":
            for line in code.splitlines():
                self._type(shlex.split(line))
        elif file := re.match(r"# (mysite/\S+\.py)\n", code):
            path = self.folder / file[1]
            assert path.exists(), f"startproject makes no {file[1]}"
            # Settings are added to; the other files are given whole.
            path.write_text(path.read_text() + "\n" + code if path.name == "settings.py" else code)
        else:
            assert language == "python"
            self._run(["python", "manage.py", "shell", "--command", code])

    def _type(self, words: list[str]) -> None:
        if words == ["python3", "-m", "venv", ".venv"]:
            venv.create(self.folder / ".venv", with_pip=True)
        elif words == [".", ".venv/bin/activate"]:
            self.environment["PATH"] = f"{self.folder / '.venv' / 'bin'}{os.pathsep}{self.environment['PATH']}"
        elif words[0] == "cd":
            self.folder /= words[1]
        elif words[1:4] == ["-m", "pip", "install"]:
            self._run([str(self.wheel) if word.startswith("django-df-chat") else word for word in words])
        elif words[-1] == "runserver":
            self._serve([*words, "--noreload", f"127.0.0.1:{self.port}"])
        elif "createsuperuser" in words:
            self._run([*words, "--noinput"])
        elif words[-1] == "check":
            self._run([*words, "--fail-level", "WARNING"])
        else:
            self._run(words)

    def _run(self, words: list[str]) -> None:
        # env finds the program on the PATH that the page has set.
        done = subprocess.run(
            ["/usr/bin/env", *words], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout}{done.stderr}"

    def _serve(self, words: list[str]) -> None:
        self.server = subprocess.Popen(["/usr/bin/env", *words], cwd=self.folder, env=self.environment)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self.server.poll() is None, "the server ended"
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"http://127.0.0.1:{self.port}/accounts/login/")
                return
            time.sleep(0.1)
        raise AssertionError("the server did not start")


@contextlib.contextmanager
def signed_in(base: str, username: str) -> Iterator[httpx.Client]:
    """A browser's cookies after its user filled in the login form."""
    with httpx.Client(base_url=base, follow_redirects=True) as client:
        login = client.get("/chat/")
        assert login.url.path == "/accounts/login/"
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', login.text)[1]
        form = {"username": username, "password": PASSWORD, "next": "/chat/", "csrfmiddlewaretoken": token}
        assert client.post("/accounts/login/", data=form).url.path == "/chat/"
        yield client


def open_socket(base: str, client: httpx.Client) -> ClientConnection:
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    url = base.replace("http", "ws", 1) + "/api/v1/chat/ws/"
    subprotocols = ["df-chat", f"csrf.{client.cookies['csrftoken']}"]
    return connect(url, origin=base, additional_headers={"Cookie": cookies}, subprotocols=subprotocols)


def receive(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """The next frame of this type."""
    deadline = time.monotonic() + RECEIVE_SECONDS
    while True:
        frame: dict[str, Any] = json.loads(socket.recv(timeout=deadline - time.monotonic()))
        if frame["type"] == kind:
            return frame
