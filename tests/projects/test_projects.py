"""Hosts of other shapes, each in a process of its own: Django is set up once per process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize("project", ["custom", "bare"])
def test_a_project_of_another_shape(project):
    names = {"PGDATABASE": f"df_chat_{project}", "MYSQL_DATABASE": f"df_chat_{project}"}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--ds",
        f"tests.projects.{project}.settings",
    ]
    command += [f"tests/projects/{project}/checks_{project}.py"]
    result = subprocess.run(command, cwd=ROOT, env={**os.environ, **names}, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert " passed" in result.stdout
