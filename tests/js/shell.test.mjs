// Keys, the address bar, the title, preferences, notifications, and what the status bar says.
import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { AddressBar, messageIn, roomIn } from "../../df_chat/static/df_chat/web/shell/address.js";
import { commandOf, neighbour } from "../../df_chat/static/df_chat/web/shell/keys.js";
import { claim, newsIn, Notifier } from "../../df_chat/static/df_chat/web/shell/notifier.js";
import { Preferences } from "../../df_chat/static/df_chat/web/shell/preferences.js";
import { statusText } from "../../df_chat/static/df_chat/web/shell/status-text.js";
import { TitleBadge } from "../../df_chat/static/df_chat/web/shell/title.js";
import { MemoryStorage } from "./server.mjs";

const A = "01a1fe81-9747-743d-812c-9d33afba969e";
const B = "01a1fe81-9747-743d-812c-9d33afba969f";

// -- Keys
const key = (name, held = {}) => ({ key: name, altKey: false, ctrlKey: false, metaKey: false, isComposing: false, ...held });
for (const [about, event, isTyping, command] of [
  ["Ctrl+K", key("k", { ctrlKey: true }), true, "search"],
  ["Cmd+K with capitals", key("K", { metaKey: true }), false, "search"],
  ["K", key("k"), false, null],
  ["Ctrl+Alt+K", key("k", { ctrlKey: true, altKey: true }), false, null],
  ["Alt+Up", key("ArrowUp", { altKey: true }), true, "above"],
  ["Alt+Down", key("ArrowDown", { altKey: true }), false, "below"],
  ["Up", key("ArrowUp"), false, null],
  ["?", key("?"), false, "help"],
  ["? while typing", key("?"), true, null],
  ["a key of an input method", key("?", { isComposing: true }), false, null],
]) {
  test(`${about} asks for ${command}`, () => assert.equal(commandOf(event, isTyping), command));
}

const ROOMS = [{ id: "1" }, { id: "2" }, { id: "3" }];
for (const [open, by, id] of [["1", 1, "2"], ["2", -1, "1"], ["3", 1, "3"], ["1", -1, "1"], [null, 1, "1"], [null, -1, "3"], ["gone", 1, "1"]]) {
  test(`${by} from ${open} is ${id}`, () => assert.equal(neighbour(ROOMS, open, by), id));
}
test("without rooms there is no neighbour", () => assert.equal(neighbour([], "1", 1), null));

// -- The address bar
for (const [path, id] of [
  [`/chat/${A}/`, A],
  [`/chat/${A}`, A],
  [`/chat/${A.toUpperCase()}/`, A],
  ["/chat/", null],
  [`/chat/${A}/settings/`, null],
  [`/other/${A}/`, null],
  ["/chat/..%2f/", null],
]) {
  test(`${path} names ${id}`, () => assert.equal(roomIn("/chat/", path), id));
}

/** A window and a chat on it. */
function browse(path, openId = null) {
  const visited = [path];
  const window = new EventTarget();
  const [pathname, hash = ""] = path.split(/(?=#)/);
  window.location = { pathname, hash };
  window.history = {
    pushState: (state, title, to) => visited.push((window.location.pathname = to)),
    replaceState: (state, title, to) => (visited[visited.length - 1] = window.location.pathname = to),
  };
  const followed = [];
  const chat = new EventTarget();
  chat.states = new Map();
  chat.room = null;
  chat.open = (id) => {
    if (id === (chat.room?.id ?? null)) return;
    chat.room = id && { id, reading: { follow: (message) => followed.push(message) } };
    if (id) chat.states.set(id, chat.room);
    chat.dispatchEvent(new CustomEvent("opened", { detail: id }));
  };
  if (openId) chat.open(openId);
  new AddressBar(chat, "/chat/", window).start(new AbortController().signal);
  const back = () => {
    visited.pop();
    window.location.pathname = visited.at(-1);
    window.dispatchEvent(new Event("popstate"));
  };
  return { chat, visited, back, window, followed };
}

test("an opened room stands in the address, and back closes it", () => {
  const { chat, visited, back } = browse("/chat/");
  chat.open(A);
  chat.open(B);
  assert.deepEqual(visited, ["/chat/", `/chat/${A}/`, `/chat/${B}/`]);
  back();
  assert.equal(chat.room.id, A);
  back();
  assert.equal(chat.room, null);
  assert.deepEqual(visited, ["/chat/"]);
});

test("the room that the page came with is not opened twice", () => {
  const { chat, visited } = browse(`/chat/${A}/`, A);
  chat.open(null);
  assert.deepEqual(visited, [`/chat/${A}/`, "/chat/"]);
});

test("an address that names a room opens it", () => {
  const { chat, visited } = browse(`/chat/${A}/`);
  assert.equal(chat.room.id, A);
  assert.deepEqual(visited, [`/chat/${A}/`]);
});

test("a room that is gone is nothing to go back to", () => {
  const { chat, visited } = browse("/chat/");
  chat.open(A);
  chat.states.delete(A);
  chat.open(null);
  assert.deepEqual(visited, ["/chat/", "/chat/"]);
});

for (const [hash, id] of [[`#message-${A}`, A], [`#message-${A.toUpperCase()}`, A], ["#message-1", null], [`#${A}`, null], ["", null]]) {
  test(`${hash || "nothing"} names ${id}`, () => assert.equal(messageIn(hash), id));
}

test("the message of an address is followed, in whichever way its room was opened", () => {
  assert.deepEqual(browse(`/chat/${A}/#message-${B}`, A).followed, [B]);
  const { followed, window } = browse(`/chat/${A}/#message-${B}`);
  assert.deepEqual(followed, [B]);
  window.location.hash = `#message-${A}`;
  window.dispatchEvent(new Event("popstate"));
  assert.deepEqual(followed, [B, A]);
  assert.deepEqual(browse(`/chat/#message-${B}`).followed, []);
});

// -- The title
test("the title counts what is unread, and is the page's own again", () => {
  const page = { title: "Chat" };
  const badge = new TitleBadge(page);
  badge.show(3);
  assert.equal(page.title, "(3) Chat");
  badge.show(4);
  assert.equal(page.title, "(4) Chat");
  page.title = "Orders";
  badge.show(5);
  assert.equal(page.title, "(5) Orders");
  badge.show(5, true);
  assert.equal(page.title, "(5+) Orders");
  badge.show(0, true);
  assert.equal(page.title, "Orders");
  badge.show(1234);
  badge.stop();
  assert.equal(page.title, "Orders");
});

test("of two chats on a page one has the say", () => {
  const page = { title: "Chat" };
  const [one, other] = [new TitleBadge(page), new TitleBadge(page)];
  one.show(1);
  other.show(2);
  assert.equal(page.title, "(1) Chat");
  other.stop();
  assert.equal(page.title, "(1) Chat");
  one.stop();
});

test("a page that is called after a room is called after the next", () => {
  const page = { title: "General – Intranet" };
  const badge = new TitleBadge(page);
  badge.show(2);
  assert.equal(badge.rename("General", "$& of Bob"), true);
  badge.show(1);
  assert.equal(page.title, "(1) $& of Bob – Intranet");
  assert.equal(badge.rename("Lunch", "Dinner"), false);
  badge.stop();
});

// -- Preferences
test("preferences are a user's own, and are kept", () => {
  const storage = new MemoryStorage();
  new Preferences("1", storage).set("sound", true);
  assert.deepEqual(new Preferences("1", storage).all, { notify: false, sound: true, badge: true });
  assert.deepEqual(new Preferences("2", storage).all, { notify: false, sound: false, badge: true });
});

for (const text of ["", "{", "null", "[]", '"x"', '{"notify": "yes", "more": true}']) {
  test(`preferences of ${JSON.stringify(text)} are those at first`, () => {
    const storage = new MemoryStorage();
    storage.setItem("df_chat_preferences:1", text);
    assert.deepEqual(new Preferences("1", storage).all, { notify: false, sound: false, badge: true });
  });
}

test("without a storage, or a full one, preferences stay as they are", () => {
  const full = { getItem: () => null, setItem: () => { throw new Error("full"); } };
  for (const storage of [undefined, full]) {
    const preferences = new Preferences("1", storage);
    preferences.set("sound", true);
    assert.equal(preferences.all.sound, false);
  }
});

// -- Notifications
const message = (fields) => ({ id: "m", room_id: "r", seq: 5, version: 5, user_id: "2", body: "hello", ...fields });
const frame = (...messages) => ({ type: "changes", stream: "room:r", messages });

for (const [about, told, count] of [
  ["a message", message(), 1],
  ["one's own", message({ user_id: "1" }), 0],
  ["the system's", message({ user_id: null }), 0],
  ["an edit or a reaction", message({ version: 9 }), 0],
  ["a deletion", { id: "m", seq: 5, version: 5, deleted: true }, 0],
]) {
  test(`${about} is news: ${count}`, () => assert.equal(newsIn(frame(told), "1").length, count));
}
test("a poke is no news", () => assert.deepEqual(newsIn({ type: "changes", stream: "room:r", version: 3 }, "1"), []));

/** What a notifier showed and played, of what the socket told. */
async function notify(tell, { room = {}, preferences = { notify: true, sound: true }, hidden = true, seenSeq = 0, claimed = new Set() } = {}) {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 100_000 });
  globalThis.document = { hidden };
  const chat = Object.assign(new EventTarget(), {
    user: "1",
    preferences: { all: preferences },
    rooms: new Map([["r", { id: "r", is_member: true, is_muted: false, ...room }]]),
    states: new Map([["r", { seenSeq }]]),
  });
  const shown = [];
  let tones = 0;
  const claim = async (id) => !claimed.has(id) && claimed.add(id);
  new Notifier(chat, { show: (_, one, { id }) => shown.push(id), tone: () => tones++, claim }).start(new AbortController().signal);
  for (const detail of tell) chat.dispatchEvent(new CustomEvent("frame", { detail }));
  mock.timers.tick(2_000);
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  mock.timers.reset();
  delete globalThis.document;
  return [shown, tones];
}

const read = { type: "changes", stream: "user:1", memberships: [{ room_id: "r", seen_seq: 5 }] };
for (const [about, tell, options, expected] of [
  ["a message is told", [frame(message())], {}, [["m"], 1]],
  ["nobody asked", [frame(message())], { preferences: { notify: false, sound: false } }, [[], 0]],
  ["a muted room is silent", [frame(message())], { room: { is_muted: true } }, [[], 0]],
  ["a room that is only looked at is silent", [frame(message())], { room: { is_member: false } }, [[], 0]],
  ["the page is in front", [frame(message())], { hidden: false }, [[], 1]],
  ["it was read on another device meanwhile", [frame(message()), read], {}, [[], 0]],
  ["it was read here", [frame(message())], { seenSeq: 5 }, [[], 0]],
  ["another tab told it", [frame(message())], { claimed: new Set(["m"]) }, [[], 0]],
  ["a burst is one tone", [frame(message({ id: "a" }), message({ id: "b", seq: 6, version: 6 }))], {}, [["a", "b"], 1]],
]) {
  test(`notifications: ${about}`, async () => assert.deepEqual(await notify(tell, options), expected));
}

test("of two tabs one tells", async () => {
  const held = new Set();
  const request = async (name, { ifAvailable }, work) => {
    assert.ok(ifAvailable);
    if (held.has(name)) return work(null);
    held.add(name);
    return work({ name });
  };
  const { navigator } = globalThis;
  Object.defineProperty(globalThis, "navigator", { value: { locks: { request } }, configurable: true });
  mock.timers.enable({ apis: ["setTimeout"] });
  assert.deepEqual([await claim("a"), await claim("a"), await claim("b")], [true, false, true]);
  mock.timers.reset();
  Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });
  assert.equal(await claim("a"), true);
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
});

// -- The status
test("what waits is said while it waits", () => {
  assert.equal(statusText("up_to_date", 0), "Up to date");
  assert.equal(statusText("up_to_date", 1), "Up to date");
  assert.equal(statusText("offline", 0), "Offline.");
  assert.equal(statusText("offline", 2), "Offline. Messages that wait: 2");
  assert.equal(statusText("connecting", 1), "Connecting … Messages that wait: 1");
});
