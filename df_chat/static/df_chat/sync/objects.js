// The objects of one stream: each in its newest known version, and the window of messages they make up.

import { Ordered } from "./ordered.js";

const PARTS = ["messages", "users", "memberships"];
// What REST adds to an object for the one who asks: replicas of different users must be equal.
const VIEWER_FIELDS = {
  messages: new Set(["is_me", "is_seen_by_me", "seen_by", "received_by"]),
  users: new Set(["is_me", "is_online", "seen_seq", "received_seq"]),
  memberships: new Set(),
};

/** Objects by id, in the shape that every viewer sees. */
export class Objects {
  constructor() {
    /** @type {Record<string, Map<string, any>>} */
    this.parts = { messages: new Map(), users: new Map(), memberships: new Map() };
    this.ordered = new Ordered();
    /** @type {any} */
    this.room = null;
    /** How far each member has seen and received, by user. @type {Map<string, {seen_seq: number, received_seq: number}>} */
    this.receipts = new Map();
    /** The lowest `seq` of the window of messages held; 0 where nothing is older. */
    this.floor = 0;
    /** A page of older messages is under way. */
    this.isPaging = false;
    /** @type {Map<string, any>} */
    this.overlay = new Map();
  }

  /** The messages held, in the order of display; with `deleted`, tombstones too. To be looked at, not changed. */
  messages({ deleted = false } = {}) {
    return deleted ? this.ordered.all : this.ordered.live;
  }

  /** The members, or the memberships, of now. @param {string} part */
  active(part) {
    const active = [...this.parts[part].values()].filter((state) => state.is_active);
    return active.sort((one, other) => (one.id < other.id ? -1 : 1));
  }

  /** Take a snapshot. Returns its messages. @param {any} snapshot @returns {any[]} */
  start(snapshot) {
    const taken = this.merge(snapshot);
    const seqs = (snapshot.messages ?? []).map((message) => message.seq);
    this.floor = seqs.length ? Math.min(...seqs) : 0;
    this.receipts = new Map(Object.entries(snapshot.receipts ?? {}).map(([user, marks]) => [user, { ...marks }]));
    return taken;
  }

  /**
   * Take the objects of a frame or an answer whose version is above `above`. Returns the messages taken.
   * @param {any} lists @param {number} [above] @returns {any[]}
   */
  merge(lists, above = -1) {
    const taken = [];
    for (const part of PARTS) {
      for (const state of lists[part] ?? []) {
        if (state.version > above && this.put(part, state) && part === "messages") taken.push(state);
      }
    }
    if (lists.room && lists.room.version > Math.max(above, this.room?.version ?? -1)) this.room = lists.room;
    return taken;
  }

  /** Take a receipt: marks only rise. @param {any} frame */
  mark(frame) {
    const mine = this.receipts.get(frame.user_id) ?? { seen_seq: 0, received_seq: 0 };
    this.receipts.set(frame.user_id, {
      seen_seq: Math.max(mine.seen_seq, frame.seen_seq ?? 0),
      received_seq: Math.max(mine.received_seq, frame.received_seq ?? 0),
    });
  }

  /** Take a page of older messages, and what changed in them while it was under way. @param {any} body @returns {any[]} */
  page(body) {
    const overlay = [...this.overlay.values()];
    this.dropPage();
    this.floor = body.next ? Math.min(this.floor, ...body.results.map((message) => message.seq)) : 0;
    return [...this.merge({ messages: body.results }), ...this.merge({ messages: overlay })];
  }

  /** The page that was under way is not coming. */
  dropPage() {
    this.isPaging = false;
    this.overlay.clear();
  }

  /** @param {string} part @param {any} state @returns {boolean} */
  put(part, state) {
    let objects = this.parts[part];
    if (part === "messages" && !objects.has(state.id) && state.seq < this.floor) {
      // Above the window: a page under way may have been read before this; a later one is read after it.
      if (!this.isPaging) return false;
      objects = this.overlay;
    }
    if (objects.has(state.id) && objects.get(state.id).version >= state.version) return false;
    // Tombstones stay, so that nothing read earlier and landing later brings their objects back.
    const shared = Object.fromEntries(Object.entries(state).filter(([key]) => !VIEWER_FIELDS[part].has(key)));
    if (objects === this.parts.messages) this.ordered.put(shared, objects.get(state.id));
    objects.set(state.id, shared);
    return true;
  }
}
