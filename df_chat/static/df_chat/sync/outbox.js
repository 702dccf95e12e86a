// The messages of one room that the server has not answered for: in order, one at a time, each with its own key.

import { backoff, ownerOf, request, store, wait } from "./effects.js";

/** @typedef {import("./effects.js").Effect} Effect */

/**
 * An entry is JSON: `fields` is the body of the request, `at` the local time in seconds, `error` why it failed for good.
 * @typedef {{client_id: string, fields: any, at: number, error: {status: number, errors: any[]} | null}} Entry
 */

// The server keeps keys for at least 30 days; what waited longer than this is for its author to decide.
const LONGEST_WAIT_SECONDS = 7 * 24 * 3600;
// Answers of 4xx that say "not now" instead of "never": 401 ends with the next sign-in.
const PASSING_STATUSES = new Set([401, 408, 425, 429]);

/** @param {number} status */
const isDone = (status) => status >= 200 && status < 300;
/** @param {number} status */
const isRefusal = (status) => status >= 400 && status < 500 && !PASSING_STATUSES.has(status);

export class Outbox {
  /** @param {string} stream */
  constructor(stream) {
    this.stream = stream;
    this.roomId = ownerOf(stream);
    /** @type {Entry[]} */
    this.entries = [];
    /** @type {string | null} */
    this.inFlight = null;
    this.isWaiting = false;
    this.failures = 0;
  }

  /** Whether nothing is left to send. */
  get isIdle() {
    return this.entries.every((entry) => entry.error);
  }

  /** Take up what was persisted. @param {Entry[]} entries @param {number} now */
  restore(entries, now) {
    const expired = { status: 0, errors: [{ code: "expired", detail: "", attr: null }] };
    for (const entry of entries) {
      const isTooOld = now - entry.at > LONGEST_WAIT_SECONDS;
      this.entries.push({ ...entry, error: entry.error ?? (isTooOld ? expired : null) });
    }
  }

  /**
   * Queue a message, and send it if nothing is before it.
   * @param {string} client_id @param {any} fields @param {number} at @param {number} generation @returns {Effect[]}
   */
  add(client_id, fields, at, generation) {
    this.entries.push({ client_id, fields, at, error: null });
    return [store(this.stream), ...this.next(generation)];
  }

  /** Send the first entry, unless one is under way or the last attempt is too recent. @param {number} generation @returns {Effect[]} */
  next(generation) {
    const entry = this.entries.find(({ error }) => error === null);
    if (!entry || this.inFlight !== null || this.isWaiting) return [];
    this.inFlight = entry.client_id;
    const body = { ...entry.fields, client_id: entry.client_id };
    return [request("send", this.stream, generation, "POST", `rooms/${this.roomId}/messages/`, body, entry.client_id)];
  }

  /** Try again now: the time to wait is over, or the connection is back. @param {number} generation @returns {Effect[]} */
  wake(generation) {
    this.isWaiting = false;
    return this.next(generation);
  }

  /**
   * Take the outcome of a request; `status` is null where none is known.
   * @param {string} client_id @param {number | null} status @param {any} body @param {number | null} retryAfter
   * @param {number} generation @returns {Effect[]}
   */
  answered(client_id, status, body, retryAfter, generation) {
    if (this.inFlight === client_id) this.inFlight = null;
    const entry = this.find(client_id);
    // Without an entry, its echo came first.
    if (!entry) return this.next(generation);
    if (status !== null && isDone(status)) return [...this.settle(client_id, body), ...this.next(generation)];
    if (status !== null && isRefusal(status)) {
      this.failures = 0;
      const errors = body.errors ?? [];
      entry.error = { status, errors };
      return [store(this.stream), this.rejection(client_id, status, errors), ...this.next(generation)];
    }
    this.failures += 1;
    this.isWaiting = true;
    const low = retryAfter ?? 0;
    return [wait("send", this.stream, low, low + backoff(this.failures))];
  }

  /** The message is in the room, whether the reply said so or its echo. @param {string} client_id @param {any} message @returns {Effect[]} */
  settle(client_id, message) {
    if (!this.find(client_id)) return [];
    this.entries = this.entries.filter((entry) => entry.client_id !== client_id);
    this.failures = 0;
    if (this.inFlight === client_id) this.inFlight = null;
    return [store(this.stream), { effect: "acked", stream: this.stream, client_id, message }];
  }

  /** Drop an entry that failed for good: its author gave it up, or sends it anew with another key. @param {string} client_id @returns {Effect[]} */
  discard(client_id) {
    this.entries = this.entries.filter((entry) => entry.client_id !== client_id || entry.error === null);
    return [store(this.stream)];
  }

  /** The room is gone: nothing will be sent. @returns {Effect[]} */
  abandon() {
    const lost = this.entries.filter((entry) => entry.error === null);
    this.entries = [];
    this.inFlight = null;
    const errors = [{ code: "removed", detail: "", attr: null }];
    return lost.map(({ client_id }) => this.rejection(client_id, 404, errors));
  }

  /** @param {string} client_id */
  find(client_id) {
    return this.entries.find((entry) => entry.client_id === client_id);
  }

  /** @param {string} client_id @param {number} status @param {any[]} errors @returns {Effect} */
  rejection(client_id, status, errors) {
    return { effect: "rejected", stream: this.stream, client_id, status, errors };
  }
}
