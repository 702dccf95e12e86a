"""Sphinx: `tox run -e docs`."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE / "_ext")]

from df_chat import __version__  # noqa: E402  (found through the path above)

project = "django-df-chat"
author = "django-df-chat contributors"
copyright = f"2026, {author}"  # noqa: A001  (Sphinx names it so)
version = release = __version__

extensions = ["myst_parser", "chat_settings"]
exclude_patterns = ["_build", "_ext"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"django-df-chat {version}"
html_show_sourcelink = False
