// What a log shows: days, groups, the line above what is new, and which part of many messages is drawn.
import assert from "node:assert/strict";
import { test } from "node:test";

import { around, countNew, firstNew, held, higher, lower, MOST_DRAWN, NEWEST, placesOf, rowsOf } from "../../df_chat/static/df_chat/web/messages/timeline.js";

const at = (minutes, day = 1) => new Date(2026, 4, day, 12, minutes).toISOString();
const message = (seq, user_id, minutes = 0, more = {}) => ({ id: `m${seq}`, seq, version: seq, user_id, created: at(minutes), body: "", ...more });
const entry = (client_id) => ({ client_id, fields: { body: "" }, at: 0, error: null });
/** Rows in short: `m1[` begins a group, `]` ends one. */
const shown = (rows) => rows.map((row) => (row.type === "day" || row.type === "unread" ? row.type : `${row.isFirst ? "[" : ""}${row.key}${row.isLast ? "]" : ""}`)).join(" ");

test("messages of one sender within five minutes stand together", () => {
  const messages = [message(1, "a"), message(2, "a", 4), message(3, "a", 9), message(4, "b", 9), message(5, "a", 9)];
  assert.equal(shown(rowsOf(messages, { me: "x" })), "day [m1 m2] [m3] [m4] [m5]");
});

test("an answer, a deleted message and one of the system stand by themselves", () => {
  const messages = [message(1, "a"), message(2, "a", 0, { parent_id: "m1" }), { id: "m3", seq: 3, version: 9, deleted: true }, message(4, "a"), message(5, null), message(6, null)];
  assert.equal(shown(rowsOf(messages, { me: "x" })), "day [m1] [m2] [m3] [m4] [m5] [m6]");
});

test("each day once, and a group ends with it; a window that begins within a day does not name it again", () => {
  const messages = [message(1, "a", 0), message(2, "a", 0, { created: at(0, 2) }), message(3, "a", 1, { created: at(1, 2) })];
  assert.equal(shown(rowsOf(messages, { me: "x" })), "day [m1] day [m2 m3]");
  assert.equal(shown(rowsOf(messages.slice(2), { me: "x", before: messages[1] })), "m3]");
});

test("the line of new messages", () => {
  const messages = [message(1, "a"), message(2, "me"), message(3, "a"), message(4, "a")];
  assert.equal(firstNew(messages, 1, "me"), 3);
  assert.equal(firstNew(messages, 4, "me"), null);
  assert.equal(firstNew([message(2, "me"), message(3, null), message(4, "a", 0, { deleted: true })], 0, "me"), null);
  assert.equal(shown(rowsOf(messages, { me: "me", lineAt: 4 })), "day [m1] [m2] [m3] unread [m4]");
  assert.equal(shown(rowsOf(messages.slice(3), { me: "me", lineAt: 3, before: messages[2] })), "m4]");
  assert.deepEqual([countNew(messages, 1, "me"), countNew(messages, 0, "me", 2), countNew(messages, 4, "me")], [2, 2, 0]);
});

test("what is being sent comes last, and keeps its key when it has arrived", () => {
  const messages = [message(1, "me")];
  assert.equal(shown(rowsOf(messages, { me: "me", pending: [entry("c2"), entry("c3")] })), "day [m1 c2 c3]");
  const arrived = message(2, "me", 0, { client_id: "c2" });
  assert.equal(shown(rowsOf([...messages, arrived], { me: "me", pending: [entry("c3")] })), "day [m1 c2 c3]");
  assert.equal(rowsOf([arrived], { me: "other" })[1].key, "m2");
});

// -- The window -------------------------------------------------------------------------------------------------
const many = Array.from({ length: 1000 }, (_, index) => ({ seq: (index + 1) * 3 }));
const size = ({ from, to }) => to - from;

test("the newest are followed", () => {
  const before = placesOf(many, NEWEST);
  assert.deepEqual([before.to, size(before) <= MOST_DRAWN], [1000, true]);
  assert.equal(placesOf([...many, { seq: 9000 }], NEWEST).to, 1001);
  assert.deepEqual(placesOf([], NEWEST), { from: 0, to: 0 });
  assert.deepEqual(placesOf(many.slice(0, 3), NEWEST), { from: 0, to: 3 });
});

test("what is held stays, whatever comes above and below", () => {
  const part = many.slice(300, 700);
  const window = held(part, { first: part[100].seq, last: part[180].seq });
  assert.deepEqual(placesOf(many, window), { from: 400, to: 481 });
});

test("whoever has scrolled up does not hold ever more", () => {
  let messages = many.slice(0, 500);
  const window = held(messages, NEWEST);
  messages = many;
  assert.equal(size(placesOf(messages, window)), MOST_DRAWN);
  assert.equal(placesOf(messages, window).from, placesOf(many.slice(0, 500), NEWEST).from);
});

test("up to the top and down to the end, a step at a time, with what is on the screen always kept", () => {
  for (const [step, goal] of [[higher, 0], [lower, 1000]]) {
    let window = around(many, many[500].seq);
    for (let steps = 0; ; steps++) {
      const next = step(many, window);
      if (!next) break;
      const [old, now] = [placesOf(many, window), placesOf(many, next)];
      assert.ok(Math.min(old.to, now.to) - Math.max(old.from, now.from) >= 60, "they overlap");
      assert.ok(size(now) <= MOST_DRAWN && size(now) > 0);
      window = next;
      assert.ok(steps < 30);
    }
    const places = placesOf(many, window);
    assert.equal(goal ? places.to : places.from, goal);
  }
});

test("around a message, also one that is not there", () => {
  for (const seq of [1, 3, 1500, 1501, 3000, 99_999]) {
    const { from, to } = placesOf(many, around(many, seq));
    const next = many.findIndex((one) => one.seq >= seq);
    assert.ok(from <= (next < 0 ? 999 : next) && (next < 0 || next < to), `${seq}`);
  }
});
