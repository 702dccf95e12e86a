"""A long history: only a part of it is drawn, and what one reads stays where it is."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.people import Hold

COUNT = 2200
# The messages on the screen and where they are; how many are drawn, and the first of those.
ROWS = """log => {
  const { top, bottom } = log.getBoundingClientRect();
  const all = [...log.querySelectorAll(".message[data-id]")];
  const rows = all.map((row) => [row.dataset.id, row.getBoundingClientRect()]);
  const seen = rows.filter(([, at]) => at.bottom > top && at.top < bottom).map(([id, at]) => [id, at.top]);
  return { seen: Object.fromEntries(seen), drawn: rows.length, first: rows[0]?.[0] };
}"""


@pytest.fixture(scope="module")
def long(manage):
    """A room with a long history of texts and pictures: its id."""
    code = f"from tests.e2e.seeding import long_history; long_history('Long', {COUNT}, ['alice', 'bob', 'carol'])"
    return json.loads(manage("shell", "-v0", "-c", code).strip().splitlines()[-1])


def settled(person):
    """What is on the screen, once two looks in a row see the same."""
    rows = None
    for _ in range(100):
        before, rows = rows, person.log.evaluate(ROWS)
        if rows == before:
            return rows
        person.page.wait_for_timeout(60)
    raise AssertionError("the log does not come to rest")


def moved(before, after):
    """How far the messages that stayed on the screen have moved, at most."""
    common = before["seen"].keys() & after["seen"].keys()
    assert common
    return max(abs(before["seen"][one] - after["seen"][one]) for one in common)


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_what_one_reads_stays_where_it_is(arrive, long, viewport):
    """An older page is loaded, with pictures in it, while somebody reads: nothing moves by itself."""
    person = arrive("alice", long, viewport=viewport)
    expect(person.message(f"Message {COUNT}")).to_be_in_viewport()
    held = Hold(person.page, "**/messages/?*before=*")
    for _ in range(40):
        person.log.hover()
        person.page.mouse.wheel(0, -1200)
        person.page.wait_for_timeout(50)
        if held.routes:
            break
    before = settled(person)
    assert held.routes, "no older page was asked for"
    held.let_go()
    expect(person.log.locator(".message[data-id]").first).not_to_have_attribute("data-id", before["first"])
    assert moved(before, settled(person)) <= 1


def test_pictures_that_come_late_move_nothing(arrive, long):
    person = arrive("alice", long, viewport=DESKTOP)
    held = Hold(person.page, "**/images/*/*/")
    person.page.reload()
    expect(person.message(f"Message {COUNT}")).to_be_in_viewport()
    for _ in range(40):
        person.log.hover()
        person.page.mouse.wheel(0, -600)
        person.page.wait_for_timeout(50)
        if held.routes:
            break
    before = settled(person)
    assert held.routes, "no picture was asked for"
    held.let_go()
    person.page.wait_for_load_state("networkidle")
    assert moved(before, settled(person)) <= 1


def test_few_rows_are_drawn_of_many(arrive, long):
    person = arrive("alice", long, viewport=DESKTOP)
    expect(person.message(f"Message {COUNT}")).to_be_in_viewport()
    seen, most = set(), 0
    for _ in range(60):
        person.log.evaluate("log => { log.scrollTop -= log.clientHeight * 6; }")
        rows = settled(person)
        seen |= rows["seen"].keys()
        most = max(most, rows["drawn"])
        if len(seen) > 250:
            break
    assert len(seen) > 250
    assert most <= 200
    person.page.get_by_role("button", name="Jump to the newest messages").click()
    expect(person.message(f"Message {COUNT}")).to_be_in_viewport()
