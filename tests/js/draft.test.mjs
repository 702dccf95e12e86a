// What is written and not sent yet, what is changed, and who is offered after an "@".
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { draftOf, Edit, isUnderWay, lengthOf } from "../../df_chat/static/df_chat/web/composer/draft.js";
import { Keep } from "../../df_chat/static/df_chat/transport/keep.js";
import { MentionList } from "../../df_chat/static/df_chat/web/composer/mention-list.js";
import { MemoryStorage } from "./server.mjs";

const ANN = { user_id: "2", name: "Ann" };

beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
afterEach(() => mock.timers.reset());

const soon = () => new Promise((resolve) => setImmediate(resolve));

/** A room as the composer knows it, and what was asked of its client. */
function roomOf({ draft = "", members = [{ user_id: "1", name: "Me" }, ANN], memberCount = members.length, found = [] } = {}) {
  const asked = { sent: [], edited: [], kept: [], uploads: [], paths: [] };
  const messages = new Map();
  const client = {
    send: async (room, body, fields) => asked.sent.push([body, fields]),
    edit: async (room, id, body, fields) => asked.edited.push([id, body, fields]),
    writeDraft: (id, text) => {
      asked.kept.push(text);
      room.replica.draft = text;
    },
    upload: (file, options) => new Promise((resolve, reject) => asked.uploads.push({ ...options, resolve, reject })),
    request: async (method, path) => {
      asked.paths.push(path);
      return { results: found };
    },
  };
  const room = {
    id: "r", replyTo: null, editing: null, members, replica: { draft, memberCount }, chat: { client, user: "1", tell() {} },
    message: (id) => messages.get(id),
    set(fields) { Object.assign(room, fields); },
  };
  return { room, asked, messages, client };
}

const written = (draft, text) => (draft.write(text), draft);

test("a draft is sent with what it answers and whom it names, and is gone then", () => {
  const { room, asked } = roomOf();
  room.replyTo = "m1";
  const draft = written(draftOf(room, null), "  hello @Ann  ");
  draft.submit();
  assert.deepEqual(asked.sent, [["hello @Ann", { parent_id: "m1", mention_ids: ["2"] }]]);
  assert.deepEqual([draft.text, draft.canSend, room.replyTo], ["", false, null]);
  written(draft, "again").submit();
  assert.deepEqual(asked.sent[1], ["again", {}]);
});

test("a thread's draft is its own, and answers the thread", () => {
  const { room, asked } = roomOf();
  room.replyTo = "m1";
  written(draftOf(room, null), "for the room");
  const draft = written(draftOf(room, "m2"), "for the thread");
  draft.submit();
  assert.deepEqual(asked.sent, [["for the thread", { parent_id: "m2" }]]);
  assert.deepEqual([draftOf(room, null).text, room.replyTo, draftOf(room, "m2") === draft], ["for the room", "m1", true]);
});

test("a thread's draft outlives the page, but not its room", () => {
  const storage = new MemoryStorage();
  const open = (threadId) => {
    const { room, client } = roomOf();
    client.keep = new Keep(storage, "1");
    return { room, keep: client.keep, draft: draftOf(room, threadId) };
  };
  const { draft } = open("m1");
  written(draft, "half an answer");
  mock.timers.tick(1_000);
  assert.deepEqual([open("m1").draft.text, open("m2").draft.text, open(null).draft.text], ["half an answer", "", ""]);
  // It is nothing to be sent. What the room itself keeps leaves it alone.
  const { keep: again } = open("m1");
  assert.deepEqual([...again.read()], [["r", { entries: [], draft: "" }]]);
  again.write({ name: "room:r", ownerId: "r", outbox: { entries: [] }, draft: "" });
  assert.equal(open("m1").draft.text, "half an answer");
  draft.submit();
  assert.deepEqual([...storage.items], []);
  const { room, keep, draft: last } = open("m1");
  written(last, "too late");
  last.keep();
  keep.purge("room:r");
  room.replica = undefined;
  last.keep();
  assert.deepEqual([...storage.items], []);
});

test("nothing, spaces and too much are not sent", () => {
  const { room, asked } = roomOf();
  const draft = draftOf(room, null);
  for (const text of ["", " \n ", "x".repeat(10_001), "👍".repeat(10_001)]) written(draft, text).submit();
  assert.deepEqual(asked.sent, []);
  written(draft, "👍".repeat(10_000)).submit();
  assert.equal(asked.sent.length, 1);
  assert.equal(lengthOf("👍".repeat(9_000)), 9_000);
});

test("it is taken up from where it was kept, and kept after a pause in writing", () => {
  const { room, asked } = roomOf({ draft: "half" });
  const draft = draftOf(room, null);
  assert.equal(draft.text, "half");
  for (const text of ["half a", "half a t"]) draft.write(text);
  assert.deepEqual(asked.kept, []);
  mock.timers.tick(400);
  assert.deepEqual(asked.kept, ["half a t"]);
  draft.keep();
  assert.equal(asked.kept.length, 1, "not twice");
  draft.submit();
  assert.deepEqual(asked.kept, ["half a t", ""]);
});

test("with uploads under way it waits for them, whichever room is shown", async () => {
  const { room, asked } = roomOf();
  const draft = written(draftOf(room, null), "look");
  draft.tray.add([new File(["x"], "a.png", { type: "image/png" })]);
  draft.submit();
  draft.submit();
  assert.deepEqual([draft.isLocked, draft.canSend, asked.sent, isUnderWay(room)], [true, false, [], true]);
  asked.uploads[0].resolve({ id: "A" });
  await soon();
  assert.deepEqual(asked.sent, [["look", { image_ids: ["A"] }]]);
  assert.deepEqual([draft.isLocked, draft.tray.isEmpty, draft.text, isUnderWay(room)], [false, true, "", false]);
});

test("one may write on instead, and what is uploaded stays", async () => {
  const { room, asked } = roomOf();
  const draft = draftOf(room, null);
  draft.tray.add([new File(["x"], "a.txt")]);
  draft.submit();
  draft.unlock();
  asked.uploads[0].resolve({ id: "A" });
  await soon();
  assert.deepEqual(asked.sent, []);
  draft.submit();
  assert.deepEqual(asked.sent, [["", { file_ids: ["A"] }]]);
});

test("nothing is sent without what could not be uploaded", async () => {
  const { room, asked } = roomOf();
  const draft = written(draftOf(room, null), "look");
  draft.tray.add([new File(["x"], "a.txt")]);
  draft.submit();
  asked.uploads[0].reject(new Error("too large"));
  await soon();
  assert.deepEqual([draft.isLocked, asked.sent, draft.text], [false, [], "look"]);
  assert.match(draft.notice, /^Not sent/);
  draft.submit();
  assert.deepEqual(asked.sent, []);
  draft.tray.remove(draft.tray.items[0]);
  draft.submit();
  assert.deepEqual(asked.sent, [["look", {}]]);
});

/** A message that is changed. */
function editing(fields = {}) {
  const { room, messages, ...rest } = roomOf();
  const message = { id: "m1", body: "helo", ...fields };
  messages.set("m1", message);
  room.editing = "m1";
  return { room, messages, edit: new Edit(room, message), ...rest };
}

test("a change is saved, and ends", async () => {
  const { room, edit, asked } = editing();
  edit.write("hello @Ann");
  await edit.submit();
  assert.deepEqual([asked.edited, room.editing], [[["m1", "hello @Ann", { mention_ids: ["2"] }]], null]);
});

test("who is named no longer is told so", async () => {
  const { edit, asked } = editing({ body: "hi @Ann", mentions: [ANN] });
  edit.write("hi");
  await edit.submit();
  assert.deepEqual(asked.edited, [["m1", "hi", { mention_ids: [] }]]);
});

test("what did not change is not asked for", async () => {
  const { room, edit, asked } = editing();
  edit.write(" helo ");
  await edit.submit();
  assert.deepEqual([asked.edited, room.editing], [[], null]);
});

test("nothing is left of a message only where something else is in it", async () => {
  const { room, edit, asked } = editing();
  edit.write("");
  await edit.submit();
  assert.deepEqual([asked.edited, room.editing], [[], "m1"]);
  assert.match(edit.notice, /delete/);
  const pictured = editing({ images: [{}] });
  pictured.edit.write("");
  await pictured.edit.submit();
  assert.deepEqual(pictured.asked.edited, [["m1", "", {}]]);
});

test("a refusal is shown where one writes, and the text stays", async () => {
  const { room, edit, client } = editing();
  client.edit = async () => { throw new Error("Too late."); };
  edit.write("hello");
  await edit.submit();
  assert.deepEqual([edit.notice, edit.text, edit.isLocked, room.editing], ["Too late.", "hello", false, "m1"]);
});

test("a message that was deleted meanwhile is not changed", async () => {
  const { edit, asked, messages } = editing();
  messages.set("m1", { id: "m1", deleted: true });
  edit.write("hello");
  await edit.submit();
  assert.deepEqual(asked.edited, []);
  assert.match(edit.notice, /deleted/);
});

// -- Names ----------------------------------------------------------------------------------------------------
const names = (list) => list.options.map(({ name }) => name);

test("members are offered after an @, without oneself, and by keys", () => {
  const { room } = roomOf({ members: [{ user_id: "1", name: "Me" }, ANN, { user_id: "3", name: "Abe" }] });
  const list = new MentionList(room, "list", () => {});
  list.look("hi @", 4);
  assert.deepEqual([names(list), list.activeId], [["Abe", "Ann"], "list-0"]);
  list.move(-1);
  list.look("hi @", 4);
  assert.equal(list.activeId, "list-1", "a key that moved in the list is no other text");
  list.look("hi @m", 5);
  assert.deepEqual([list.isOpen, list.activeId], [false, null]);
});

test("members who come while a name is written are offered", () => {
  const { room } = roomOf({ members: [] });
  const list = new MentionList(room, "list", () => {});
  list.look("@", 1);
  assert.equal(list.isOpen, false);
  room.members = [ANN];
  list.refresh();
  assert.deepEqual(names(list), ["Ann"]);
  list.close();
  room.members = [ANN, { user_id: "3", name: "Abe" }];
  list.refresh();
  assert.equal(list.isOpen, false);
});

test("a list that was closed stays closed for this name", () => {
  const { room } = roomOf();
  const list = new MentionList(room, "list", () => {});
  list.look("@", 1);
  list.close();
  list.look("@a", 2);
  assert.equal(list.isOpen, false);
  list.look("@a @", 4);
  assert.equal(list.isOpen, true);
});

test("in big rooms the server is asked, after a pause, once", async () => {
  const { room, asked } = roomOf({ memberCount: 5_000, found: [ANN, { user_id: "9", name: "Anders" }, { user_id: "1", name: "An I" }, { user_id: null, name: "An Old" }] });
  const list = new MentionList(room, "list", () => {});
  for (const query of ["@a", "@an"]) list.look(query, query.length);
  assert.deepEqual([names(list), asked.paths], [["Ann"], []]);
  mock.timers.tick(150);
  await soon();
  assert.deepEqual(asked.paths, ["rooms/r/users/?limit=8&search=an"]);
  assert.deepEqual(names(list), ["Ann", "Anders"]);
});

test("an answer that comes too late is left alone", async () => {
  const { room } = roomOf({ memberCount: 5_000, found: [{ user_id: "9", name: "Anders" }] });
  const list = new MentionList(room, "list", () => {});
  list.look("@an", 3);
  mock.timers.tick(150);
  list.look("", 0);
  await soon();
  assert.equal(list.isOpen, false);
});
