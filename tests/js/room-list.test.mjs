// The list of rooms stays as the server has it, and asks little for that.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { RoomList } from "../../df_chat/static/df_chat/web/rooms/room-list.js";

const room = (id, fields) => ({ id, is_member: true, is_muted: false, role: "member", unread_count: 0, created: "2026-01-01", last_message: null, stream_version: 7, ...fields });
const changes = (id) => ({ type: "changes", stream: `room:${id}`, version: 9 });
const ready = (...ids) => ({ type: "ready", streams: Object.fromEntries(["user:1", ...ids.map((id) => `room:${id}`)].map((name) => [name, { version: 7 }])) });
const own = (...memberships) => ({ type: "changes", stream: "user:1", memberships });
const membership = (room_id, fields) => ({ room_id, is_active: true, is_muted: false, role: "member", seen_seq: 0, ...fields });

let server, list;

/** A chat whose server has `server.rooms`, two a page. */
function chat() {
  const request = async (method, path) => {
    server.requests.push(path);
    if (server.refusal) throw Object.assign(new Error("no"), { status: server.refusal });
    const [, id] = path.match(/^rooms\/(\w+)\/$/) ?? [];
    if (id) {
      if (!server.rooms.has(id)) throw Object.assign(new Error("Not found."), { status: 404 });
      return server.rooms.get(id);
    }
    const start = Number(path.match(/cursor=(\d+)/)?.[1] ?? 0);
    const all = [...server.rooms.values()];
    const next = start + server.page < all.length ? `http://host/api/rooms/?limit=100&cursor=${start + server.page}` : null;
    return { results: all.slice(start, start + server.page), next };
  };
  return { client: { request }, states: new Map(), tell() {}, attempt: (work) => work().catch(() => {}) };
}

async function elapse(milliseconds) {
  for (let passed = 0; passed < milliseconds; passed += 50) {
    mock.timers.tick(50);
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  }
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
  server = { rooms: new Map(["a", "b", "c", "d", "e"].map((id) => [id, room(id)])), requests: [], page: 10, refusal: null };
  list = new RoomList(chat());
});

async function loaded() {
  await list.load();
  server.requests = [];
}

test("a change in a room is one request for it", async () => {
  await loaded();
  server.rooms.set("a", room("a", { unread_count: 7 }));
  list.take(changes("a"));
  await elapse(300);
  assert.deepEqual(server.requests, ["rooms/a/"]);
  assert.equal(list.get("a").unread_count, 7);
});

test("a burst in a room is at most one request a second", async () => {
  await loaded();
  for (let index = 0; index < 60; index++) {
    list.take(changes("a"));
    await elapse(50);
  }
  assert.ok(server.requests.length <= 4, String(server.requests.length));
  server.rooms.set("a", room("a", { unread_count: 1 }));
  list.take(changes("a"));
  await elapse(1_200);
  assert.equal(list.get("a").unread_count, 1);
});

test("a burst in many rooms is one request for the list", async () => {
  await loaded();
  for (const id of "abcde") list.take(changes(id));
  await elapse(2_000);
  assert.deepEqual(server.requests, ["rooms/?limit=100"]);
});

test("rooms that the list does not bring are asked for one by one", async () => {
  await loaded();
  server.page = 4;
  for (const id of "abcde") list.take(changes(id));
  await elapse(2_000);
  assert.deepEqual(server.requests, ["rooms/?limit=100", "rooms/e/"]);
});

test("what changes while it is read is read again", async () => {
  await loaded();
  let land;
  const { request } = list.chat.client;
  list.chat.client.request = async (...asked) => {
    const answer = await request(...asked);
    await new Promise((resolve) => (land = resolve));
    return answer;
  };
  list.take(changes("a"));
  await elapse(300);
  server.rooms.set("a", room("a", { unread_count: 3 }));
  list.take(changes("a"));
  land();
  await elapse(1_500);
  land();
  await elapse(50);
  assert.equal(list.get("a").unread_count, 3);
});

/** Let answers wait for `land`. */
function hold() {
  const waiting = [];
  const { request } = list.chat.client;
  list.chat.client.request = async (...asked) => {
    const answer = await request(...asked);
    await new Promise((resolve) => waiting.push(resolve));
    return answer;
  };
  return () => waiting.shift()?.();
}

test("one thing is read at a time", async () => {
  await loaded();
  const land = hold();
  list.take(changes("a"));
  await elapse(300);
  list.take(changes("b"));
  await elapse(5_000);
  assert.deepEqual(server.requests, ["rooms/a/"]);
  land();
  await elapse(300);
  assert.deepEqual(server.requests, ["rooms/a/", "rooms/b/"]);
});

test("what the list no longer has is dropped, and what came while it was read is kept", async () => {
  await loaded();
  server.rooms.delete("b");
  const land = hold();
  list.take({ type: "changes", stream: "user:1", version: 3 });
  await elapse(300);
  list.put(room("new"));
  land();
  await elapse(50);
  assert.deepEqual(list.mine.map((one) => one.id).sort(), ["a", "c", "d", "e", "new"]);
});

test("a page that lands after the list was read anew counts for nothing", async () => {
  server.page = 2;
  await loaded();
  const land = hold();
  const more = list.loadMore();
  await elapse(50);
  server.page = 10;
  const again = list.readAll();
  await elapse(50);
  land();
  land();
  await elapse(50);
  await Promise.all([more, again]);
  assert.deepEqual([list.next, list.pages], [null, 1]);
});

test("a room that is gone leaves the list", async () => {
  await loaded();
  server.rooms.delete("a");
  list.take(changes("a"));
  await elapse(300);
  assert.equal(list.get("a"), undefined);
});

test("a removal is told, and needs no request", async () => {
  await loaded();
  list.take({ type: "removed", stream: "room:a" });
  await elapse(2_000);
  assert.equal(list.get("a"), undefined);
  assert.deepEqual(server.requests, []);
});

test("what was read, muted or joined in another tab is asked for", async () => {
  await loaded();
  list.take(own(membership("a", { seen_seq: 4 })));
  list.take(own(membership("b", { is_muted: true })));
  list.take(own(membership("x")));
  server.rooms.set("x", room("x"));
  await elapse(300);
  assert.deepEqual(server.requests, ["rooms/a/", "rooms/b/", "rooms/x/"]);
  assert.ok(list.get("x"));
});

test("that messages arrived on another device changes nothing that is shown", async () => {
  await loaded();
  list.take(own(membership("a", { seen_seq: 4 })));
  await elapse(2_000);
  server.requests = [];
  list.take(own(membership("a", { seen_seq: 4, received_seq: 9 })));
  await elapse(2_000);
  assert.deepEqual(server.requests, []);
});

test("news of the user's own stream without content is asked for", async () => {
  await loaded();
  list.take({ type: "changes", stream: "user:1", version: 3 });
  await elapse(300);
  assert.deepEqual(server.requests, ["rooms/?limit=100"]);
});

test("after a reconnect the list is read again, and what the user left is gone at once", async () => {
  await loaded();
  list.take(ready("a", "b", "c", "d", "e"));
  server.rooms.delete("b");
  server.rooms.set("a", room("a", { unread_count: 2 }));
  list.take(ready("a", "c", "d", "e"));
  assert.deepEqual(list.mine.map((one) => one.id).sort(), ["a", "c", "d", "e"]);
  await elapse(300);
  assert.equal(list.get("a").unread_count, 2);
});

test("a public room that was left meanwhile and is still looked at is asked for", async () => {
  await loaded();
  list.chat.room = { id: "b" };
  server.rooms.set("b", room("b", { is_member: false }));
  list.take(ready("a", "c", "d", "e"));
  await elapse(300);
  assert.equal(list.get("b").is_member, false);
});

for (const isLoaded of [true, false]) {
  test(`a list ${isLoaded ? "read" : "being read"} when the socket opens is read again where it is behind`, async () => {
    const loading = list.load();
    if (isLoaded) await loading;
    const frame = ready("a", "b", "c", "d", "e", "f");
    for (const id of "abcde") frame.streams[`room:${id}`] = { version: id === "a" ? 8 : 7 };
    list.take(frame);
    await loading;
    server.requests = [];
    server.rooms.set("a", room("a", { unread_count: 2 }));
    server.rooms.set("f", room("f"));
    await elapse(300);
    assert.deepEqual(server.requests, ["rooms/a/", "rooms/f/"]);
    assert.equal(list.get("a").unread_count, 2);
    assert.ok(list.get("f"));
  });
}

test("a list that lacks nothing when the socket opens is not read again", async () => {
  await loaded();
  list.take(ready("a", "b", "c", "d", "e"));
  await elapse(2_000);
  assert.deepEqual(server.requests, []);
});

test("a list that failed, is old or has more pages is read again when the socket opens", async () => {
  server.refusal = 500;
  await list.load();
  server.refusal = null;
  list.take(ready("a"));
  await elapse(300);
  assert.equal(list.mine.length, 5);
  server.page = 3;
  const long = new RoomList(chat());
  await long.load();
  server.requests = [];
  long.take(ready("a", "b", "c", "d", "e"));
  await elapse(300);
  assert.deepEqual(server.requests, ["rooms/?limit=100"]);
  server.page = 10;
  const old = new RoomList(chat());
  await old.load();
  await elapse(6_000);
  server.requests = [];
  old.take(ready("a", "b", "c", "d", "e"));
  await elapse(300);
  assert.deepEqual(server.requests, ["rooms/?limit=100"]);
});

test("further pages come when asked for, and are read again with the first", async () => {
  server.page = 2;
  await loaded();
  assert.equal(list.mine.length, 2);
  await list.loadMore();
  assert.equal(list.mine.length, 4);
  await list.loadMore();
  assert.equal(list.mine.length, 5);
  assert.equal(list.next, null);
  list.take(ready("a", "b", "c", "d", "e"));
  list.take(ready("a", "b", "c", "d", "e"));
  server.requests = [];
  await elapse(300);
  assert.equal(server.requests.length, 3);
});

test("pages read twice at once come once", async () => {
  server.page = 2;
  await loaded();
  await Promise.all([list.loadMore(), list.loadMore()]);
  assert.deepEqual(server.requests, ["rooms/?limit=100&cursor=2"]);
});

test("a public room that is only looked at stays out of the list, and beside it", async () => {
  await loaded();
  list.put(room("p", { is_member: false }));
  list.take(ready("a", "b", "c", "d", "e"));
  assert.ok(list.get("p"));
  assert.equal(list.mine.length, 5);
});

test("a server that does not answer is asked again, later", async () => {
  await loaded();
  server.refusal = 503;
  list.take(changes("a"));
  await elapse(2_000);
  assert.equal(server.requests.length, 1);
  server.refusal = null;
  server.rooms.set("a", room("a", { unread_count: 2 }));
  await elapse(10_000);
  assert.equal(list.get("a").unread_count, 2);
});

test("the first load says why it failed", async () => {
  server.refusal = 500;
  await list.load();
  assert.equal(list.problem, "no");
  server.refusal = null;
  await list.load();
  assert.equal(list.problem, "");
  assert.equal(list.mine.length, 5);
});

test("muted rooms are left out of the sum of what is unread", async () => {
  server.rooms = new Map([["a", room("a", { unread_count: 2 })], ["b", room("b", { unread_count: 9, is_muted: true })]]);
  await list.load();
  assert.equal(list.unreadSum, 2);
});

test("a room that was left is dropped without asking; the open one, once its own stream tells", async () => {
  await loaded();
  list.chat.room = { id: "b" };
  list.take(changes("a"));
  list.take(own(membership("a", { is_active: false }), membership("b", { is_active: false })));
  assert.deepEqual([list.get("a"), list.get("b").id], [undefined, "b"]);
  list.take({ type: "removed", stream: "room:b" });
  await elapse(1_000);
  assert.equal(list.get("b"), undefined);
  assert.deepEqual(server.requests, []);
});
