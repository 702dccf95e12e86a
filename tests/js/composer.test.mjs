// The composer without its page: names, marks around words, notices of typing, and the tray of uploads.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MARKS, wrap } from "../../df_chat/static/df_chat/web/composer/formatting.js";
import { matching, mentionedIn, queryAt } from "../../df_chat/static/df_chat/web/composer/mentions.js";
import { Tray } from "../../df_chat/static/df_chat/web/composer/tray.js";
import { TypingNotices } from "../../df_chat/static/df_chat/web/composer/typing.js";

const person = (user_id, name) => ({ user_id, name });

// -- Names ----------------------------------------------------------------------------------------------------
// The caret is at "|".
for (const [about, text, query] of [
  ["at the beginning", "@|", ""],
  ["after a word", "hi @ad|", "ad"],
  ["after a bracket", "(@ad|", "ad"],
  ["after a line", "x\n@ad|", "ad"],
  ["with a space in it", "@Ada Lov|", "Ada Lov"],
  ["the last of two", "@Bob and @Ca|", "Ca"],
  ["not in an address", "ada@exa|", null],
  ["not before the @", "|@ada", null],
  ["not after a space that follows it", "@ ada|", null],
  ["not in the next line", "@ada\nx|", null],
  ["not after two spaces", "@ada  x|", null],
  ["not ever on", `@${"x".repeat(41)}|`, null],
  ["not without an @", "ada|", null],
]) {
  test(`a name is written: ${about}`, () => {
    const caret = text.indexOf("|");
    const found = queryAt(text.replace("|", ""), caret);
    assert.equal(found?.query ?? null, query);
    if (found) assert.equal(text[found.start], "@");
  });
}

test("people are found by the beginning of any of their names, whatever the marks", () => {
  const people = ["Mia Bobić", "Bob Okafor", "Zoë Ådahl", "Jean-Luc Bo", "Hobob", "李雷"].map((name, id) => person(`${id}`, name));
  const found = (query) => matching(people, query).map(({ name }) => name);
  assert.deepEqual(found("bo"), ["Bob Okafor", "Jean-Luc Bo", "Mia Bobić"]);
  assert.deepEqual(found("ZOE A"), ["Zoë Ådahl"]);
  assert.deepEqual(found("luc"), ["Jean-Luc Bo"]);
  assert.deepEqual(found("李"), ["李雷"]);
  assert.deepEqual(found("nobody"), []);
  assert.equal(matching(Array.from({ length: 50 }, (_, id) => person(`${id}`, `Ann ${id}`)), "").length, 8);
});

test("those count whose name still stands in the text", () => {
  const [ann, annLee, bob] = [person("1", "Ann"), person("2", "Ann Lee"), person("3", "Bob")];
  const ids = (text, picked, members = []) => mentionedIn(text, members, picked).sort();
  assert.deepEqual(ids("@Ann and @Bob", [ann, bob]), ["1", "3"]);
  assert.deepEqual(ids("@Ann", [ann, bob]), ["1"], "Bob was deleted");
  assert.deepEqual(ids("@Ann Lee", [ann, annLee]), ["2"], "the longest name");
  assert.deepEqual(ids("@Anna @Ann_ x@Ann @ann", [ann]), [], "other words");
  assert.deepEqual(ids("(@Ann), @Ann!", [ann]), ["1"], "once for all");
  assert.deepEqual(ids("@Bob", [], [bob, ann]), ["3"], "written by hand");
  assert.deepEqual(ids("", [ann]), []);
});

test("of people with one name, those that were picked", () => {
  const [one, other] = [person("1", "Ann"), person("2", "Ann")];
  assert.deepEqual(mentionedIn("@Ann", [one, other], []), [], "nobody knows which");
  assert.deepEqual(mentionedIn("@Ann", [one, other], [one]), ["1"]);
  assert.deepEqual(mentionedIn("@Ann", [], [one, other]), ["2"], "the first was deleted again");
  assert.deepEqual(mentionedIn("@Ann @Ann", [], [one, other]).sort(), ["1", "2"]);
});

test("a text of nothing but @ takes no time", () => {
  const people = Array.from({ length: 100 }, (_, id) => person(`${id}`, `${"@".repeat(50)}${id}`));
  const start = performance.now();
  mentionedIn("@".repeat(10_000), people, []);
  assert.ok(performance.now() - start < 2_000);
});

// -- Marks ----------------------------------------------------------------------------------------------------
/** "[" and "]" are the ends of the selection, before and after. */
function wrapped(text, mark) {
  const start = text.indexOf("[");
  const end = text.indexOf("]") - 1;
  const plain = text.replace(/[[\]]/g, "");
  const made = wrap(plain, start, end, mark);
  const after = plain.slice(0, made.from) + made.text + plain.slice(made.to);
  return `${after.slice(0, made.start)}[${after.slice(made.start, made.end)}]${after.slice(made.end)}`;
}

for (const [about, before, mark, after] of [
  ["around a word", "a [word] b", "**", "a **[word]** b"],
  ["and away again", "a **[word]** b", "**", "a [word] b"],
  ["around nothing, to write in", "a []", "`", "a `[]`"],
  ["spaces stay outside", "a[ word ]b", "*", "a *[word]* b"],
  ["one star is not half of two", "**[word]**", "*", "***[word]***"],
  ["spaces alone are left", "a[  ]b", "*", "a[  ]b"],
  ["emoji are whole", "[👍🏽]", "~~", "~~[👍🏽]~~"],
]) {
  test(`marks go ${about}`, () => assert.equal(wrapped(before, mark), after));
}

test("each key has its mark", () => assert.deepEqual(MARKS, { b: "**", i: "*", "*": "*", "`": "`", "~": "~~" }));

// -- Typing ---------------------------------------------------------------------------------------------------
test("typing is told every three seconds, and its end once", () => {
  const said = [];
  const notices = new TypingNotices((isTyping) => said.push(isTyping));
  for (const now of [0, 100, 2_999, 3_000, 3_100]) notices.note(false, now);
  assert.deepEqual(said, [true, true]);
  notices.end(3_200);
  notices.end(3_300);
  assert.deepEqual(said, [true, true, false]);
  notices.note(false, 3_400);
  notices.note(true, 3_500);
  assert.deepEqual(said.slice(3), [true, false], "emptied");
  notices.note(false, 4_000);
  notices.end(11_000);
  assert.deepEqual(said.slice(5), [true], "what is over needs no end");
});

// -- The tray -------------------------------------------------------------------------------------------------
/** A client whose uploads the test ends. */
function trayed() {
  const begun = [];
  const requests = [];
  const client = {
    upload: (file, options) => new Promise((resolve, reject) => begun.push({ file, ...options, resolve, reject })),
    request: async (...asked) => requests.push(asked),
  };
  let changes = 0;
  const tray = new Tray(/** @type {any} */ (client), () => (changes += 1));
  return { tray, begun, requests, changes: () => changes };
}
const file = (name, type = "text/plain") => new File(["x"], name, { type });
const soon = () => new Promise((resolve) => setImmediate(resolve));

test("two are uploaded at a time, in the order they were chosen", async () => {
  const { tray, begun } = trayed();
  tray.add([file("a.png", "image/png"), file("b.txt"), file("c.txt")]);
  assert.deepEqual(begun.map(({ file: { name }, as }) => [name, as]), [["a.png", "image"], ["b.txt", "file"]]);
  assert.equal(tray.isBusy, true);
  begun[1].resolve({ id: "B" });
  await soon();
  assert.equal(begun[2].file.name, "c.txt");
  begun[2].resolve({ id: "C" });
  begun[0].resolve({ id: "A" });
  await soon();
  assert.deepEqual([tray.isBusy, tray.hasFailed, tray.fields], [false, false, { image_ids: ["A"], file_ids: ["B", "C"] }]);
});

test("an upload that is taken away is given up, and what is there is deleted", async () => {
  const { tray, begun, requests } = trayed();
  tray.add([file("a.png", "image/png"), file("b.txt"), file("c.txt")]);
  const [first, second] = tray.items;
  tray.remove(first);
  assert.equal(begun[0].signal.aborted, true);
  begun[0].reject(begun[0].signal.reason);
  begun[1].resolve({ id: "B" });
  await soon();
  assert.equal(begun.length, 3, "the next goes instead");
  tray.remove(second);
  assert.deepEqual(requests, [["DELETE", "files/B/"]]);
  assert.deepEqual(tray.items.map((item) => item.file.name), ["c.txt"]);
});

test("one that was refused says why, and can be tried again, as a file too", async () => {
  const { tray, begun } = trayed();
  tray.add([file("a.png", "image/png")]);
  begun[0].reject(new Error("This is not an image."));
  await soon();
  assert.deepEqual([tray.isBusy, tray.hasFailed, tray.items[0].error?.message, tray.fields], [false, true, "This is not an image.", {}]);
  tray.retry(tray.items[0], "file");
  begun[1].resolve({ id: "F" });
  await soon();
  assert.deepEqual([begun[1].as, tray.hasFailed, tray.fields], ["file", false, { file_ids: ["F"] }]);
});

test("progress is drawn by steps", async () => {
  const { tray, begun, changes } = trayed();
  tray.add([file("a.txt")]);
  const before = changes();
  for (let share = 0.001; share < 1; share += 0.001) begun[0].onProgress(share);
  begun[0].onProgress(1);
  assert.ok(changes() - before <= 26, `${changes() - before} times`);
  assert.equal(tray.items[0].share, 1);
});
