// The rooms of the user as REST sums them up, kept up to date by what the socket tells.

import { ownerOf } from "../../sync/effects.js";
import { Refresher } from "./refresher.js";
import { byActivity, unreadOf } from "./sorting.js";

const PAGE = 100;
// How old a list may be for only that to be read again which it does not tell of. What the user does elsewhere meanwhile
// is told by no version.
const FRESH_MS = 5_000;

/** @param {any} page of REST @returns {string | null} where the next one is, below the root of the API */
export const nextOf = (page, path) => page.next && `${path}?${page.next.slice(page.next.indexOf("?") + 1)}`;

export class RoomList {
  /** @param {import("../chat.js").Chat} chat */
  constructor(chat) {
    this.chat = chat;
    /** Rooms by id: the user's, and others that are looked at. @type {Map<string, any>} */
    this.summaries = new Map();
    /** How far the user has read, as last told. @type {Map<string, number>} */
    this.seen = new Map();
    /** Whether the list is shown, or only rooms of it. */
    this.isWanted = false;
    this.isLoaded = false;
    this.isLoadingMore = false;
    /** Why there is no list yet. */
    this.problem = "";
    this.pages = 1;
    /** Where the rooms after those held are. @type {string | null} */
    this.next = null;
    /** The first reading of the list. @type {Promise<void> | null} */
    this.loading = null;
    this.begun = 0;
    this.wasOpen = false;
    this.refresher = new Refresher({ one: (id) => this.reread(id), all: () => this.readAll() });
  }

  /** @param {string} roomId */
  get(roomId) {
    return this.summaries.get(roomId);
  }

  /** The user's rooms, those with the newest message first. @returns {any[]} */
  get mine() {
    return byActivity([...this.summaries.values()].filter((room) => room.is_member));
  }

  /** How many messages of a room wait to be read. @param {any} room */
  unread(room) {
    return unreadOf(room, this.chat.states.get(room.id)?.seenSeq);
  }

  /** How many messages wait in all rooms that are not muted. */
  get unreadSum() {
    return this.mine.reduce((sum, room) => (room.is_muted ? sum : sum + this.unread(room)), 0);
  }

  // -- Reading ----------------------------------------------------------------------------------------------
  /** Read the user's rooms. */
  async load() {
    this.isWanted = true;
    this.problem = "";
    this.chat.tell();
    this.begun = Date.now();
    this.loading = this.readAll().then(
      () => {},
      (error) => (this.problem = error.message),
    );
    await this.loading;
    this.chat.tell();
  }

  /** Read as many pages as are held. @returns {Promise<string[]>} the rooms that came */
  async readAll() {
    const ids = [];
    const before = new Set(this.summaries.keys());
    let path = /** @type {string | null} */ (`rooms/?limit=${PAGE}`);
    for (let count = 0; path && count < this.pages; count++) {
      const page = await this.chat.client.request("GET", path);
      ids.push(...this.takePage(page.results));
      path = nextOf(page, "rooms/");
    }
    this.next = path;
    // A room that came while the list was read is not in it.
    if (!path) this.keepOnly([...ids, ...[...this.summaries.keys()].filter((id) => !before.has(id))]);
    this.isLoaded = true;
    this.problem = "";
    this.chat.tell();
    return ids;
  }

  /** Read the rooms after those held. */
  async loadMore() {
    if (!this.next || this.isLoadingMore) return;
    this.isLoadingMore = true;
    this.chat.tell();
    const path = this.next;
    const page = await this.chat.attempt(() => this.chat.client.request("GET", path));
    this.isLoadingMore = false;
    // The list may have been read anew meanwhile.
    if (page && this.next === path) {
      this.pages += 1;
      this.next = nextOf(page, "rooms/");
      this.takePage(page.results);
    }
    this.chat.tell();
  }

  /** Ask for rooms whose title, topic or person has these words; they become part of the list. @param {string} words */
  async search(words) {
    const page = await this.chat.client.request("GET", `rooms/?limit=${PAGE}&search=${encodeURIComponent(words)}`);
    this.takePage(page.results);
    this.chat.tell();
  }

  /** Read one room again. @param {string} roomId @returns {Promise<any>} */
  async refresh(roomId) {
    const room = await this.chat.client.request("GET", `rooms/${roomId}/`);
    this.put(room);
    return room;
  }

  /** As `refresh`, of a room that may be gone. @param {string} roomId */
  async reread(roomId) {
    try {
      await this.refresh(roomId);
    } catch (error) {
      const { status } = /** @type {import("../../client.js").Refused} */ (error);
      if (status === 404) this.drop(roomId);
      else if (status === 0 || status >= 500 || status === 429) throw error;
    }
  }

  // -- Taking in --------------------------------------------------------------------------------------------
  /** @param {any[]} rooms @returns {string[]} */
  takePage(rooms) {
    for (const room of rooms) this.summaries.set(room.id, room);
    return rooms.map((room) => room.id);
  }

  /** Take a room as an answer of REST has it. @param {any} room */
  put(room) {
    this.summaries.set(room.id, room);
    this.chat.tell();
  }

  /** @param {string} roomId */
  drop(roomId) {
    this.refresher.forget(roomId);
    if (this.summaries.delete(roomId)) this.chat.tell();
  }

  /** Drop the user's rooms that are not among these. @param {Iterable<string>} ids */
  keepOnly(ids) {
    const kept = new Set(ids);
    for (const room of this.summaries.values()) if (room.is_member && !kept.has(room.id)) this.drop(room.id);
  }

  /** @param {any} frame */
  take(frame) {
    if (frame.type === "ready") this.restart(frame);
    const [kind, id] = (frame.stream ?? "").split(":");
    if (kind === "room" && frame.type === "removed") this.drop(id);
    else if (kind === "room" && (frame.type === "changes" || frame.type === "subscribed")) this.refresher.note(id);
    else if (kind === "user" && frame.type === "changes") this.takeOwn(frame);
  }

  /** The socket is open: what happened before is not told. @param {any} frame */
  restart({ streams }) {
    const isFirst = !this.wasOpen;
    this.wasOpen = true;
    const open = this.get(this.chat.room?.id ?? "");
    this.keepOnly(Object.keys(streams).map(ownerOf));
    // The open one may be a public room, left elsewhere and still read here.
    if (open && !this.get(open.id)) this.refresher.note(open.id);
    if (isFirst && this.loading && Date.now() - this.begun < FRESH_MS) return void this.loading.then(() => this.compare(streams));
    if (this.isWanted) this.refresher.noteAll();
    for (const room of this.summaries.values()) if (!this.isWanted || !room.is_member) this.refresher.note(room.id);
  }

  /** Read again what the list, read before the socket was open, does not tell of. @param {Record<string, {version: number}>} streams */
  compare(streams) {
    // Any room of a page that was not read may have become one of the first.
    if (this.problem || this.next) return this.refresher.noteAll();
    for (const [name, { version }] of Object.entries(streams)) {
      const id = ownerOf(name);
      if (name.startsWith("room:") && !(this.get(id)?.stream_version >= version)) this.refresher.note(id);
    }
  }

  /** What only the user sees, and does in any tab: read, mute, join, leave. @param {any} frame */
  takeOwn({ memberships }) {
    if (!memberships) return this.refresher.noteAll();
    for (const one of memberships) {
      if (one.is_active && this.isNews(one)) this.refresher.note(one.room_id);
      // To ask for it would be refused. What becomes of the open one, its own stream tells.
      if (!one.is_active && one.room_id !== this.chat.room?.id) this.drop(one.room_id);
    }
  }

  /** Whether a membership tells more than that messages arrived, which no summary says. @param {any} membership */
  isNews({ room_id, is_active, is_muted, role, seen_seq }) {
    const room = this.summaries.get(room_id);
    const isRead = seen_seq > (this.seen.get(room_id) ?? 0);
    this.seen.set(room_id, seen_seq);
    if (!room) return is_active;
    return isRead || is_active !== room.is_member || is_muted !== room.is_muted || role !== room.role;
  }
}
