// Uploads: progress, refusals, breaks of the network, and giving up.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { ChatClient, Refused } from "../../df_chat/static/df_chat/client.js";
import { Server } from "./server.mjs";

let server;
let client;

beforeEach(async () => {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  server = new Server();
  client = new ChatClient({
    api: "http://chat/", socket: "http://chat/ws/", fetch: server.fetch, WebSocket: server.WebSocket,
    XMLHttpRequest: server.XMLHttpRequest, csrfToken: () => "token", headers: { "X-App": "1" }, random: () => 0.5,
  });
  client.start();
  await flush();
});

afterEach(() => {
  client.stop();
  mock.timers.reset();
});

async function flush() {
  for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setImmediate(resolve));
}

async function pass(ms) {
  mock.timers.tick(ms);
  await flush();
}

const image = new File(["pixels"], "lake.jpg", { type: "image/jpeg" });
const text = new File(["words"], "notes.txt", { type: "text/plain" });

async function begin(file, options) {
  const done = client.upload(file, options);
  done.catch(() => {});
  await flush();
  return { done, sent: () => server.uploads.at(-1) };
}

test("an image goes to the images, anything else to the files", async () => {
  const asked = [];
  for (const [file, options] of [[image, {}], [text, {}], [image, { as: "file" }], [new File(["<svg/>"], "a.svg", { type: "image/svg+xml" }), {}]]) {
    const { done, sent } = await begin(file, options);
    asked.push([sent().method, sent().url, ...sent().form.keys()]);
    sent().answer(201, { id: "a" });
    assert.deepEqual(await done, { id: "a" });
  }
  assert.deepEqual(asked, [["POST", "http://chat/images/", "image"], ...Array(3).fill(["POST", "http://chat/files/", "file"])]);
  assert.deepEqual(server.uploads[0].headers, { Accept: "application/json", "X-App": "1", "X-CSRFToken": "token" });
});

test("progress is told as a share of the bytes", async () => {
  const shares = [];
  const { done, sent } = await begin(image, { onProgress: (share) => shares.push(share) });
  for (const loaded of [0, 50, 200]) sent().upload.onprogress({ loaded, total: 200 });
  sent().answer(201, {});
  await done;
  assert.deepEqual(shares, [0, 0.25, 1]);
});

test("a refusal is final, and has the server's words", async () => {
  const { done, sent } = await begin(image);
  sent().answer(400, { errors: [{ code: "not_an_image", detail: "This is not an image.", attr: "image" }] });
  await assert.rejects(done, (error) => error instanceof Refused && error.status === 400 && error.message === "This is not an image.");
  assert.equal(server.uploads.length, 1);
});

test("a proxy's page is a refusal too", async () => {
  const { done, sent } = await begin(text);
  sent().responseText = "<h1>413</h1>";
  sent().status = 413;
  sent().onloadend();
  await assert.rejects(done, (error) => error instanceof Refused && error.status === 413);
});

test("a busy server is asked again when it said, three times", async () => {
  const { done } = await begin(image);
  server.uploads[0].answer(503, null, "7");
  await flush();
  await pass(7_249);
  assert.equal(server.uploads.length, 1);
  await pass(1);
  server.uploads[1].answer(503);
  await flush();
  await pass(500);
  server.uploads[2].answer(503);
  await assert.rejects(done, (error) => error instanceof Refused && error.status === 503);
});

test("without a connection it waits, and goes when there is one", async () => {
  const shares = [];
  const { done } = await begin(image, { onProgress: (share) => shares.push(share) });
  server.isUp = false;
  server.socket.end(1006);
  server.uploads[0].upload.onprogress({ loaded: 1, total: 2 });
  for (let attempt = 1; attempt <= 8; attempt++) {
    server.uploads.at(-1).answer(0);
    await flush();
    await pass(15_000);
    assert.equal(server.uploads.length, attempt + 1, "it is tried again, however often");
  }
  server.uploads.at(-1).answer(0);
  await flush();
  const count = server.uploads.length;
  server.isUp = true;
  client.wake();
  await flush();
  assert.equal(server.uploads.length, count + 1, "at once");
  server.uploads.at(-1).answer(201, { id: "a" });
  assert.deepEqual(await done, { id: "a" });
  assert.deepEqual(shares.slice(0, 2), [0.5, 0]);
});

test("a browser that is offline waits too, though its socket does not know it yet", async (context) => {
  const listeners = new EventTarget();
  const there = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  const navigator = { onLine: false };
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
  globalThis.addEventListener = listeners.addEventListener.bind(listeners);
  context.after(() => {
    delete globalThis.addEventListener;
    Object.defineProperty(globalThis, "navigator", there ?? { value: undefined, configurable: true });
  });
  const { done, sent } = await begin(image);
  for (let attempt = 1; attempt <= 4; attempt++) {
    sent().answer(0);
    await flush();
    await pass(15_000);
    assert.equal(server.uploads.length, attempt + 1);
  }
  sent().answer(0);
  await flush();
  navigator.onLine = true;
  listeners.dispatchEvent(new Event("online"));
  await flush();
  assert.equal(server.uploads.length, 6, "at once");
  sent().answer(201, { id: "a" });
  assert.deepEqual(await done, { id: "a" });
});

test("a connection that carries everything but this ends it", async () => {
  const { done, sent } = await begin(image);
  for (const ms of [250, 500, 0]) {
    sent().answer(0);
    await flush();
    await pass(ms);
  }
  await assert.rejects(done, (error) => error instanceof Refused && error.status === 0);
  assert.equal(server.uploads.length, 3);
});

test("one that stalls is tried again, and one that moves is left alone", async () => {
  const { done, sent } = await begin(image);
  for (const loaded of [1, 2, 3]) {
    await pass(59_000);
    sent().upload.onprogress({ loaded, total: 9 });
  }
  assert.equal(sent().isAborted, undefined);
  await pass(60_000);
  assert.equal(server.uploads[0].isAborted, true);
  await pass(250);
  assert.equal(server.uploads.length, 2);
  await pass(60_000);
  assert.equal(server.uploads[1].isAborted, true, "nor may one that never moved");
  await pass(500);
  sent().answer(201, {});
  await done;
});

test("it can be given up: while it goes, while it waits, and before", async () => {
  for (const until of [() => {}, (sent) => sent().answer(503)]) {
    const giving = new AbortController();
    const { done, sent } = await begin(image, { signal: giving.signal });
    until(sent);
    await flush();
    const count = server.uploads.length;
    giving.abort();
    await assert.rejects(done, { name: "AbortError" });
    await pass(60_000);
    assert.equal(server.uploads.length, count);
  }
  assert.equal(server.uploads[0].isAborted, true);
  const count = server.uploads.length;
  await assert.rejects(client.upload(image, { signal: AbortSignal.abort() }), { name: "AbortError" });
  assert.equal(server.uploads.length, count);
});

test("a client that stops gives up what is under way", async () => {
  const { done, sent } = await begin(image);
  client.stop();
  await assert.rejects(done, { name: "AbortError" });
  assert.equal(sent().isAborted, true);
});

test("who asks is asked before each attempt, and may be away for a while", async () => {
  let asked = 0;
  client.rest.authorization = async () => {
    if (++asked === 1) throw new TypeError("fetch failed");
    return `Bearer ${asked}`;
  };
  const { done, sent } = await begin(image);
  assert.equal(server.uploads.length, 0);
  await pass(250);
  assert.equal(sent().headers.Authorization, "Bearer 2");
  sent().answer(201, {});
  await done;
});
