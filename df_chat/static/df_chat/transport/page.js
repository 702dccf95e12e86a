// What the client takes from the page and the browser it runs in.

/** @param {string} address @returns {string} */
export function socketAddress(address) {
  const url = new URL(address, globalThis.location?.href);
  url.protocol = url.protocol.replace("http", "ws");
  url.searchParams.set("backlog", "0");
  return url.href;
}

/** The token of the page's form, or of Django's cookie. @returns {string} */
export function csrfTokenOfPage() {
  const { document } = globalThis;
  const input = /** @type {HTMLInputElement | null} */ (document?.querySelector("input[name=csrfmiddlewaretoken]"));
  return input?.value ?? document?.cookie.match(/(?:^|; )csrftoken=([^;]*)/)?.[1] ?? "";
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

const FRESH_MS = 10_000;

/** Whether the page has just been made by the server, and not been kept by the browser. */
export function isFresh() {
  const [entry] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  return Boolean(entry?.transferSize) && performance.now() - entry.responseStart < FRESH_MS;
}
