// Messages that were read besides the replica's: pages of long ago, threads, quotes. They are kept as new as what is heard.

import { Ordered } from "../../sync/ordered.js";

export class Shelf {
  constructor() {
    this.ordered = new Ordered();
    /** @type {Map<string, any>} */
    this.byId = new Map();
  }

  /** With tombstones, by `seq`. @returns {any[]} */
  get messages() {
    return this.ordered.all;
  }

  /** Take messages that an answer brought; none replaces a newer version of itself. @param {any[]} messages */
  put(messages) {
    for (const message of messages) {
      const before = this.byId.get(message.id);
      if (before && before.version >= message.version) continue;
      this.byId.set(message.id, message);
      this.ordered.put(message, before);
    }
  }

  /** Take what was heard of messages that are here. @param {any[]} messages */
  take(messages) {
    this.put(messages.filter((message) => this.byId.has(message.id)));
  }
}
