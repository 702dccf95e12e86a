// A chat server in memory, for one user and one room: REST by `fetch`, and sockets that tests can cut.

const JSON_TYPE = { "Content-Type": "application/json" };

export class Server {
  constructor() {
    this.messages = [];
    this.version = 1;
    this.gen = "1.1";
    this.isUp = true;
    this.isMember = true;
    this.user = "1";
    /** Store what is asked, and lose the answer, so many times. */
    this.answersToLose = 0;
    /** Answer so, before anything else: `{status, body, headers}`. */
    this.refusals = [];
    this.requests = [];
    this.sockets = [];
    this.fetch = this.fetch.bind(this);
    /** Requests of XMLHttpRequest, for tests to answer. */
    this.uploads = [];
    const server = this;
    this.XMLHttpRequest = class {
      upload = {};
      headers = {};
      responseText = "";
      status = 0;
      open(method, url) { Object.assign(this, { method, url }); }
      setRequestHeader(name, value) { this.headers[name] = value; }
      getResponseHeader(name) { return this.retryAfter && name === "Retry-After" ? this.retryAfter : null; }
      abort() { this.isAborted = true; this.onloadend(); }
      send(form) { this.form = form; server.uploads.push(this); }

      /** As the server does; with status 0, as a network that is gone. */
      answer(status, body = null, retryAfter = null) {
        Object.assign(this, { status, responseText: body ? JSON.stringify(body) : "", retryAfter });
        this.onloadend();
      }
    };
    this.WebSocket = class extends EventTarget {
      constructor(url) {
        super();
        this.url = url;
        this.readyState = 0;
        this.said = [];
        server.sockets.push(this);
        setImmediate(() => (server.isUp ? server.accept(this) : this.end(1006)));
      }

      send(text) {
        this.said.push(JSON.parse(text));
      }

      bring(frame) {
        this.onmessage({ data: JSON.stringify(frame) });
      }

      close() {
        this.end(1000);
      }

      end(code) {
        if (this.readyState === 3) return;
        this.readyState = 3;
        this.onclose({ code });
      }
    };
  }

  get socket() {
    return this.sockets.at(-1);
  }

  accept(socket) {
    socket.readyState = 1;
    const own = { "user:1": { gen: "1.0", version: 1 } };
    const room = this.isMember ? { "room:r": { gen: this.gen, version: this.version } } : {};
    socket.bring({ type: "ready", user_id: this.user, streams: { ...own, ...room } });
  }

  /** Store a message, and tell of it unless it is to be missed. */
  post(fields, { isTold = true } = {}) {
    const prev = this.version++;
    const message = { id: `m${this.version}`, room_id: "r", version: this.version, seq: this.version, ...fields };
    this.messages.push(message);
    const frame = { type: "changes", stream: "room:r", epoch: 1, prev, version: this.version, acl: 1, messages: [message] };
    if (isTold && this.socket?.readyState === 1) this.socket.bring(frame);
    return message;
  }

  async fetch(url, { method, body, headers }) {
    const path = url.replace("http://chat/", "");
    const data = body && JSON.parse(body);
    this.requests.push({ method, path, data, headers });
    if (!this.isUp) throw new TypeError("fetch failed");
    const refusal = this.refusals.shift();
    if (refusal) return new Response(JSON.stringify(refusal.body ?? {}), { status: refusal.status, headers: { ...JSON_TYPE, ...refusal.headers } });
    const [status, answer] = this.answer(method, path, data);
    if (this.answersToLose > 0 && method === "POST" && path.endsWith("messages/")) {
      this.answersToLose -= 1;
      throw new TypeError("connection reset");
    }
    return new Response(JSON.stringify(answer), { status, headers: JSON_TYPE });
  }

  answer(method, path, data) {
    const here = { stream: "room:r", gen: this.gen, version: this.version };
    if (path === "memberships/") return [200, { stream: "user:1", gen: "1.0", version: 1, memberships: [] }];
    if (path === "sync/") return [200, { user_id: "1", streams: this.compare(data.streams) }];
    if (!this.isMember) return [404, { errors: [{ code: "not_found", detail: "Not found.", attr: null }] }];
    if (path === "rooms/r/snapshot/") return [200, { ...here, room: null, messages: this.messages.slice(-2), users: [] }];
    if (path.startsWith("rooms/r/changes/")) return [200, this.since(Number(new URLSearchParams(path.split("?")[1]).get("since")))];
    if (path.startsWith("rooms/r/messages/?before=")) return [200, { next: null, results: this.messages.slice(0, -2).reverse() }];
    if (path === "rooms/r/messages/" && method === "POST") {
      const before = this.messages.find(({ client_id }) => client_id === data.client_id);
      return before ? [200, before] : [201, this.post({ ...data, user_id: "1" })];
    }
    return [200, {}];
  }

  compare(cursors) {
    const own = cursors["user:1"] ? {} : { "user:1": { stream: "user:1", gen: "1.0", version: 1, reset: true } };
    const cursor = cursors["room:r"];
    if (!this.isMember) return cursor ? { ...own, "room:r": { stream: "room:r", removed: true } } : own;
    if (!cursor) return { ...own, "room:r": { stream: "room:r", gen: this.gen, version: this.version, reset: true } };
    return cursor.version < this.version ? { ...own, "room:r": this.since(cursor.version) } : own;
  }

  since(version) {
    const messages = this.messages.filter((message) => message.version > version);
    return { stream: "room:r", gen: this.gen, version: this.version, acl: 1, next: this.version, more: false, messages, users: [] };
  }
}

/** As `localStorage`. */
export class MemoryStorage {
  items = new Map();
  get length() { return this.items.size; }
  key(index) { return [...this.items.keys()][index] ?? null; }
  getItem(name) { return this.items.get(name) ?? null; }
  setItem(name, text) { this.items.set(name, text); }
  removeItem(name) { this.items.delete(name); }
}
