"""The commands of the page on signing in do what it says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.example.host import serving_example

pytestmark = pytest.mark.host

PAGE = Path(__file__).resolve().parents[2] / "docs" / "ways_in.md"


def test_the_commands_run_as_they_stand(tmp_path, django_db_blocker):
    blocks = re.findall(r"^```shell\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    with django_db_blocker.unblock(), serving_example(tmp_path, DEMO_SIGN_IN="true") as host:
        host.manage("demo", "--no-serve")
        script = "set -euo pipefail\n" + "\necho\n".join(blocks).replace("http://localhost:8000", host.base)
        ran = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        answers = [answer for line in ran.stdout.splitlines() if line for answer in read_all(line)]
        registered, me, public, rooms, again, made, alice, people, renamed = answers
        assert registered == me
        assert (registered["username"], registered["first_name"]) == ("grace", "Grace")
        assert "General" in [room["title"] for room in public["results"]]
        assert rooms == again
        assert made["title"] == "Compilers"
        assert (alice["username"], alice["uuid"]) == ("alice", "7e23353f-c0b3-43a1-880b-94f84969ad33")
        assert len(people["results"]) == 2
        assert renamed == {**registered, "last_name": "Hopper"}
        with host.http(auth=("grace", "flow-matic-55")) as client:
            assert client.get("/api/v1/users/me/").json() == renamed


def test_the_sockets_open_as_they_stand(tmp_path, django_db_blocker):
    (block,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    with django_db_blocker.unblock(), serving_example(tmp_path) as host:
        host.manage("demo", "--no-serve")
        script = block.replace("http://localhost:8000", host.base)
        ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert ran.stdout.split() == ["ready", "ready", "authenticate", "200", "ready", "ready"]


def read_all(text):
    """JSON texts that follow one another without anything between them."""
    while text:
        value, end = json.JSONDecoder().raw_decode(text)
        yield value
        text = text[end:]
