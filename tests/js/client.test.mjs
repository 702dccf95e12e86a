// The client on a server in memory: connections that break, answers that get lost, pages that close.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { ChatClient, Refused } from "../../df_chat/static/df_chat/client.js";
import { MemoryStorage, Server } from "./server.mjs";

let server;
let clients;

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  server = new Server();
  clients = [];
});

afterEach(() => {
  for (const client of clients) client.stop();
  mock.timers.reset();
});

/** Let everything happen that needs no time. */
async function flush() {
  for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setImmediate(resolve));
}

async function pass(ms) {
  mock.timers.tick(ms);
  await flush();
}

async function connect(options = {}) {
  const client = new ChatClient({
    api: "http://chat/", socket: "http://chat/ws/", fetch: server.fetch, WebSocket: server.WebSocket, XMLHttpRequest: server.XMLHttpRequest,
    csrfToken: () => "token", user: "1", random: () => 0.5, ...options,
  });
  clients.push(client);
  client.start();
  await flush();
  return client;
}

const bodies = (client) => client.messages("r").map(({ body }) => body);
const heard = (client, type) => {
  const details = [];
  client.addEventListener(type, ({ detail }) => details.push(detail));
  return details;
};
const sends = () => server.requests.filter(({ method, path }) => method === "POST" && path === "rooms/r/messages/");

test("it connects, syncs, and hears", async () => {
  server.post({ body: "before" });
  const statuses = [];
  const client = new ChatClient({ api: "http://chat/", socket: "http://chat/ws/", fetch: server.fetch, WebSocket: server.WebSocket, csrfToken: () => "token" });
  clients.push(client);
  assert.equal(client.status, "connecting");
  client.addEventListener("status", ({ detail }) => statuses.push(detail));
  client.start();
  await flush();
  assert.equal(server.socket.url, "ws://chat/ws/?backlog=0");
  assert.deepEqual(statuses, ["syncing", "up_to_date"]);
  server.post({ body: "live" });
  assert.deepEqual(bodies(client), ["before", "live"]);
  assert.equal(server.requests.find(({ method }) => method === "POST").headers["X-CSRFToken"], "token");
});

test("an answer that came with the page is taken once, and what it lacks is fetched", async () => {
  server.post({ body: "before" });
  const { body } = await (await connect({ user: "" })).rest.ask({ method: "GET", path: "rooms/r/snapshot/", body: null });
  server.post({ body: "since" });
  server.requests = [];
  const asked = () => server.requests.filter(({ path }) => path === "rooms/r/snapshot/").length;
  const client = await connect({ rooms: ["r"], answers: { "rooms/r/snapshot/": body } });
  assert.deepEqual(bodies(client), ["before", "since"]);
  assert.equal(asked(), 0);
  await client.rest.ask({ method: "GET", path: "rooms/r/snapshot/", body: null });
  assert.equal(asked(), 1);
});

test("what came with the page is no answer later", async () => {
  const client = await connect({ rooms: [], answers: { "rooms/r/": { id: "stale" } } });
  await pass(10_000);
  const { body } = await client.rest.ask({ method: "GET", path: "rooms/r/", body: null });
  assert.notEqual(body?.id, "stale");
});

test("changes that come together are told once", async () => {
  const client = await connect();
  const changes = heard(client, "change");
  server.socket.bring([{ type: "heartbeat" }, { type: "heartbeat" }]);
  server.post({ body: "one" });
  server.post({ body: "two" });
  await flush();
  assert.equal(changes.length, 1);
});

test("a frame that is lost is asked for", async () => {
  const client = await connect();
  server.post({ body: "lost" }, { isTold: false });
  server.post({ body: "heard" });
  assert.deepEqual(bodies(client), []);
  assert.equal(client.session.status, "syncing");
  await pass(350);
  assert.deepEqual(bodies(client), ["lost", "heard"]);
  assert.equal(client.status, "up_to_date");
});

test("the last frame being lost, the self check finds it", async () => {
  const client = await connect();
  server.post({ body: "lost" }, { isTold: false });
  await pass(59_000);
  assert.deepEqual(bodies(client), []);
  await pass(2_000);
  assert.deepEqual(bodies(client), ["lost"]);
});

test("an answer that is lost doubles nothing", async () => {
  const client = await connect();
  server.socket.bring = () => {};
  server.answersToLose = 2;
  const sent = client.send("r", "once");
  await flush();
  assert.deepEqual(client.pending("r").map(({ fields }) => fields.body), ["once"]);
  await pass(250);
  await pass(500);
  assert.equal((await sent).body, "once");
  assert.deepEqual([new Set(sends().map(({ data }) => data.client_id)).size, sends().length, server.messages.length], [1, 3, 1]);
  assert.deepEqual([bodies(client), client.pending("r")], [["once"], []]);
});

test("what is written offline is sent in order when the connection is back", async () => {
  const client = await connect();
  server.isUp = false;
  server.socket.end(1006);
  const all = ["one", "two", "three"].map((body) => client.send("r", body));
  await flush();
  assert.equal(client.status, "connecting");
  await pass(5_000);
  assert.equal(client.pending("r").length, 3);
  server.isUp = true;
  client.wake();
  await flush();
  await Promise.all(all);
  assert.deepEqual(server.messages.map(({ body }) => body), ["one", "two", "three"]);
  assert.deepEqual(bodies(client), ["one", "two", "three"]);
  assert.equal(client.status, "up_to_date");
});

test("what is refused for good says so, and can be dropped", async () => {
  const client = await connect();
  const rejected = heard(client, "rejected");
  server.refusals.push({ status: 400, body: { errors: [{ code: "blank", detail: "May not be blank.", attr: "body" }] } });
  await assert.rejects(client.send("r", ""), (error) => error instanceof Refused && error.status === 400 && error.message === "May not be blank.");
  const [failed] = client.pending("r");
  assert.equal(failed.error.status, 400);
  assert.deepEqual(rejected.map(({ room_id, client_id, status }) => [room_id, client_id, status]), [["r", failed.client_id, 400]]);
  client.discard("r", failed.client_id);
  assert.deepEqual(client.pending("r"), []);
});

test("a server that names a time is not asked before it", async () => {
  const client = await connect();
  server.refusals.push({ status: 503, headers: { "Retry-After": "7" } });
  const sent = client.send("r", "later");
  await flush();
  await pass(7_000);
  assert.equal(sends().length, 1);
  await pass(300);
  await sent;
});

test("the outbox and the draft outlive the page", async () => {
  const storage = new MemoryStorage();
  const first = await connect({ storage });
  server.isUp = false;
  first.send("r", "unsent").catch(() => {});
  first.writeDraft("r", "half a");
  await flush();
  const key = sends()[0].data.client_id;
  first.stop();
  server.isUp = true;
  const second = await connect({ storage });
  assert.deepEqual(server.messages.map(({ body, client_id }) => [body, client_id]), [["unsent", key]]);
  assert.equal(second.room("r").draft, "half a");
  second.writeDraft("r", "");
  assert.equal(storage.length, 0);
});

test("two tabs keep their outboxes apart, and another user's is not theirs", async () => {
  const storage = new MemoryStorage();
  server.isUp = false;
  const tabs = [await connect({ storage }), await connect({ storage }), await connect({ storage, user: "2" })];
  tabs.forEach((tab, number) => tab.send("r", `of tab ${number}`).catch(() => {}));
  tabs[0].writeDraft("r", "x");
  await flush();
  for (const tab of tabs) tab.stop();
  server.isUp = true;
  await connect({ storage });
  assert.deepEqual(server.messages.map(({ body }) => body).sort(), ["of tab 0", "of tab 1"]);
  assert.deepEqual([...storage.items.keys()].map((name) => name.split(":")[1]).sort(), ["1", "2"]);
});

test("a storage that is full or forbidden loses nothing while the page lives", async () => {
  const storage = new MemoryStorage();
  storage.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };
  const client = await connect({ storage });
  assert.equal((await client.send("r", "sent")).body, "sent");
});

test("a room that is taken away leaves nothing behind", async () => {
  const storage = new MemoryStorage();
  const client = await connect({ storage });
  const removed = heard(client, "removed");
  server.post({ body: "secret" });
  server.refusals.push({ status: 503 });
  const sent = assert.rejects(client.send("r", "unsent"), (error) => error.status === 404);
  client.writeDraft("r", "half");
  await flush();
  assert.equal(storage.length, 2);
  server.isMember = false;
  server.socket.bring({ type: "removed", stream: "room:r" });
  await sent;
  assert.deepEqual([client.messages("r"), client.room("r"), storage.length, removed], [[], undefined, 0, [{ room_id: "r" }]]);
});

test("connections come back after random, growing times", async () => {
  await connect({ random: () => 1 });
  server.isUp = false;
  server.socket.end(1006);
  for (const ms of [500, 1000, 2000, 4000, 8000, 10000, 10000]) {
    const count = server.sockets.length;
    await pass(ms - 1);
    assert.equal(server.sockets.length, count, `not before ${ms} ms`);
    await pass(1);
    assert.equal(server.sockets.length, count + 1, `after ${ms} ms`);
  }
  server.isUp = true;
  await pass(10_000);
  server.socket.end(1006);
  const count = server.sockets.length;
  await pass(500);
  assert.equal(server.sockets.length, count + 1, "a connection that was ready starts the times anew");
});

test("a server that goes away says when to come back", async () => {
  await connect({ random: () => 0.5 });
  server.socket.bring({ type: "going_away", retry_in: 9 });
  server.socket.end(1012);
  await pass(8_999);
  assert.equal(server.sockets.length, 1);
  await pass(1);
  assert.equal(server.sockets.length, 2);
});

test("a socket that is silent for too long is replaced", async () => {
  const client = await connect();
  server.socket.bring({ type: "heartbeat" });
  await pass(69_000);
  server.socket.bring({ type: "heartbeat" });
  await pass(69_000);
  assert.equal(server.sockets.length, 1);
  await pass(1_000);
  assert.equal(client.status, "connecting");
  await pass(500);
  assert.equal(server.sockets.length, 2);
  assert.equal(client.status, "up_to_date");
  assert.equal(server.sockets[0].readyState, 3);
});

test("frames of a socket that was given up are not heard", async () => {
  const client = await connect();
  const [old] = server.sockets;
  client.connection.lose();
  await pass(500);
  server.post({ body: "now" });
  old.onmessage({ data: JSON.stringify({ type: "removed", stream: "room:r" }) });
  assert.deepEqual(bodies(client), ["now"]);
});

test("signing out is told", async () => {
  const client = await connect();
  const told = heard(client, "signedout");
  server.socket.end(1006);
  assert.equal(told.length, 0);
  await pass(500);
  server.socket.end(4401);
  assert.equal(told.length, 1);
});

test("where somebody else has signed in, nothing is theirs and nothing is lost", async () => {
  const storage = new MemoryStorage();
  const client = await connect({ storage });
  const told = heard(client, "signedout");
  client.writeDraft("r", "half a sentence");
  server.user = "2";
  server.socket.end(1006);
  await pass(10_000);
  assert.ok(told.length > 0);
  assert.equal(client.status, "connecting");
  assert.match([...storage.items.values()].join(), /half a sentence/);
});

test("the network's coming back, a page looked at again and one resumed make it look", async () => {
  const listeners = new EventTarget();
  const page = Object.assign(new EventTarget(), { hidden: true, querySelector: () => null, cookie: "" });
  globalThis.addEventListener = listeners.addEventListener.bind(listeners);
  globalThis.document = page;
  try {
    const client = await connect();
    const looks = async (target, type) => {
      const count = server.requests.length;
      target.dispatchEvent(new Event(type));
      await flush();
      return server.requests.length > count;
    };
    assert.equal(await looks(listeners, "online"), true);
    assert.equal(await looks(page, "visibilitychange"), false, "it was hidden");
    page.hidden = false;
    assert.equal(await looks(page, "visibilitychange"), true);
    assert.equal(await looks(page, "resume"), true);
    client.stop();
    assert.equal(await looks(listeners, "online"), false, "it was stopped");
  } finally {
    delete globalThis.addEventListener;
    delete globalThis.document;
  }
});

test("a change is asked for three times, and then given up", async () => {
  const client = await connect();
  server.refusals.push({ status: 503 }, { status: 502 });
  const done = client.react("r", "m1", "👍");
  await flush();
  await pass(250);
  await pass(500);
  await done;
  server.isUp = false;
  const refused = assert.rejects(client.edit("r", "m1", "x"), (error) => error.status === 0);
  await flush();
  await pass(250);
  await pass(500);
  await refused;
  assert.equal(server.requests.filter(({ method }) => method === "PATCH").length, 3);
});

test("older messages come by pages", async () => {
  for (const body of ["1", "2", "3", "4"]) server.post({ body });
  const client = await connect();
  assert.deepEqual(bodies(client), ["3", "4"]);
  await client.older("r");
  assert.deepEqual(bodies(client), ["1", "2", "3", "4"]);
});

test("typing goes by the socket, or not at all", async () => {
  const client = await connect();
  client.typing("r");
  assert.deepEqual(server.socket.said, [{ action: "typing", room_id: "r", is_typing: true, request_id: null }]);
  server.socket.end(1006);
  client.typing("r", false);
  assert.equal(server.socket.said.length, 1);
});

test("a client of no room hears of rooms, and holds none", async () => {
  const client = await connect({ rooms: [] });
  const frames = heard(client, "frame");
  server.post({ body: "x" });
  assert.equal(client.room("r"), undefined);
  assert.deepEqual(frames.map(({ type }) => type), ["changes"]);
  await client.watch("r");
  assert.deepEqual(bodies(client), ["x"]);
  assert.equal(client.status, "up_to_date");
});
