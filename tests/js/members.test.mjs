// The members of a room: pages of REST under what the room's stream tells; and forms with files.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { Refused, Rest } from "../../df_chat/static/df_chat/transport/rest.js";
import { sendForm } from "../../df_chat/static/df_chat/transport/form.js";
import { MemberList } from "../../df_chat/static/df_chat/web/rooms/member-list.js";

const member = (id, fields) => ({ id: `m${id}`, user_id: id, name: `Person ${id}`, role: "member", is_active: true, version: 1, is_online: false, ...fields });

let server, live, list, changes;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  server = { members: ["1", "2", "3"].map((id) => member(id)), page: 2, requests: [], refusal: null };
  live = new Map();
  changes = 0;
  const request = async (method, path) => {
    server.requests.push(path);
    if (server.refusal) throw server.refusal;
    const start = Number(path.match(/cursor=(\d+)/)?.[1] ?? 0);
    const next = start + server.page < server.members.length ? `http://host/api/rooms/r/users/?cursor=${start + server.page}` : null;
    return { results: server.members.slice(start, start + server.page), next };
  };
  const chat = { client: { request, room: () => ({ objects: { parts: { users: live } } }) } };
  list = new MemberList(chat, "r", () => changes++);
});

const shown = () => list.shown.map((one) => one.user_id);
const settle = async () => {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
};

test("members come page by page", async () => {
  await list.read();
  assert.deepEqual(shown(), ["1", "2"]);
  list.more();
  await settle();
  assert.deepEqual(shown(), ["1", "2", "3"]);
  assert.equal(list.next, null);
  list.more();
  assert.equal(server.requests.length, 3);
});

test("what the stream tells is newer than what was read", async () => {
  await list.read();
  live.set("m1", member("1", { role: "admin", version: 5 }));
  live.set("m2", member("2", { is_active: false, version: 6 }));
  assert.deepEqual(list.shown.map((one) => [one.user_id, one.role]), [["1", "admin"]]);
  live.set("m1", member("1", { role: "owner", version: 1 }));
  assert.equal(list.shown[0].role, "member");
});

test("a search narrows at once, and asks the server", async () => {
  await list.read();
  list.words = "PERSON 2";
  assert.deepEqual(shown(), ["2"]);
  await list.search("person 2&x=1");
  assert.match(server.requests.at(-1), /search=person%202%26x%3D1$/);
});

test("somebody who comes is read once for a burst, and messages are none of it", async () => {
  await list.read();
  server.requests = [];
  for (let count = 0; count < 5; count++) list.take({ type: "changes", stream: "room:r", users: [{}] });
  list.take({ type: "changes", stream: "room:other", users: [{}] });
  mock.timers.tick(1_000);
  await settle();
  assert.equal(server.requests.length, 1);
  list.take({ type: "changes", stream: "room:r", messages: [{}] });
  list.take({ type: "changes", stream: "room:other", users: [{}] });
  mock.timers.tick(5_000);
  await settle();
  assert.equal(server.requests.length, 1);
});

test("asked again while it is read, it is read once more", async () => {
  const reading = list.read();
  list.read();
  list.read();
  await reading;
  assert.equal(server.requests.length, 2);
});

test("a refusal is kept as the server said it", async () => {
  server.refusal = new Error("Not found.");
  await list.read();
  assert.equal(list.problem, "Not found.");
  assert.equal(list.members, null);
  assert.equal(changes, 1);
});

const rest = (fetch, more = {}) => new Rest("http://chat/", { fetch, csrfToken: () => "token", headers: { "X-Host": "1" }, authorization: null, ...more });

test("a form goes with the token and what signs in, and without a type of its own", async () => {
  const asked = [];
  const fetch = async (...args) => (asked.push(args), new Response('{"id": "r"}'));
  const form = new FormData();
  assert.deepEqual(await sendForm(rest(fetch, { authorization: async () => "Bearer x" }), "PUT", "rooms/r/image/", form), { id: "r" });
  const [[url, { method, headers, body }]] = asked;
  assert.deepEqual([url, method, body], ["http://chat/rooms/r/image/", "PUT", form]);
  assert.deepEqual(headers, { Accept: "application/json", "X-CSRFToken": "token", "X-Host": "1", Authorization: "Bearer x" });
});

for (const [about, fetch, status, text] of [
  ["a refusal", async () => new Response('{"errors": [{"code": "x", "detail": "Too large.", "attr": "image"}]}', { status: 400 }), 400, "Too large."],
  ["a page of a proxy", async () => new Response("<html>", { status: 502 }), 502, "HTTP 502"],
  ["no network", async () => { throw new TypeError("fetch failed"); }, 0, "no answer"],
]) {
  test(`a form answered with ${about} is refused`, async () => {
    await assert.rejects(sendForm(rest(fetch), "PUT", "x/", new FormData()), (error) => error instanceof Refused && error.status === status && error.message === text);
  });
}
