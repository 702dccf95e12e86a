// One request of the REST API, once.

const ANSWER_DEADLINE_MS = 15_000;
// What came with the page is no answer to what is asked later.
const FRESH_MS = 10_000;
const PASSING_STATUSES = new Set([null, 408, 425, 429, 500, 502, 503, 504]);
/** How often what may be repeated is asked. */
export const ATTEMPTS = 3;

/** Whether another attempt may end otherwise. @param {number | null} status */
export const isPassing = (status) => PASSING_STATUSES.has(status);

/** What the server refused, or could not be asked: `status` is 0 without an answer; `errors` are `{code, detail, attr}`. */
export class Refused extends Error {
  /** @param {number} status @param {{code: string, detail: string, attr: string | null}[]} errors */
  constructor(status, errors) {
    super(errors.map((error) => error.detail || error.code).join(" ") || (status ? `HTTP ${status}` : "no answer"));
    this.status = status;
    this.errors = errors;
  }
}

/** @typedef {{status: number | null, body: any, retryAfter: number | null}} Outcome as `Session.done` takes it */

/** @type {Outcome} */
export const NO_ANSWER = { status: null, body: null, retryAfter: null };

export class Rest {
  /**
   * @param {string} root address of the API, with a trailing slash
   * @param {{fetch: typeof globalThis.fetch, csrfToken: () => string, headers: Record<string, string>,
   *   authorization: import("./connection.js").Authorization | null, answers: Record<string, any>}} options
   */
  constructor(root, { fetch, csrfToken, headers, authorization, answers }) {
    this.root = root;
    this.fetch = fetch;
    this.csrfToken = csrfToken;
    this.headers = headers;
    this.authorization = authorization;
    this.answers = { ...answers };
    this.begun = Date.now();
  }

  /**
   * @param {{method: string, path: string, body: any}} request `path` is below the root
   * @returns {Promise<Outcome>} status null where nobody knows what became of the request
   */
  async ask({ method, path, body }) {
    const known = method === "GET" && Date.now() - this.begun < FRESH_MS && this.answers[path];
    if (known) {
      delete this.answers[path];
      return { ...NO_ANSWER, status: 200, body: known };
    }
    /** @type {Record<string, string>} */
    const content = body === null ? {} : { "Content-Type": "application/json" };
    try {
      const headers = { ...(await this.headersOf(method)), ...content };
      /** @type {RequestInit} */
      const options = { method, headers, body: body === null ? undefined : JSON.stringify(body), credentials: "same-origin" };
      const fetch = this.fetch;
      const response = await fetch(this.root + path, { ...options, signal: AbortSignal.timeout(ANSWER_DEADLINE_MS) });
      return outcome(response.status, await response.text(), response.headers.get("Retry-After"));
    } catch {
      return NO_ANSWER;
    }
  }

  /** Who asks, and that this page may. @param {string} method @returns {Promise<Record<string, string>>} */
  async headersOf(method) {
    /** @type {Record<string, string>} */
    const headers = { Accept: "application/json", ...this.headers };
    if (method !== "GET") headers["X-CSRFToken"] = this.csrfToken();
    const authorization = await this.authorization?.();
    if (authorization) headers.Authorization = authorization;
    return headers;
  }
}

/** @param {number | null} status @param {string} text @param {string | null} retryAfter the header @returns {Outcome} */
export function outcome(status, text, retryAfter) {
  const seconds = Number.parseInt(retryAfter ?? "", 10);
  return { status, body: parse(text), retryAfter: Number.isNaN(seconds) ? null : seconds };
}

/** A proxy in between may answer with a page. @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
