// The examples of docs/clients.md run.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ChatClient } from "../../df_chat/static/df_chat/client.js";
import { MemoryStorage, Server } from "./server.mjs";

const page = readFileSync(new URL("../../docs/clients.md", import.meta.url), "utf8");
const blocks = [...page.matchAll(/^```js\n(.*?)^```/gms)].map((match) => match[1]);
const settled = async () => { for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setImmediate(resolve)); };

test("the page's examples run", async () => {
  const server = new Server();
  server.post({ body: "before" });
  class Answering extends server.XMLHttpRequest {
    send(form) {
      super.send(form);
      this.upload.onprogress({ loaded: 1, total: 1 });
      this.answer(201, { id: "i1" });
    }
  }
  class InMemory extends ChatClient {
    constructor(options) {
      const network = { api: "http://chat/", socket: "http://chat/ws/", fetch: server.fetch, WebSocket: server.WebSocket, XMLHttpRequest: Answering };
      super({ ...options, ...network });
    }
  }
  const shown = [];
  const statuses = [];
  const shares = [];
  const names = { ChatClient: InMemory, roomId: "r", userId: "1", localStorage: new MemoryStorage(), show: (messages) => shown.push(messages.map(({ body }) => body)), showStatus: (status) => statuses.push(status), settled, file: new File(["x"], "lake.jpg", { type: "image/jpeg" }), showProgress: (share) => shares.push(share) };
  const [imports, ...setUp] = blocks[0].split("\n");
  assert.equal(imports, 'import { ChatClient } from "/static/df_chat/client.js";');
  const code = `${setUp.join("\n")}\ntry { await settled();\n${blocks.slice(1).join("")}\n} finally { client.stop(); }`;
  const AsyncFunction = (async () => {}).constructor;
  await new AsyncFunction(...Object.keys(names), code)(...Object.values(names));
  assert.deepEqual(shown.at(-1), ["before", "Hello", "From the lake"]);
  assert.deepEqual([shares, server.messages.at(-1).image_ids], [[1], ["i1"]]);
  assert.deepEqual(statuses.slice(0, 2), ["syncing", "up_to_date"]);
  const asked = server.requests.map(({ method, path }) => `${method} ${path}`);
  for (const request of ["POST rooms/r/messages/m3/react/", "PATCH rooms/r/messages/m3/", "POST rooms/r/messages/seen/", "GET users/?search=da"]) {
    assert.ok(asked.includes(request), request);
  }
});

test("every option, event and method that the page names is there", () => {
  const source = readFileSync(new URL("../../df_chat/static/df_chat/client.js", import.meta.url), "utf8");
  const tables = [...page.matchAll(/^\| (`[^|]*) \|/gm)].flatMap((match) => [...match[1].matchAll(/`(\w+)`/g)].map((name) => name[1]));
  assert.ok(tables.length > 10);
  for (const name of tables) assert.match(source, new RegExp(`\\b${name}\\b`), name);
  const [methods] = page.match(/tried three times\. .* are there too/s);
  for (const [, name] of methods.matchAll(/`(\w+)`/g)) assert.equal(typeof ChatClient.prototype[name], "function", name);
});
