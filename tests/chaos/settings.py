"""Settings of the workers and of the run itself: the tests' project, on the servers that the run names.

Beside the variables of ``tests.settings``: CHAOS_LOG, the file of log records; CHAOS_SQLITE, the file of the database;
CHAOS_POOL_MIN, the number of connections that a worker keeps.
"""

from __future__ import annotations

import os

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES, TEST_DB

ALLOWED_HOSTS = ["*"]
if TEST_DB == "postgres":
    # As docs/operations.md recommends: a pool, whose connections are checked before use.
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    least = int(os.environ.get("CHAOS_POOL_MIN", "1"))
    pool = {"min_size": least, "max_size": 12, "timeout": 5, "reconnect_timeout": 30}
    DATABASES["default"]["OPTIONS"] = {"pool": pool}
if database := os.environ.get("CHAOS_SQLITE"):
    DATABASES["default"]["NAME"] = database
if log := os.environ.get("CHAOS_LOG"):
    LOGGING = {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "tests.chaos.logs.JSONFormatter"}},
        "handlers": {"records": {"class": "logging.FileHandler", "filename": log, "formatter": "json"}},
        "root": {"handlers": ["records"], "level": "INFO"},
        "loggers": {
            "django": {"handlers": ["records"], "level": "INFO", "propagate": False},
            "uvicorn.access": {"level": "WARNING"},
            "uvicorn": {"handlers": ["records"], "level": "INFO", "propagate": False},
        },
    }
