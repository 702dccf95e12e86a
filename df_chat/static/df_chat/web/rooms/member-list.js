// The members of a room page by page, as REST lists them, kept up to date by what the room's stream tells.

import { plain } from "./sorting.js";
import { nextOf } from "./room-list.js";

const PAGE = 100;
const RELOAD_MS = 1_000;

export class MemberList {
  /** @param {import("../chat.js").Chat} chat @param {string} roomId @param {() => void} onChange */
  constructor(chat, roomId, onChange) {
    this.chat = chat;
    this.roomId = roomId;
    this.onChange = onChange;
    /** Null before they are loaded. @type {any[] | null} */
    this.members = null;
    /** @type {string | null} */
    this.next = null;
    this.pages = 1;
    this.words = "";
    this.problem = "";
    this.isReading = false;
    this.isDue = false;
  }

  get path() {
    return `rooms/${this.roomId}/users/`;
  }

  /** The members that are shown: what the stream says of them is newer than what was read. @returns {any[]} */
  get shown() {
    const live = this.chat.client.room(this.roomId)?.objects.parts.users;
    const members = (this.members ?? []).map((member) => newer(member, live?.get(member.id)));
    const words = plain(this.words);
    return members.filter((member) => member.is_active && plain(member.name).includes(words));
  }

  /** @param {string} words */
  search(words) {
    this.words = words.trim();
    this.pages = 1;
    return this.read();
  }

  /** Read as many pages as are held. While they are read, once more counts once. */
  async read() {
    this.isDue = this.isReading;
    if (this.isReading) return;
    this.isReading = true;
    try {
      const members = [];
      let path = /** @type {string | null} */ (`${this.path}?limit=${PAGE}&search=${encodeURIComponent(this.words)}`);
      for (let count = 0; path && count < this.pages; count++) {
        const page = await this.chat.client.request("GET", path);
        members.push(...page.results);
        path = nextOf(page, this.path);
      }
      this.members = members;
      this.next = path;
      this.problem = "";
    } catch (error) {
      this.problem = /** @type {Error} */ (error).message;
    }
    this.isReading = false;
    this.onChange();
    if (this.isDue) await this.read();
  }

  /** Read one page more. */
  more() {
    if (!this.next || this.isReading) return;
    this.pages += 1;
    this.read();
  }

  /** Somebody came, or changed: what is not held yet has to be read. @param {any} frame */
  take(frame) {
    const isOurs = frame.stream === `room:${this.roomId}` && frame.type === "changes";
    if (!isOurs || (frame.messages && !frame.users) || this.timer !== undefined) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.read();
    }, RELOAD_MS);
  }

  stop() {
    clearTimeout(this.timer);
  }
}

/** @param {any} member @param {any} live */
const newer = (member, live) => (live && live.version > member.version ? { ...member, ...live } : member);
