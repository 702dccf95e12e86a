"""The directive ``chat-settings``: every key of ``DEFAULTS`` with the comment above it, straight from the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList

SOURCE = Path(__file__).resolve().parents[2] / "df_chat" / "settings.py"


def entries(source: str) -> Iterator[tuple[list[str], str, list[str]]]:
    """Neighbouring keys, the heading they are under, and the comment that stands above them."""
    lines = source.splitlines()
    heading, comment, keys = "", [], []
    for first, last, key in _keys(source):
        above = [line.strip() for line in _comment_above(lines, first)]
        if above and keys:
            yield keys, heading, comment
            keys = []
        for line in above:
            if line.startswith("# -- "):
                heading, comment = line.strip("#- "), []
        comment = [line.removeprefix("# ") for line in above if not line.startswith("# -- ")] or comment
        value = "\n".join(lines[first:last]).strip().removeprefix(f'"{key}": ').removesuffix(",")
        keys.append(f'"{key}": {value}')
    yield keys, heading, comment


def _keys(source: str) -> Iterator[tuple[int, int, str]]:
    """Each key of ``DEFAULTS`` with the lines it begins and ends at."""
    for node in ast.parse(source).body:
        if (
            isinstance(node, ast.AnnAssign)
            and ast.unparse(node.target) == "DEFAULTS"
            and isinstance(node.value, ast.Dict)
        ):
            for key, value in zip(node.value.keys, node.value.values, strict=True):
                if isinstance(key, ast.Constant):
                    yield key.lineno - 1, value.end_lineno or key.lineno, key.value


def _comment_above(lines: list[str], index: int) -> list[str]:
    first = index
    while lines[first - 1].lstrip().startswith("#"):
        first -= 1
    return lines[first:index]


class ChatSettings(Directive):
    has_content = False

    def run(self) -> list[nodes.Node]:
        self.state.document.settings.env.note_dependency(str(SOURCE))
        text, seen = [], ""
        for keys, heading, comment in entries(SOURCE.read_text()):
            if heading != seen:
                text += [f"## {heading[0].upper()}{heading[1:]}", ""]
                seen = heading
            text += ["```python", *keys, "```", "", " ".join(comment).replace("``", "`"), ""]
        section = nodes.Element()
        self.state.nested_parse(StringList(text, source=str(SOURCE)), 0, section, match_titles=True)
        return section.children


def setup(app: Any) -> dict[str, bool]:
    app.add_directive("chat-settings", ChatSettings)
    return {"parallel_read_safe": True}
