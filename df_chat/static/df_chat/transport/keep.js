// What outlives the page: messages not yet sent, and drafts. Each message has an item of its own, so that two tabs of
// one user do not overwrite one another's.

import { ownerOf } from "../sync/effects.js";

// The draft of a thread is read when the thread is opened; it only makes that its room is held, and purged when it is gone.
const THREAD = "draft of ";

/** @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">} WebStorage */

export class Keep {
  /** @param {WebStorage} storage @param {string} user */
  constructor(storage, user) {
    this.storage = storage;
    this.prefix = `df_chat:${user}:`;
    /** The items of this tab, by stream. @type {Map<string, Set<string>>} */
    this.mine = new Map();
  }

  /** What was kept, by room. @returns {Map<string, {entries: any[], draft: string}>} */
  read() {
    const rooms = new Map();
    for (const name of this.names()) {
      const [roomId, key] = name.slice(this.prefix.length).split("/");
      const room = rooms.get(roomId) ?? { entries: [], draft: "" };
      rooms.set(roomId, room);
      if (key.startsWith(THREAD)) continue;
      if (key === "draft") room.draft = this.storage.getItem(name);
      else room.entries.push(JSON.parse(this.storage.getItem(name) ?? "null"));
      this.own(`room:${roomId}`).add(name);
    }
    for (const room of rooms.values()) room.entries.sort((one, other) => one.at - other.at);
    return rooms;
  }

  /** @param {import("../sync/replica.js").Replica} replica */
  write(replica) {
    const items = new Map(replica.outbox.entries.map((entry) => [this.name(replica, entry.client_id), JSON.stringify(entry)]));
    if (replica.draft) items.set(this.name(replica, "draft"), replica.draft);
    const mine = this.own(replica.name);
    for (const name of mine) if (!items.has(name)) this.storage.removeItem(name);
    mine.clear();
    for (const [name, text] of items) {
      mine.add(name);
      this.put(name, text);
    }
  }

  /** What is written in a thread and not yet sent. @param {string} roomId @param {string} threadId */
  threadDraft(roomId, threadId) {
    return this.storage.getItem(this.nameOf(roomId, THREAD + threadId)) ?? "";
  }

  /** @param {string} roomId @param {string} threadId @param {string} text */
  writeThreadDraft(roomId, threadId, text) {
    const name = this.nameOf(roomId, THREAD + threadId);
    if (text) this.put(name, text);
    else this.storage.removeItem(name);
  }

  /** Forget a stream, whichever tab kept it. @param {string} stream */
  purge(stream) {
    const start = `${this.prefix}${ownerOf(stream)}/`;
    for (const name of this.names()) if (name.startsWith(start)) this.storage.removeItem(name);
    this.mine.delete(stream);
  }

  /** @param {string} name @param {string} text */
  put(name, text) {
    try {
      this.storage.setItem(name, text);
    } catch {
      // No room left, or none allowed: it lives as long as the page.
    }
  }

  names() {
    const names = Array.from({ length: this.storage.length }, (_, index) => this.storage.key(index) ?? "");
    return names.filter((name) => name.startsWith(this.prefix));
  }

  /** @param {string} stream @returns {Set<string>} */
  own(stream) {
    if (!this.mine.has(stream)) this.mine.set(stream, new Set());
    return /** @type {Set<string>} */ (this.mine.get(stream));
  }

  /** @param {import("../sync/replica.js").Replica} replica @param {string} key */
  name(replica, key) {
    return this.nameOf(replica.ownerId, key);
  }

  /** @param {string} roomId @param {string} key */
  nameOf(roomId, key) {
    return `${this.prefix}${roomId}/${key}`;
  }
}
