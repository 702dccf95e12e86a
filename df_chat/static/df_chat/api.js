// REST with the session cookie, and the socket with its reconnects. No UI here.

/** A refusal of the server's: `errors` is its list of `{code, detail, attr}`. */
export class ApiError extends Error {
  /** @param {number} status @param {{code: string, detail: string, attr: string | null}[]} errors */
  constructor(status, errors) {
    super(errors.map((error) => error.detail).join(" ") || `HTTP ${status}`);
    this.status = status;
    this.errors = errors;
  }
}

/**
 * Call the REST API.
 * @param {string} url
 * @param {{method?: string, body?: unknown}} [options]
 * @returns {Promise<any>} the decoded answer; null where there is none
 */
export async function call(url, { method = "GET", body } = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken();
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const response = await fetch(url, {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
    credentials: "same-origin",
  });
  const answer = response.status === 204 ? null : await response.json().catch(() => null);
  if (!response.ok) throw new ApiError(response.status, answer?.errors ?? []);
  return answer;
}

/** @returns {string} */
function csrfToken() {
  return document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
}

/** A key for one message, the same in every retry. `randomUUID` is missing on plain-http hosts other than localhost. */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
const ANSWER_DEADLINE_MS = 15_000;

/** One socket that comes back by itself. */
export class Socket {
  /**
   * @param {string} path
   * @param {{onFrame: (frame: any) => void, onDown: () => void}} handlers
   */
  constructor(path, handlers) {
    this.url = new URL(path, location.href);
    this.url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    this.handlers = handlers;
    this.failures = 0;
    this.lastRequest = 0;
    /** @type {Map<number, {resolve: (data: any) => void, reject: (error: Error) => void}>} */
    this.waiting = new Map();
    addEventListener("online", () => this.reconnect());
    this.connect();
  }

  connect() {
    clearTimeout(this.timer);
    const socket = new WebSocket(this.url);
    this.socket = socket;
    // Under load the server sends several frames as one array.
    socket.onmessage = (event) => {
      for (const frame of [JSON.parse(event.data)].flat()) if (this.socket === socket) this.receive(frame);
    };
    socket.onclose = () => this.socket === socket && this.down();
  }

  reconnect() {
    if (this.socket.readyState !== WebSocket.CLOSED && this.socket.readyState !== WebSocket.CLOSING) return;
    this.connect();
  }

  down() {
    for (const { reject } of this.waiting.values()) reject(new Error("connection lost"));
    this.waiting.clear();
    this.handlers.onDown();
    const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.failures++);
    this.timer = setTimeout(() => this.connect(), FIRST_DELAY_MS / 2 + Math.random() * ceiling);
  }

  receive(content) {
    for (const frame of Array.isArray(content) ? content : [content]) {
      if (!("response_status" in frame)) {
        if (frame.type === "ready") this.failures = 0;
        this.handlers.onFrame(frame);
        continue;
      }
      const asked = this.waiting.get(frame.request_id);
      this.waiting.delete(frame.request_id);
      if (frame.response_status < 400) asked?.resolve(frame.data);
      else asked?.reject(new ApiError(frame.response_status, frame.errors));
    }
  }

  /**
   * Run an action.
   * @param {string} action
   * @param {Record<string, unknown>} data
   * @returns {Promise<any>}
   */
  ask(action, data) {
    if (this.socket.readyState !== WebSocket.OPEN) return Promise.reject(new Error("not connected"));
    const request_id = ++this.lastRequest;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(request_id);
        reject(new Error("no answer"));
      }, ANSWER_DEADLINE_MS);
      this.waiting.set(request_id, {
        resolve: (data) => (clearTimeout(timer), resolve(data)),
        reject: (error) => (clearTimeout(timer), reject(error)),
      });
      this.socket.send(JSON.stringify({ action, request_id, ...data }));
    });
  }
}
