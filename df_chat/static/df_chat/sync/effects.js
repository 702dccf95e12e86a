// What the rules ask their transport to do. Effects are plain objects, told apart by `effect`.

/**
 * @typedef {"sync" | "changes" | "snapshot" | "history" | "users" | "send" | "write"} RequestKind
 *
 * Ask the server, and hand the outcome to `Session.done`. `path` is below the root of the API. An answer to a request
 * of an earlier `generation` of its stream is not taken in.
 * @typedef {{effect: "request", kind: RequestKind, stream: string | null, generation: number, method: string,
 *   path: string, body: any, client_id: string | null}} Request
 *
 * Call `Session.elapsed` after a random time between `low` and `high` seconds; it replaces an earlier one of the same
 * timer and stream.
 * @typedef {{effect: "wait", timer: string, stream: string | null, low: number, high: number}} Wait
 *
 * The outbox or the draft of a stream changed: persist them before going on.
 * @typedef {{effect: "store", stream: string}} Store
 *
 * A message is in the room: its state, or `{id, hidden: true}` where it may not be read.
 * @typedef {{effect: "acked", stream: string, client_id: string, message: any}} Acked
 *
 * A message never will be in the room.
 * @typedef {{effect: "rejected", stream: string, client_id: string, status: number, errors: any[]}} Rejected
 *
 * The stream is no longer this user's: forget whatever was kept of it.
 * @typedef {{effect: "purge", stream: string}} Purge
 *
 * @typedef {Request | Wait | Store | Acked | Rejected | Purge} Effect
 */

/** Whose a stream is: the key of the room or the user in its name. @param {string} stream @returns {string} */
export const ownerOf = (stream) => stream.slice(stream.indexOf(":") + 1);

/**
 * @param {RequestKind} kind @param {string | null} stream @param {number} generation @param {string} method
 * @param {string} path @param {any} [body] @param {string | null} [client_id]
 * @returns {Request}
 */
export const request = (kind, stream, generation, method, path, body = null, client_id = null) =>
  ({ effect: "request", kind, stream, generation, method, path, body, client_id });

/** @param {string} timer @param {string | null} stream @param {number} low @param {number} high @returns {Wait} */
export const wait = (timer, stream, low, high) => ({ effect: "wait", timer, stream, low, high });

/** @param {string} stream @returns {Store} */
export const store = (stream) => ({ effect: "store", stream });

const BACKOFF_SECONDS = 0.5;
const LONGEST_BACKOFF_SECONDS = 30;

/**
 * The longest wait before the next attempt after so many failures in a row; the wait is random below it.
 * @param {number} failures
 */
export const backoff = (failures) => Math.min(LONGEST_BACKOFF_SECONDS, BACKOFF_SECONDS * 2 ** (failures - 1));
