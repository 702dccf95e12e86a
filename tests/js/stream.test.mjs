// The reducer of the room page: which frames it applies, and which make it ask.
import assert from "node:assert/strict";
import { test } from "node:test";
import { applyChanges, applyFrame, applyHistory, emptyStream, fromSnapshot, shownMessages } from "../../df_chat/static/df_chat/stream.js";

const message = (id, version, seq, extra = {}) => ({ id, version, seq, body: `${id}@${version}`, ...extra });
const frame = (prev, version, ...messages) => ({ type: "changes", prev, version, messages });
const start = () => fromSnapshot({ gen: "1.1", version: 5, messages: [message("a", 5, 5)], users: [], room: { id: "r", version: 1 } });
const bodies = (stream) => shownMessages(stream).map((shown) => shown.body);

test("a frame that follows on is applied", () => {
  const stream = start();
  assert.equal(applyFrame(stream, frame(5, 6, message("b", 6, 6))), "applied");
  assert.deepEqual(bodies(stream), ["a@5", "b@6"]);
  assert.equal(stream.cursor, 6);
});

test("a frame from before the cursor is dropped whole", () => {
  const stream = start();
  assert.equal(applyFrame(stream, frame(3, 4, message("gone", 4, 4))), "stale");
  assert.deepEqual(bodies(stream), ["a@5"]);
});

test("of a frame that overlaps the cursor only the newer objects are applied", () => {
  const stream = start();
  assert.equal(applyFrame(stream, frame(3, 6, message("old", 4, 4), message("new", 6, 6))), "applied");
  assert.deepEqual(bodies(stream), ["a@5", "new@6"]);
});

test("a gap and a poke ask for the changes", () => {
  const stream = start();
  assert.equal(applyFrame(stream, frame(6, 7, message("b", 7, 7))), "gap");
  assert.equal(applyFrame(stream, { type: "changes", prev: 5, version: 6 }), "gap");
  assert.equal(stream.cursor, 5);
});

test("an answer of changes moves the cursor and says whether there is more", () => {
  const stream = start();
  assert.equal(applyChanges(stream, { next: 7, more: true, messages: [message("b", 7, 7)] }), true);
  assert.equal(applyChanges(stream, { next: 8, more: false, messages: [message("a", 8, 5, { deleted: true })] }), false);
  assert.equal(stream.cursor, 8);
  assert.equal(shownMessages(stream)[0].deleted, true);
});

test("history fills in without moving the cursor or undoing what is newer", () => {
  const stream = start();
  applyHistory(stream, [message("z", 1, 1), message("a", 4, 5)]);
  assert.deepEqual(bodies(stream), ["z@1", "a@5"]);
  assert.equal(stream.cursor, 5);
});

test("messages show in the order of seq, whatever came first", () => {
  const stream = emptyStream();
  applyHistory(stream, [message("late", 9, 9), message("early", 3, 3)]);
  assert.deepEqual(bodies(stream), ["early@3", "late@9"]);
});

test("a frame with the room alone is no poke", () => {
  const stream = start();
  assert.equal(applyFrame(stream, { prev: 5, version: 6, room: { id: "r", version: 6, title: "New" } }), "applied");
  assert.equal(stream.room.title, "New");
});
