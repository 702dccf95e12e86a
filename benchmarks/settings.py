"""Settings of the benchmarks: those of the tests, with a table beside the chat's own to compare with."""

from __future__ import annotations

from tests.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks"]  # noqa: F405
