"""What axe-core finds wrong with a page."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async tags => {
  const { violations } = await axe.run(document, { runOnly: tags, resultTypes: ["violations"], preload: false });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) =>
    `${id}: ${target.flat().join(" ")}: ${failureSummary.replace(/\\s+/g, " ")}`));
}"""


@cache
def _axe() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text()


def violations(page: Page) -> list[str]:
    """The rules that are broken, and where; those of the WCAG 2.2 up to AA, and axe's own."""
    # What moves or fades has no colours yet.
    page.emulate_media(reduced_motion="reduce")
    if not page.evaluate("'axe' in globalThis"):
        page.evaluate(_axe())
    found: list[str] = page.evaluate(RUN, TAGS)
    return found
