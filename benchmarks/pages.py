"""How fast the chat's page is, in Chromium, beside the barest page of the project that shows the same messages.

    python -m benchmarks.pages

Both pages are opened by turns, each time with an empty cache, from one server. Then messages pour into an open room,
and the browser tells of every task that held it up.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import shutil
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.harness import machine
from benchmarks.harness.figures import Progress, Row, Target, median, number, ratio, select, table
from benchmarks.harness.serving import ROOT
from tests.e2e.people import Api
from tests.e2e.servers import Example

STATIC = ROOT / "df_chat" / "static" / "df_chat"
HISTORY = 200
PAGES = {"bare": "a bare page and one request", "chat": "the chat"}
# Says when the first message stands there, wherever it is, and keeps what the browser tells of itself.
PROBE = """
globalThis.told = { tasks: [], shift: 0, first: null };
const within = (root, found = root.querySelector?.(".message")) => found ??
  [...root.querySelectorAll("*")].filter((one) => one.shadowRoot).map((one) => within(one.shadowRoot)).find(Boolean);
const look = () => {
  if (within(document)) told.first = performance.now();
  else requestAnimationFrame(look);
};
requestAnimationFrame(look);
new PerformanceObserver((list) => {
  for (const { duration, startTime } of list.getEntries()) told.tasks.push([startTime, duration]);
}).observe({ type: "longtask", buffered: true });
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) told.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
RESOURCES = """() => ["navigation", "resource"].flatMap((type) => performance.getEntriesByType(type)).map((entry) => ({
  name: new URL(entry.name).pathname, bytes: entry.transferSize, blocks: entry.renderBlockingStatus,
}))"""


def main() -> None:
    arguments = _parse()
    with contextlib.ExitStack() as stack:
        site = stack.enter_context(_serving())
        browser = stack.enter_context(_chromium())
        results = run(site, browser, rounds=arguments.rounds, messages=arguments.messages, seconds=arguments.seconds)
    print(report(results))
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(results, indent=1) + "\n")
    if arguments.check:
        check(results)


def run(site: str, browser: Browser, *, rounds: int, messages: int, seconds: float) -> dict[str, Any]:
    """Both pages in every round, then the flood."""
    alice, bob = Api(site, "alice"), Api(site, "bob")
    room = alice.make_room("Measured", bob)
    for turn in range(HISTORY):
        (alice, bob)[turn // 3 % 2].say(room, f"Message {turn}" + " and more words" * (turn % 9))
    addresses = {"bare": f"{site}/bare/{room}/", "chat": f"{site}/chat/{room}/"}
    progress, rows = Progress(rounds * len(addresses) + 1), []
    for turn in range(1, rounds + 1):
        for name, address in addresses.items():
            rows.append({"round": turn, "page": name, **_open(browser, alice, address)})
            progress.step(f"round {turn}, {PAGES[name]}: {number(rows[-1]['first_ms'])} ms")
    flood = _flood(browser, alice, room, messages, seconds)
    progress.step(f"{messages} messages in {seconds} s")
    return {"machine": machine.describe(), "rows": rows, "flood": flood, "bundle_bytes": bundle_bytes()}


def bundle_bytes() -> int:
    """The size of the one script and the one sheet, as servers that compress send them."""
    return sum(len(gzip.compress((STATIC / name).read_bytes(), 9)) for name in ("df-chat.js", "df-chat.css"))


@contextlib.contextmanager
def _serving() -> Iterator[str]:
    class Beside(Example):
        def command(self) -> list[str]:
            return [
                part.replace("asgi:application", "benchmarks.servers.pages:application") for part in super().command()
            ]

    with tempfile.TemporaryDirectory(prefix="df_chat_benchmarks_") as folder:
        server = Beside(Path(folder))
        server.prepare()
        try:
            server.start()
            yield server.address
        finally:
            server.stop()


@contextlib.contextmanager
def _chromium() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("Pages are measured in Chromium: apt-get install chromium.")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])


@contextlib.contextmanager
def _page(browser: Browser, alice: Api) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script(PROBE)
    context.add_cookies(alice.session())
    yield context.new_page()
    context.close()


def _open(browser: Browser, alice: Api, address: str) -> Row:
    """Open a page with an empty cache, until its first message stands there and all is quiet."""
    with _page(browser, alice) as page:
        page.goto(address)
        # To look for anything there would slow down what is measured.
        page.wait_for_load_state("networkidle")
        while page.evaluate("told.first") is None:
            page.wait_for_timeout(20)
        told, resources = page.evaluate("told"), page.evaluate(RESOURCES)
    blocking = [one["name"] for one in resources if one["blocks"] == "blocking"]
    return {
        "first_ms": told["first"],
        "shift": told["shift"],
        "longest_task_ms": max((duration for _, duration in told["tasks"]), default=0),
        "requests": len(resources),
        "bytes": sum(one["bytes"] for one in resources),
        "blocking": blocking,
    }


def _flood(browser: Browser, alice: Api, room: str, messages: int, seconds: float) -> Row:
    """Messages arrive at an open room; what the browser told of it."""
    with _page(browser, alice) as page:
        page.goto(f"{alice.site}/chat/{room}/")
        page.locator(".message").first.wait_for()
        page.wait_for_load_state("networkidle")
        begin = page.evaluate("performance.now()")
        page.evaluate("address => fetch(address)", f"{alice.site}/flood/{room}/{messages}/{seconds}/")
        last = page.get_by_text(f"Flood {messages} of {messages},").last
        last.wait_for(state="attached", timeout=(seconds * 6 + 60) * 1000)
        told, end = page.evaluate("told"), page.evaluate("performance.now()")
    tasks = [duration for start, duration in told["tasks"] if start >= begin]
    return {
        "messages": messages,
        "seconds": (end - begin) / 1000,
        "longest_task_ms": max(tasks, default=0),
        "long_tasks": len(tasks),
        "blocked_ms": sum(duration - 50 for duration in tasks),
        "shift": told["shift"],
    }


def report(results: dict[str, Any]) -> str:
    """The tables and the targets as text."""
    rows, flood = results["rows"], results["flood"]
    lines = [
        [
            label,
            f"{number(median(mine, 'first_ms'))} ms",
            str(median(mine, "requests")),
            f"{number(median(mine, 'bytes') / 1000)} kB",
            f"{number(median(mine, 'longest_task_ms'))} ms",
            number(median(mine, "shift")),
        ]
        for name, label in PAGES.items()
        if (mine := select(rows, page=name))
    ]
    head = ["", "first messages visible", "requests", "page weight", "longest task", "layout shift"]
    said = (
        f"{flood['messages']} messages in {number(flood['seconds'])} s: {flood['long_tasks']} tasks of more than "
        f"50 ms, the longest {number(flood['longest_task_ms'])} ms.\n"
        f"The script and its sheet: {number(results['bundle_bytes'] / 1000)} kB in gzip."
    )
    return "\n".join(["", table(head, lines), "", said, "", *map(str, targets(results))])


def targets(results: dict[str, Any]) -> list[Target]:
    rows, flood = results["rows"], results["flood"]
    chat = select(rows, page="chat")
    first = ratio(chat, select(rows, page="bare"), "first_ms")
    return [
        *([Target("first messages visible, the chat / a bare page", first.median, 1.5)] if first else []),
        Target("layout shift while the chat opens", max(row["shift"] for row in chat), 0.1),
        Target("longest task while messages arrive, ms", flood["longest_task_ms"], 100),
        Target("the script and its sheet in gzip, kB", results["bundle_bytes"] / 1000, 45),
        Target("scripts that hold rendering up", len(blocking_scripts(rows)), 0),
    ]


def blocking_scripts(rows: list[Row]) -> set[str]:
    """What holds rendering up and is no style sheet."""
    return {name for row in select(rows, page="chat") for name in row["blocking"] if not name.endswith(".css")}


def check(results: dict[str, Any]) -> None:
    """What must hold on any machine, however busy. Raises SystemExit."""
    rows, flood = results["rows"], results["flood"]
    chat = select(rows, page="chat")
    first = ratio(chat, select(rows, page="bare"), "first_ms")
    wrong = [
        name
        for name, is_so in {
            "the chat takes four times as long as a bare page": first is None or first.median > 4,
            "the page jumps while it opens": statistics.median(row["shift"] for row in chat) > 0.1,
            "a task took longer than a second": flood["longest_task_ms"] > 1000,
            "the script is larger than 45 kB": results["bundle_bytes"] > 45_000,
            f"scripts hold rendering up: {blocking_scripts(rows)}": bool(blocking_scripts(rows)),
        }.items()
        if is_so
    ]
    if wrong:
        raise SystemExit("; ".join(wrong))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=10, help="in which the messages arrive")
    parser.add_argument("--json", help="also write all rounds to this file")
    parser.add_argument("--check", action="store_true", help="fail where wide bounds are broken")
    return parser.parse_args()


if __name__ == "__main__":
    main()
