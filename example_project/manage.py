#!/usr/bin/env python
"""The example host's command line; it runs from any folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> None:
    # The checkout first, so that the example runs against it without installing.
    sys.path[:0] = [str(HERE), str(HERE.parent)]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
    if "demo" in sys.argv[1:2]:
        os.environ.setdefault("DEBUG", "true")
        os.environ.setdefault("DEMO_SIGN_IN", "true")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
