// One request of the REST API, once.

const ANSWER_DEADLINE_MS = 15_000;

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

export class Rest {
  /**
   * @param {string} root address of the API, with a trailing slash
   * @param {{fetch: typeof globalThis.fetch, csrfToken: () => string, headers: Record<string, string>}} options
   */
  constructor(root, { fetch, csrfToken, headers }) {
    this.root = root;
    this.fetch = fetch;
    this.csrfToken = csrfToken;
    this.headers = headers;
  }

  /**
   * @param {{method: string, path: string, body: any}} request `path` is below the root
   * @returns {Promise<Outcome>} status null where nobody knows what became of the request
   */
  async ask({ method, path, body }) {
    /** @type {Record<string, string>} */
    const headers = { Accept: "application/json", ...this.headers };
    if (method !== "GET") headers["X-CSRFToken"] = this.csrfToken();
    if (body !== null) headers["Content-Type"] = "application/json";
    /** @type {RequestInit} */
    const options = { method, headers, body: body === null ? undefined : JSON.stringify(body), credentials: "same-origin" };
    try {
      const fetch = this.fetch;
      const response = await fetch(this.root + path, { ...options, signal: AbortSignal.timeout(ANSWER_DEADLINE_MS) });
      const text = await response.text();
      const seconds = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
      return { status: response.status, body: parse(text), retryAfter: Number.isNaN(seconds) ? null : seconds };
    } catch {
      return { status: null, body: null, retryAfter: null };
    }
  }
}

/** A proxy in between may answer with a page. @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
