"""From rounds to figures: medians, and ratios within a round."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
MAX_LOST_SHARE = 0.05


@dataclass(frozen=True)
class Ratio:
    """The median over rounds of a figure divided by another of the same round, with the least and the greatest."""

    median: float
    least: float
    greatest: float

    def __str__(self) -> str:
        return f"{number(self.median)} ({number(self.least)} to {number(self.greatest)})"


@dataclass(frozen=True)
class Target:
    """What a ratio should be: at most ``limit``, or at least, where more is better."""

    name: str
    value: float
    limit: float
    at_least: bool = False

    @property
    def is_met(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def __str__(self) -> str:
        sign = ">=" if self.at_least else "<="
        return f"{self.name}: {number(self.value)} (wanted {sign} {number(self.limit)}): " + (
            "met" if self.is_met else "NOT met"
        )


def select(rows: Iterable[Row], **wanted: Any) -> list[Row]:
    """The rows with these values."""
    return [row for row in rows if all(row.get(key) == value for key, value in wanted.items())]


def whole(rows: Iterable[Row]) -> list[Row]:
    """The rows of turns in which nearly everything arrived: the cost of what did not is divided by too little."""
    return [row for row in rows if row.get("lost", 0) <= MAX_LOST_SHARE * row.get("deliveries", 1)]


def median(rows: Sequence[Row], key: str) -> float:
    return statistics.median(row[key] for row in rows)


def ratio(rows: Sequence[Row], others: Sequence[Row], key: str = "cpu_us") -> Ratio | None:
    """``rows`` to ``others``, paired by round; None where no round has both whole."""
    by_round = {row["round"]: row[key] for row in whole(others)}
    found = [row[key] / by_round[row["round"]] for row in whole(rows) if by_round.get(row["round"])]
    return Ratio(statistics.median(found), min(found), max(found)) if found else None


def number(value: float) -> str:
    """Three digits that mean something."""
    if value == 0:
        return "0"
    if abs(value) < 1:
        return f"{value:.2g}" if abs(value) < 0.1 else f"{value:.2f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.0f}"


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table in Markdown, its columns aligned."""
    cells = [list(head), *map(list, lines)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    pad: Callable[[list[str]], str] = lambda line: (  # noqa: E731
        "| " + " | ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) + " |"
    )
    return "\n".join([pad(cells[0]), "|" + "|".join("-" * (width + 2) for width in widths) + "|", *map(pad, cells[1:])])


class Progress:
    """Says what has been done, and how much there is."""

    def __init__(self, total: int) -> None:
        self.done, self.total = 0, total

    def step(self, text: str) -> None:
        self.done += 1
        print(f"[{self.done}/{self.total}] {text}", flush=True)
