// Looking at messages of long ago, beside those that the client holds.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Objects } from "../../df_chat/static/df_chat/sync/objects.js";
import { excerptOf, matchesIn } from "../../df_chat/static/df_chat/web/messages/excerpt.js";
import { Shelf } from "../../df_chat/static/df_chat/web/messages/shelf.js";
import { View } from "../../df_chat/static/df_chat/web/messages/view.js";

const message = (seq, version = seq, more = {}) => ({ id: `m${seq}`, seq, version, body: `${seq}`, ...more });
const range = (from, to) => Array.from({ length: to - from + 1 }, (_, index) => message(from + index));
const seqs = (messages) => messages.map(({ seq }) => seq);

/** A room of 100 messages of which the client holds the newest ten; `asked` are the queries of REST. */
function roomOf({ fails = () => false, page = 10 } = {}) {
  const objects = new Objects();
  objects.start({ messages: range(91, 100) });
  const asked = [];
  const all = range(1, 100);
  const request = async (method, path) => {
    const query = new URLSearchParams(path.slice(path.indexOf("?")));
    asked.push([...query].filter(([name]) => name !== "limit").map((pair) => pair.join("=")).join());
    if (fails()) throw new Error("no answer");
    const [around, before, after] = ["around", "before", "after"].map((name) => Number(query.get(name)));
    const found = before ? all.filter(({ seq }) => seq < before).slice(-page) : all.filter(({ seq }) => seq > (after || around - page / 2)).slice(0, page);
    return { results: found.toReversed(), next: found[0]?.seq > 1 ? "older" : null, previous: null };
  };
  const chat = { tell() {}, client: { request, older: async () => asked.push("held") }, attempt: (work) => work().catch(() => {}) };
  const room = { id: "r", chat, replica: { objects } };
  return { view: new View(room), objects, asked };
}

test("what is held is shown, and older pages are the client's to load", async () => {
  const { view, asked } = roomOf();
  assert.deepEqual([seqs(view.messages), view.hasOlder, view.hasNewer], [seqs(range(91, 100)), true, false]);
  await view.older();
  assert.deepEqual(asked, ["held"]);
});

test("a message of long ago, from there up and down, until nothing lies between", async () => {
  const { view, asked } = roomOf();
  await view.around(50);
  assert.deepEqual([seqs(view.messages), view.hasNewer], [seqs(range(46, 55)), true]);
  await view.older();
  assert.deepEqual(seqs(view.messages), seqs(range(36, 55)));
  while (view.hasNewer) await view.newer();
  assert.deepEqual([seqs(view.messages), view.isJoined], [seqs(range(36, 100)), true]);
  assert.deepEqual(asked.slice(0, 4), ["around=50", "before=46", "after=55", "after=65"]);
  while (view.hasOlder) await view.older();
  assert.deepEqual(seqs(view.messages), seqs(range(1, 100)));
  view.latest();
  assert.deepEqual(seqs(view.messages), seqs(range(91, 100)));
});

test("a message that is held needs no page", async () => {
  const { view, asked } = roomOf();
  await view.around(95);
  assert.deepEqual([asked, view.past], [[], null]);
});

test("what is heard changes what is shown of long ago, and adds nothing to it", async () => {
  const { view } = roomOf();
  await view.around(50);
  view.take([message(50, 200, { body: "new" }), message(48, 201, { deleted: true }), message(20, 202), message(101)]);
  assert.deepEqual(seqs(view.messages), seqs(range(46, 55)));
  assert.deepEqual([view.messages[4].body, view.messages[2].deleted], ["new", true]);
  view.take([message(50, 199, { body: "old" })]);
  assert.equal(view.messages[4].body, "new");
});

test("the client starts anew further up: what lies between is loaded again", async () => {
  const { view, objects } = roomOf();
  await view.around(80);
  while (view.hasNewer) await view.newer();
  assert.equal(view.isJoined, true);
  objects.floor = 97;
  for (const seq of seqs(range(91, 96))) objects.parts.messages.delete(`m${seq}`);
  assert.equal(view.hasNewer, true);
});

test("a page that fails is not asked for again at once", async () => {
  let isDown = false;
  const { view, asked } = roomOf({ fails: () => isDown });
  await view.around(50);
  isDown = true;
  for (let attempt = 0; attempt < 5; attempt++) await view.older();
  assert.deepEqual(asked, ["around=50", "before=46"]);
  assert.equal(view.loading, null);
});

test("a shelf keeps the newest version of each message, in order", () => {
  const shelf = new Shelf();
  shelf.put([message(3), message(1)]);
  shelf.put([message(1, 9, { body: "x" }), message(2)]);
  shelf.put([message(1, 8, { body: "late" })]);
  shelf.take([message(4), message(3, 12, { deleted: true })]);
  assert.deepEqual(shelf.messages.map(({ seq, body, deleted }) => [seq, body, Boolean(deleted)]), [[1, "x", false], [2, "2", false], [3, "3", true]]);
});

// -- Excerpts ---------------------------------------------------------------------------------------------------
const marked = (body, asked) => excerptOf(body, asked).map(({ text, isMatch }) => (isMatch ? `<${text}>` : text)).join("");

test("what was searched for is marked, whatever it is made of", () => {
  assert.equal(marked("A cat, a CAT", "cat"), "A <cat>, a <CAT>");
  assert.equal(marked("1+1 (a.b) [c]\\d", "(a.b) [c]\\"), "1+1 <(a.b) [c]\\>d");
  assert.equal(marked("nothing", "x"), "nothing");
  assert.equal(marked("text", ""), "text");
  assert.equal(marked(`${"a".repeat(300)}needle${"b".repeat(300)}`, "needle"), `…${"a".repeat(60)}<needle>${"b".repeat(134)}…`);
});

test("what was found reads as the message does", () => {
  const found = (body, asked, mentions = []) => matchesIn({ body, mentions }, asked).map(({ text, isMatch }) => (isMatch ? `<${text}>` : text)).join("");
  assert.equal(found("The **new office** is `nice`", "office"), "The new <office> is nice");
  assert.equal(found("- one\n- **two** @Bob Okafor", "bob", [{ user_id: "b", name: "Bob Okafor" }]), "one\ntwo @<Bob> Okafor");
  assert.equal(found("The new **of**fice", "new office"), "The <new office>");
  assert.equal(found("See [the plan](https://plans.example/) or not", "plans.example"), "See [the plan](https://<plans.example>/) or not");
  assert.equal(found("2 ** 3", "**"), "2 <**> 3");
});
