// One stream as a client holds it.
//
// The rules in short. An object replaces an older version of itself, never a newer one. The cursor moves only by an
// event that follows on, by an answer of `changes`, or by a snapshot; never by a reply or a page of history. What a
// request brings is taken in only in the life of the stream it was asked in.

import { backoff, ownerOf, request, wait } from "./effects.js";
import { Objects } from "./objects.js";
import { Outbox } from "./outbox.js";

/** @typedef {import("./effects.js").Effect} Effect */

// How long a missing event may come late, in seconds.
const GAP_SECONDS = /** @type {const} */ ([0.2, 0.5]);
// How long clients spread their requests after a poke, in a room and in a big one.
const POKE_SECONDS = 0.3;
const BIG_ROOM_POKE_SECONDS = 5;
const BIG_ROOM_MEMBERS = 1000;
// More events than this wait for a missing one as a poke, without their objects.
const MAX_HELD = 256;

const byPrev = (one, other) => one.frame.prev - other.frame.prev;

/** The objects of one stream, how far they are known, and what is yet to be sent. */
export class Replica {
  /** Rises with each new start, and marks requests. @type {number} */
  generation;
  /** Which life of the stream the objects belong to; null before the first snapshot. @type {string | null} */
  gen;
  /** The version up to which every change is known; null as `gen`. @type {number | null} */
  cursor;
  /** @type {Objects} */
  objects;
  /** @type {number} */
  memberCount;
  /** The request under way. @type {"changes" | "snapshot" | null} */
  loading;
  /** The page of members that is yet to be read. @type {string} */
  usersPath;
  /** The highest version heard of since the last request began. @type {number} */
  known;
  /** The highest version heard of before it began. @type {number} */
  asked;
  /** @type {string | null} */
  announcedGen;
  /** @type {Set<string>} */
  timers;
  /** @type {number} */
  failures;

  /**
   * @param {string} name
   * @param {() => number} nextGeneration
   * @param {string | null} me the key of the user, by which own messages are told
   */
  constructor(name, nextGeneration, me = null) {
    this.name = name;
    this.kind = name.slice(0, name.indexOf(":"));
    this.ownerId = ownerOf(name);
    this.me = me;
    this.outbox = new Outbox(name);
    this.draft = "";
    /** Events that do not follow on yet; asked: the request under way brings them, or nothing will. @type {{frame: any, isAsked: boolean}[]} */
    this.held = [];
    this.nextGeneration = nextGeneration;
    this.forget();
  }

  forget() {
    this.generation = this.nextGeneration();
    this.gen = null;
    this.cursor = null;
    this.objects = new Objects();
    this.memberCount = 0;
    this.loading = null;
    this.usersPath = "";
    this.known = 0;
    this.asked = 0;
    this.announcedGen = null;
    this.timers = new Set();
    this.failures = 0;
  }

  // -- Looking ----------------------------------------------------------------------------------------------
  /** Whether there is something that this replica knows it lacks. */
  get isLagging() {
    return this.cursor === null || Math.max(this.known, this.asked) > this.cursor || this.held.length > 0;
  }

  /** Whether there is nothing to ask for. */
  get isIdle() {
    return !this.isLagging && this.loading === null && !this.usersPath;
  }

  /** Where this replica stands, as `sync` takes it. */
  position() {
    return { gen: this.gen, version: this.cursor };
  }

  /** The entries of the outbox by local time: to be shown below the messages. */
  pending() {
    return [...this.outbox.entries].sort((one, other) => one.at - other.at);
  }

  // -- Live events ------------------------------------------------------------------------------------------
  /** Take a `changes` frame. @param {any} frame @returns {Effect[]} */
  event(frame) {
    if (this.cursor === null) {
      this.hold(frame);
      return [];
    }
    if (!this.isOfThisLife(frame)) {
      // Nobody said yet that the stream began anew, or this is an echo of what was before.
      this.known = Infinity;
      return this.lag();
    }
    if (frame.version <= this.cursor) return [];
    if (isPoke(frame)) {
      this.known = Math.max(this.known, frame.version);
      return this.lag();
    }
    if (frame.prev > this.cursor) {
      this.hold(frame);
      return this.lag();
    }
    return [...this.apply(frame), ...this.drain()];
  }

  /** The server follows this stream for us from here on. @param {string} gen @param {number} version @returns {Effect[]} */
  announced(gen, version) {
    if (this.gen !== null && gen !== this.gen) return this.reset();
    this.announcedGen = gen;
    this.known = Math.max(this.known, version);
    return this.isLagging ? this.fetch() : [];
  }

  /** The socket hears from here on; `here` is where this stream stands, if it is among those heard. @param {{gen: string, version: number}} [here] @returns {Effect[]} */
  ready(here) {
    // What is held is compared with the server's by the sync that follows.
    if (this.gen !== null) return here && here.gen !== this.gen ? this.reset() : [];
    if (here) return this.announced(here.gen, here.version);
    // What a snapshot under way lacks, nobody may bring any more.
    if (this.loading !== null) this.known = Infinity;
    return [];
  }

  /** The epoch of a stream is what stands before the dot of `gen`. @param {any} frame */
  isOfThisLife(frame) {
    return this.gen !== null && this.gen.split(".")[0] === String(frame.epoch);
  }

  /** @param {any} frame @returns {Effect[]} */
  apply(frame) {
    const effects = this.merge(frame, this.cursor ?? 0);
    this.cursor = frame.version;
    return effects;
  }

  /** @param {any} frame */
  hold(frame) {
    this.held.push({ frame, isAsked: false });
    if (this.held.length > MAX_HELD) {
      this.known = Math.max(this.known, ...this.held.map((held) => held.frame.version));
      this.held = [];
    }
  }

  /** Apply the held events that follow on by now, and drop those that are past. @returns {Effect[]} */
  drain() {
    const effects = [];
    const waiting = this.held.sort(byPrev);
    this.held = [];
    for (const held of waiting) {
      if (held.frame.prev > (this.cursor ?? 0)) this.held.push(held);
      else if (held.frame.version > (this.cursor ?? 0)) effects.push(...this.apply(held.frame));
    }
    return effects;
  }

  // -- Catching up ------------------------------------------------------------------------------------------
  /** Ask for what came after the cursor; where there is none yet, for a snapshot. @returns {Effect[]} */
  fetch() {
    if (this.loading !== null) return [];
    if (this.cursor === null) return this.load();
    this.loading = "changes";
    this.asked = Math.max(this.asked, this.known);
    this.known = 0;
    for (const held of this.held) held.isAsked = true;
    if (this.kind === "user") {
      const streams = { [this.name]: this.position() };
      return [request("changes", this.name, this.generation, "POST", "sync/", { streams })];
    }
    return [this.get("changes", `changes/?since=${this.cursor}&gen=${encodeURIComponent(this.gen ?? "")}`)];
  }

  /** Ask for a snapshot. @returns {Effect[]} */
  load() {
    if (this.loading !== null) return [];
    this.loading = "snapshot";
    if (this.kind === "user") return [request("snapshot", this.name, this.generation, "GET", "memberships/")];
    return [this.get("snapshot", "snapshot/")];
  }

  /** The stream, or our part in it, began anew: drop what was before, all but what is yet to be sent. @returns {Effect[]} */
  reset() {
    this.forget();
    return this.load();
  }

  /** Take the answer to this replica's own request. @param {any} answer @returns {Effect[]} */
  changesLanded(answer) {
    this.loading = null;
    this.failures = 0;
    const effects = this.caughtUp(answer);
    if (this.loading !== null) return effects;
    // Whatever was heard of before the request is in the answer, or never was.
    this.asked = 0;
    this.held = this.held.filter((held) => !held.isAsked);
    return [...effects, ...this.lag()];
  }

  /** Take an answer of `changes` or `sync`, whoever asked. @param {any} answer @returns {Effect[]} */
  caughtUp(answer) {
    if (answer.reset) return this.reset();
    if (answer.behind) {
      this.known = Math.max(this.known, answer.version);
      return this.fetch();
    }
    const effects = this.merge(answer);
    this.cursor = Math.max(this.cursor ?? 0, answer.next);
    effects.push(...this.drain());
    if (!answer.more) return effects;
    this.known = Math.max(this.known, answer.version);
    return [...effects, ...this.fetch()];
  }

  /** Start from a snapshot, and take what came meanwhile. @param {any} body @returns {Effect[]} */
  snapshotLanded(body) {
    this.loading = null;
    this.failures = 0;
    // Read before we came to be what we were announced as.
    if (this.announcedGen !== null && this.announcedGen !== body.gen) return this.reset();
    // What was asked for before may have been read in an earlier life.
    this.generation = this.nextGeneration();
    this.gen = body.gen;
    this.cursor = body.version;
    this.memberCount = body.member_count ?? 0;
    const effects = this.echoes(this.objects.start(body));
    const waiting = this.held.sort(byPrev);
    this.held = [];
    for (const { frame } of waiting) effects.push(...this.event(frame));
    if (body.more_users) {
      this.usersPath = "users/?limit=200";
      effects.push(this.get("users", this.usersPath));
    }
    return [...effects, ...this.lag()];
  }

  /** No usable answer came to a request for changes or a snapshot. @returns {Effect[]} */
  failed() {
    this.loading = null;
    return this.backOff("retry");
  }

  /** A time that this replica asked for is over. @param {string} timer @returns {Effect[]} */
  elapsed(timer) {
    this.timers.delete(timer);
    if (timer === "send") return this.outbox.wake(this.generation);
    if (timer === "users") return this.usersPath ? [this.get("users", this.usersPath)] : [];
    return this.isLagging ? this.fetch() : [];
  }

  /** The connection is back: try at once what waited for it. @returns {Effect[]} */
  wake() {
    const effects = this.cursor === null ? this.load() : [];
    return [...effects, ...this.outbox.wake(this.generation)];
  }

  /** Wait a moment for what is missing, then ask; a request under way looks again when it lands. @returns {Effect[]} */
  lag() {
    const timer = this.held.length ? "gap" : "poke";
    if (this.loading !== null || !this.isLagging || this.timers.has(timer)) return [];
    this.timers.add(timer);
    if (timer === "gap") return [wait(timer, this.name, ...GAP_SECONDS)];
    return [wait(timer, this.name, 0, this.memberCount > BIG_ROOM_MEMBERS ? BIG_ROOM_POKE_SECONDS : POKE_SECONDS)];
  }

  /** @param {string} timer @returns {Effect[]} */
  backOff(timer) {
    this.failures += 1;
    return [wait(timer, this.name, 0, backoff(this.failures))];
  }

  /** @param {import("./effects.js").RequestKind} kind @param {string} path */
  get(kind, path) {
    return request(kind, this.name, this.generation, "GET", `rooms/${this.ownerId}/${path}`);
  }

  // -- Pages: older messages, and the members beyond a snapshot's ----------------------------------------------
  /** Ask for the page above the window, unless nothing is older or a page is under way. @param {number} limit @returns {Effect[]} */
  older(limit) {
    if (this.cursor === null || this.objects.isPaging || !this.objects.floor) return [];
    this.objects.isPaging = true;
    return [this.get("history", `messages/?before=${this.objects.floor}&limit=${limit}`)];
  }

  /** Take a page of older messages. @param {any} body @returns {Effect[]} */
  historyLanded(body) {
    return this.echoes(this.objects.page(body));
  }

  /** Take a page of members. @param {any} body @returns {Effect[]} */
  usersLanded(body) {
    this.failures = 0;
    this.usersPath = body.next ? `users/?${body.next.slice(body.next.indexOf("?") + 1)}` : "";
    const effects = this.merge({ users: body.results });
    return this.usersPath ? [...effects, this.get("users", this.usersPath)] : effects;
  }

  usersFailed() {
    return this.backOff("users");
  }

  // -- Objects ----------------------------------------------------------------------------------------------
  /** Take the state of a message that the reply to a write brought; the cursor stays. @param {any} message @returns {Effect[]} */
  replied(message) {
    return this.cursor === null ? [] : this.merge({ messages: [message] });
  }

  /** @param {any} lists @param {number} [above] @returns {Effect[]} */
  merge(lists, above = -1) {
    return this.echoes(this.objects.merge(lists, above));
  }

  /** A message of one's own answers for its entry of the outbox, whichever way it came. @param {any[]} messages @returns {Effect[]} */
  echoes(messages) {
    const mine = messages.filter(({ user_id, client_id }) => this.me !== null && user_id === this.me && client_id);
    const effects = mine.flatMap((message) => this.outbox.settle(message.client_id, message));
    return effects.length ? [...effects, ...this.outbox.next(this.generation)] : effects;
  }
}

/** Whether a frame tells only that there is something new. Lists of a kind yet unknown count as content. @param {any} frame */
export function isPoke(frame) {
  return !Object.values(frame).some((value) => typeof value === "object" && value !== null);
}
