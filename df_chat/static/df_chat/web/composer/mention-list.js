// The list of people that opens after an "@": who is in it, and which of them is pointed at. No DOM.

import { matching, queryAt } from "./mentions.js";

// A pause in typing, before the server is asked.
const ASK_MS = 150;
const MOST_OPTIONS = 8;

export class MentionList {
  /** @param {import("../room-state.js").RoomState} room @param {string} id of the list, in the page @param {() => void} onChange */
  constructor(room, id, onChange) {
    this.room = room;
    this.id = id;
    this.onChange = onChange;
    /** @type {import("./mentions.js").Person[]} */
    this.options = [];
    this.active = 0;
    /** Where the name is written. @type {{start: number, query: string} | null} */
    this.range = null;
    /** How many members the options were found among. */
    this.known = 0;
    /** The "@" whose list was closed. @type {number | null} */
    this.closedAt = null;
  }

  get isOpen() {
    return this.options.length > 0;
  }

  get activeId() {
    return this.isOpen ? `${this.id}-${this.active}` : null;
  }

  /** The text or the caret is another. @param {string} text @param {number} caret */
  look(text, caret) {
    const range = queryAt(text, caret);
    // Keys that only move in the list come by here too.
    if (range && range.start === this.range?.start && range.query === this.range.query) return;
    clearTimeout(this.timer);
    this.range = range;
    if (this.range?.start !== this.closedAt) this.closedAt = null;
    if (!this.range || this.closedAt !== null) return this.show([]);
    this.find(this.range);
  }

  /** Members may come while the name is written. */
  refresh() {
    if (this.range && this.closedAt === null && this.room.members.length !== this.known) this.find(this.range);
  }

  /** @param {{start: number, query: string}} range */
  find(range) {
    const { members, replica, chat } = this.room;
    this.known = members.length;
    const others = members.filter((member) => member.user_id && member.user_id !== chat.user);
    this.show(matching(others, range.query));
    if ((replica?.memberCount ?? 0) > members.length) this.timer = setTimeout(() => this.ask(range), ASK_MS);
  }

  /** Ask the server, where not all members are held. @param {{start: number, query: string} | null} range */
  async ask(range) {
    if (!range?.query.trim()) return;
    const { chat, id } = this.room;
    const path = `rooms/${id}/users/?limit=${MOST_OPTIONS}&search=${encodeURIComponent(range.query.trim())}`;
    const { results } = await chat.client.request("GET", path).catch(() => ({ results: [] }));
    if (this.range !== range || this.closedAt !== null) return;
    const known = new Set(this.options.map((person) => person.user_id));
    const more = results.filter((person) => person.user_id && person.user_id !== chat.user && !known.has(person.user_id));
    this.show([...this.options, ...matching(more, range.query)].slice(0, MOST_OPTIONS), this.active);
  }

  /** @param {import("./mentions.js").Person[]} options @param {number} [active] */
  show(options, active = 0) {
    if (!options.length && !this.isOpen) return;
    this.options = options;
    this.active = active;
    this.onChange();
  }

  close() {
    this.closedAt = this.range?.start ?? null;
    this.show([]);
  }

  /** Move by a key. @param {number} step */
  move(step) {
    this.active = (this.active + step + this.options.length) % this.options.length;
    this.onChange();
  }
}
