"""The ratios as a picture: SVG written by hand, in the reader's light or dark."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from benchmarks.harness.contenders import BARE, CONTENDERS
from benchmarks.harness.figures import Row, number, ratio, select

WIDTH, LABELS, RIGHT, TOP, ROW, FOOT = 760, 290, 66, 84, 30, 64

# On a card of its own, so that it reads on any page; its colours follow the reader's system.
STYLE = """
  .card { fill: #ffffff; stroke: #d8dee4 }
  .grid { stroke: #e4e8ec } .one { stroke: #8a94a0; stroke-dasharray: 3 3 }
  text { font: 13px system-ui, sans-serif; fill: #1f2933 }
  .value { paint-order: stroke; stroke: #ffffff; stroke-width: 5px; stroke-linejoin: round }
  .title { font-size: 15px; font-weight: 600 } .note { fill: #56616e; font-size: 12px }
  .chat { fill: #1d5fd0; stroke: #1d5fd0 } .other { fill: #8a94a0; stroke: #8a94a0 }
  text.chat { stroke: none; font-weight: 600 } text.other { fill: #1f2933; stroke: none }
  line.chat, line.other { stroke-width: 2 } .open { fill: #ffffff; stroke-width: 2 }
  @media (prefers-color-scheme: dark) {
    .card { fill: #171b21; stroke: #313a45 }
    .grid { stroke: #2a323c } .one { stroke: #8b96a3 }
    text, text.other { fill: #e3e8ee } .note { fill: #a3aebb }
    .chat { fill: #6ea8ff; stroke: #6ea8ff } .other { fill: #8b96a3; stroke: #8b96a3 }
    .open { fill: #171b21 } .value { stroke: #171b21 }
  }
"""


@dataclass(frozen=True)
class Line:
    """One server: multiples of the bare loop, with one event on its way and with many; None where not measured."""

    name: str
    isolated: float | None
    load: float | None

    @property
    def values(self) -> list[float]:
        return [value for value in (self.isolated, self.load) if value]

    @property
    def kind(self) -> str:
        return "chat" if CONTENDERS[self.name].is_chat else "other"


def draw(rows: Sequence[Row]) -> str:
    """Each server's CPU per delivery as a multiple of the bare loop's, for the largest room measured."""
    members = max(row["members"] for row in rows)
    lines = sorted(_lines(rows, members), key=lambda line: line.values[0])
    reached = [1.0, *(value for line in lines for value in line.values)]
    low, high = math.floor(math.log10(min(reached)) - 0.05), math.ceil(math.log10(max(reached)) + 0.05)
    height = TOP + ROW * len(lines) + FOOT

    def at(value: float) -> float:
        return LABELS + (WIDTH - LABELS - RIGHT) * (math.log10(value) - low) / (high - low)

    parts = [*_frame(height, members), *_axis(low, high, at, height)]
    for position, line in enumerate(lines):
        parts += _row(line, TOP + ROW * position + ROW / 2, at)
    return _wrap(parts, height)


def _lines(rows: Sequence[Row], members: int) -> Iterator[Line]:
    for name in dict.fromkeys(row["contender"] for row in rows):
        values = []
        for mode in ("isolated", "load"):
            here = {"members": members, "mode": mode}
            found = ratio(select(rows, contender=name, **here), select(rows, contender=BARE.name, **here))
            values.append(found.median if found else None)
        if any(values):
            yield Line(name, *values)


def _frame(height: float, members: int) -> list[str]:
    return [
        f'<rect class="card" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="8"/>',
        '<text class="title" x="20" y="30">Server CPU to deliver one event to one member</text>',
        f'<text class="note" x="20" y="50">as a multiple of the least an ASGI server can do; {members} members; '
        "logarithmic; less is better</text>",
        f'<circle class="other" cx="26" cy="{height - 22}" r="5"/>',
        f'<text class="note" x="38" y="{height - 18}">one event at a time</text>',
        f'<circle class="other open" cx="176" cy="{height - 22}" r="5"/>',
        f'<text class="note" x="188" y="{height - 18}">16 events on their way</text>',
    ]


def _axis(low: int, high: int, at: Any, height: float) -> Iterator[str]:
    bottom = height - FOOT + 6
    for power in range(low, high + 1):
        x, kind = at(10**power), "one" if power == 0 else "grid"
        yield f'<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 8}" y2="{bottom}"/>'
        yield f'<text class="note" text-anchor="middle" x="{x:.1f}" y="{TOP - 14}">{10**power:g}×</text>'


def _row(line: Line, y: float, at: Any) -> Iterator[str]:
    label = escape(CONTENDERS[line.name].label)
    yield f'<text class="{line.kind}" x="20" y="{y + 4:.1f}">{label}</text>'
    least, greatest = min(line.values), max(line.values)
    yield f'<line class="{line.kind}" x1="{at(least):.1f}" x2="{at(greatest):.1f}" y1="{y}" y2="{y}"/>'
    yield _value(greatest, at(greatest) + 10, y, "start")
    # Nearer than this, the two would say the same.
    if greatest / least > 1.5:
        yield _value(least, at(least) - 10, y, "end")
    for value, form in ((line.load, " open"), (line.isolated, "")):
        if value:
            yield f'<circle class="{line.kind}{form}" cx="{at(value):.1f}" cy="{y}" r="5"/>'


def _value(value: float, x: float, y: float, anchor: str) -> str:
    return f'<text class="note value" text-anchor="{anchor}" x="{x:.1f}" y="{y + 4:.1f}">{number(value)}×</text>'


def _wrap(parts: Sequence[str], height: float) -> str:
    title = "Server CPU per delivery of each server, as a multiple of a bare ASGI loop's"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" role="img">'
    return "\n".join([head, f"<title>{title}</title>", f"<style>{STYLE}</style>", *parts, "</svg>", ""])
