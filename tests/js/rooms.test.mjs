// How rooms are named, dated, previewed, chosen and put in order.
import assert from "node:assert/strict";
import { test } from "node:test";

import { initialsOf, previewOf, titleOf, toneOf } from "../../df_chat/static/df_chat/web/rooms/describe.js";
import { badge, byActivity, plain, select, unreadOf } from "../../df_chat/static/df_chat/web/rooms/sorting.js";

const group = (fields) => ({ id: "g", kind: "group", title: "General", topic: "", unread_count: 0, last_message: null, ...fields });
const direct = (fields) => ({ id: "d", kind: "direct", title: "", topic: "", unread_count: 0, peer: { id: "2", name: "Bob" }, last_message: null, ...fields });
const message = (fields) => ({ seq: 5, user_id: "2", sender: { id: "2", name: "Bob" }, body: "hello", created: "2026-05-06T10:00:00Z", ...fields });

for (const [name, initials] of [
  ["Bob Okafor", "BO"],
  ["bob", "B"],
  ["Release 1.0", "R1"],
  ["Anna Maria von Berg", "AB"],
  ["  spaced   out  ", "SO"],
  ["東京 支社", "東支"],
  ["é́clair", "É́"],
  ["🎉 Party", "P"],
  ["🎉", "#"],
  ["", "#"],
]) {
  test(`initials of ${JSON.stringify(name)}`, () => assert.equal(initialsOf(name), initials.normalize()));
}

test("a direct chat is called by the other person", () => assert.equal(titleOf(direct()), "Bob"));
test("a direct chat with nobody left says so", () => assert.equal(titleOf(direct({ peer: null })), "Deleted account"));
test("a room without a title has a sign for one", () => assert.equal(titleOf(group({ title: "" })), "—"));
test("an id has one colour of eight", () => {
  const tones = new Set(Array.from({ length: 200 }, (_, index) => toneOf(`room-${index}`)));
  assert.deepEqual([...tones].sort(), [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.equal(toneOf("x"), toneOf("x"));
});

for (const [about, room, expected] of [
  ["nothing", group(), ["", "No messages yet", true]],
  ["another's", group({ last_message: message() }), ["Bob", "hello", false]],
  ["one's own", group({ last_message: message({ user_id: "1" }) }), ["You", "hello", false]],
  ["the peer's", direct({ last_message: message() }), ["", "hello", false]],
  ["the system's", group({ last_message: message({ user_id: null, sender: null }) }), ["", "hello", false]],
  ["lines", group({ last_message: message({ body: "a\n\n  b\tc" }) }), ["Bob", "a b c", false]],
  ["Markdown", group({ last_message: message({ body: "**bold** and `code`\n> quoted" }) }), ["Bob", "bold and code quoted", false]],
  ["an image", group({ last_message: message({ body: "", images: [{}] }) }), ["Bob", "Image", true]],
  ["a file", group({ last_message: message({ body: "", files: [{ name: "a.pdf" }] }) }), ["Bob", "a.pdf", true]],
  ["a file without a name", group({ last_message: message({ body: "", images: [], files: [{}] }) }), ["Bob", "File", true]],
  ["a deleted one", group({ last_message: { id: "m", deleted: true } }), ["", "Deleted message", true]],
]) {
  test(`preview of ${about}`, () => assert.deepEqual(Object.values(previewOf(room, "1")), expected));
}
test("a long message is cut", () => assert.equal(previewOf(group({ last_message: message({ body: "x".repeat(100_000) }) }), "1").text.length, 200));

const ROOMS = [group({ unread_count: 2, topic: "Größe" }), direct(), group({ id: "h", title: "Écran" })];
const ids = (rooms) => rooms.map((room) => room.id);
const unread = (room) => room.unread_count;
for (const [filter, words, kept, expected] of [
  ["all", "", null, ["g", "d", "h"]],
  ["unread", "", null, ["g"]],
  ["unread", "", "h", ["g", "h"]],
  ["direct", "", null, ["d"]],
  ["groups", "", null, ["g", "h"]],
  ["all", "bo", null, ["d"]],
  ["all", "ecr", null, ["h"]],
  ["all", "große general", null, ["g"]],
  ["all", "general bob", null, []],
  ["groups", "bob", null, []],
  ["all", "(", null, []],
]) {
  test(`${filter} rooms with ${JSON.stringify(words)}, and ${kept}`, () => assert.deepEqual(ids(select(ROOMS, filter, words, unread, kept)), expected));
}
test("letters are compared without case, accents and blanks", () => assert.equal(plain("  ÉCRAN  Ǻ "), "ecran a"));

test("the newest activity comes first, and a room without messages by its age", () => {
  const at = (id, created, last) => group({ id, created, last_message: last ? message({ created: last }) : null });
  const rooms = [at("a", "2026-01-01", null), at("b", "2026-01-01", "2026-03-01"), at("c", "2026-02-01", null), at("d", "2026-01-01", null)];
  assert.deepEqual(ids(byActivity(rooms)), ["b", "c", "d", "a"]);
});

test("what is on the screen is read", () => assert.equal(unreadOf(group({ unread_count: 3, last_message: message() }), 5), 0));
test("what is below it is not", () => assert.equal(unreadOf(group({ unread_count: 3, last_message: message() }), 4), 3));
test("a badge has room for three digits", () => assert.deepEqual([999, 1000].map((count) => badge(count)), ["999", "999+"]));
