// Which messages of a room are looked at: the newest, as the replica holds them, or a page of long ago.

import { Shelf } from "./shelf.js";

const PAGE = 50;
const RETRY_MS = 3_000;

export class View {
  /** @param {import("../room-state.js").RoomState} room */
  constructor(room) {
    this.room = room;
    /** Pages from before what the replica holds. @type {{shelf: Shelf, hasOlder: boolean} | null} */
    this.past = null;
    /** @type {"around" | "older" | "newer" | null} */
    this.loading = null;
    this.triedAt = -RETRY_MS;
  }

  /** @returns {any[]} */
  get live() {
    return this.room.replica?.objects.messages({ deleted: true }) ?? [];
  }

  get floor() {
    return this.room.replica?.objects.floor ?? 0;
  }

  /** Whether nothing lies between the page of long ago and what the replica holds. */
  get isJoined() {
    return !this.past || (this.past.shelf.messages.at(-1)?.seq ?? 0) >= this.floor;
  }

  /** By `seq`, with tombstones. @returns {any[]} */
  get messages() {
    if (!this.past) return this.live;
    const { messages } = this.past.shelf;
    return this.isJoined ? [...messages.filter((message) => message.seq < this.floor), ...this.live] : messages;
  }

  get hasOlder() {
    return this.past ? this.past.hasOlder : this.floor > 0;
  }

  get hasNewer() {
    return !this.isJoined;
  }

  /** Load the page above. */
  async older() {
    const { past, room } = this;
    if (!this.hasOlder) return;
    await this.load("older", async () => {
      if (!past) return room.chat.client.older(room.id);
      const { results, next } = await this.read(`before=${past.shelf.messages[0]?.seq ?? 0}`);
      past.shelf.put(results);
      past.hasOlder = next !== null;
    });
  }

  /** Load the page below, up to where the replica's messages begin. */
  async newer() {
    const { past } = this;
    if (!past || this.isJoined) return;
    await this.load("newer", async () => past.shelf.put((await this.read(`after=${past.shelf.messages.at(-1)?.seq ?? 0}`)).results));
  }

  /** Look at what is around a message, wherever it is. @param {number} seq */
  async around(seq) {
    if (seq >= this.floor) {
      if (!this.isJoined) this.latest();
      return;
    }
    this.triedAt = -RETRY_MS;
    await this.load("around", async () => {
      const { results, next } = await this.read(`around=${seq}`);
      const shelf = new Shelf();
      shelf.put(results);
      this.past = { shelf, hasOlder: next !== null };
    });
  }

  /** Look at the newest messages. */
  latest() {
    this.past = null;
    this.room.chat.tell();
  }

  /** @param {any[]} messages as they were heard of */
  take(messages) {
    this.past?.shelf.take(messages);
  }

  /** Something may have been missed: read what is looked at again. */
  async again() {
    const { past } = this;
    const messages = past?.shelf.messages ?? [];
    if (past && messages.length) await this.load("newer", async () => past.shelf.put((await this.read(`around=${messages[messages.length >> 1].seq}&limit=100`)).results));
  }

  /** @param {string} query @returns {Promise<{results: any[], next: string | null}>} */
  read(query) {
    return this.room.chat.client.request("GET", `rooms/${this.room.id}/messages/?limit=${PAGE}&${query}`);
  }

  /** One page at a time; what failed is not tried again at once. @param {"around" | "older" | "newer"} what @param {() => Promise<any>} work */
  async load(what, work) {
    if (this.loading || performance.now() - this.triedAt < RETRY_MS) return;
    this.loading = what;
    this.room.chat.tell();
    const [floor, past] = [this.floor, this.past?.shelf.messages.length];
    await this.room.chat.attempt(work);
    this.loading = null;
    const isSame = floor === this.floor && past === this.past?.shelf.messages.length;
    this.triedAt = isSame && what !== "around" ? performance.now() : -RETRY_MS;
    this.room.chat.tell();
  }
}
