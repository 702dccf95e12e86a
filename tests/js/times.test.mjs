// Times are told in the page's language, wherever they stand.
import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.document = { documentElement: { lang: "de" } };
const { brief, clock, day, daysAgo, full } = await import("../../df_chat/static/df_chat/web/times.js");

const NOW = new Date(2026, 4, 6, 15, 0);
for (const [about, when, text] of [
  ["today", new Date(2026, 4, 6, 10, 5), "10:05"],
  ["a clock ahead of ours", new Date(2026, 4, 6, 23, 30), "23:30"],
  ["late yesterday", new Date(2026, 4, 5, 23, 59), "Di"],
  ["six days ago", new Date(2026, 3, 30, 1, 0), "Do"],
  ["a week ago", new Date(2026, 3, 29, 23, 0), "29. Apr."],
  ["last year", new Date(2025, 11, 31, 12, 0), "31. Dez. 2025"],
  ["tomorrow", new Date(2026, 4, 7, 0, 5), "7. Mai"],
]) {
  test(`${about} in a list`, () => assert.equal(brief(when.toISOString(), NOW), text));
}

for (const [when, text] of [
  [new Date(2026, 4, 6, 0, 1), "Today"],
  [new Date(2026, 4, 5), "Yesterday"],
  [new Date(2026, 4, 4), "Montag, 4. Mai"],
  [new Date(2025, 4, 4), "4. Mai 2025"],
]) {
  test(`the day "${text}"`, () => assert.equal(day(when.toISOString(), NOW), text));
}

test("what is no time is no text", () => assert.deepEqual([brief("soon", NOW), clock("soon"), full("soon")], ["", "", ""]));

test("days ago", () => {
  const now = new Date(2026, 2, 30, 0, 5);
  assert.deepEqual([new Date(2026, 2, 30), new Date(2026, 2, 29, 23, 59), new Date(2026, 2, 28)].map((when) => daysAgo(when.toISOString(), now)), [0, 1, 2]);
});
