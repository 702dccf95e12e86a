"""The example on servers that a test may kill."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.chaos.services import ROOT, Server

EXAMPLE = ROOT / "example_project"


class Example(Server):
    """The example project on uvicorn, with data of its own."""

    name = "example"

    def __init__(self, folder: Path, *, workers: int = 1, **environment: str) -> None:
        super().__init__(folder)
        self.address = f"http://localhost:{self.port}"
        self._workers = workers
        inherited = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
        # All windows are one address: nobody is held up.
        names = {"DATA_DIR": str(folder), "LOGIN_RATE": "", "REGISTER_RATE": "", "PYTHONPATH": str(ROOT), **environment}
        self._environment = {**inherited, **names}

    def prepare(self) -> None:
        """Make the tables, and the demo's people and rooms."""
        self.manage("demo", "--no-serve")

    def manage(self, *arguments: str) -> str:
        """Run a management command; what it says."""
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **self.options()).stdout

    def command(self) -> list[str]:
        command = [sys.executable, "-m", "uvicorn", "asgi:application", "--port", str(self.port), "--lifespan", "off"]
        return [*command, "--log-level", "warning", "--workers", str(self._workers)]

    def options(self) -> dict[str, Any]:
        return {"cwd": EXAMPLE, "env": self._environment}

    def answers(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.address}/accounts/login/", timeout=5).close()
        except (urllib.error.URLError, OSError):
            return False
        return True
