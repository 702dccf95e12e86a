// One room as somebody looks at it: what the server told, and what the user is about to do there.

import { Reading } from "./messages/reading.js";
import { Teller } from "./messages/teller.js";
import { nextOf } from "./rooms/room-list.js";

const TYPING_MS = 6_000;
// Of big rooms, the marks of those who joined first.
const MARK_PAGES = 5;

/** @typedef {"members" | "search" | "settings" | "thread"} Panel */

export class RoomState {
  /** @param {import("./chat.js").Chat} chat @param {string} id */
  constructor(chat, id) {
    this.chat = chat;
    this.id = id;
    /** What stands beside the messages. @type {Panel | null} */
    this.panel = null;
    /** The message whose thread is shown, answered, or changed. @type {string | null} */
    this.threadId = null;
    /** @type {string | null} */
    this.replyTo = null;
    /** @type {string | null} */
    this.editing = null;
    /** The newest message that was read when the room was opened: the line of new messages comes after it. @type {number | null} */
    this.readUpTo = null;
    this.reading = new Reading(this);
    this.seenSeq = 0;
    this.seen = new Teller((seq) => chat.client.markSeen(id, seq));
    this.received = new Teller((seq) => chat.inTurn(() => chat.client.markReceived(id, seq)));
    /** @type {Map<string, {name: string, timer: ReturnType<typeof setTimeout>}>} */
    this.typists = new Map();
    this.isReconnected = false;
  }

  /** Change how the room is looked at. @param {Partial<Pick<RoomState, "panel" | "threadId" | "replyTo" | "editing">>} fields */
  set(fields) {
    Object.assign(this, fields);
    this.chat.tell();
  }

  async open() {
    const { client, rooms } = this.chat;
    await Promise.all([client.watch(this.id), this.summary ? null : this.chat.attempt(() => rooms.reread(this.id))]);
  }

  close() {
    this.readUpTo = null;
    this.reading = new Reading(this);
    this.set({ panel: null, threadId: null, editing: null });
  }

  // -- Looking ----------------------------------------------------------------------------------------------
  /** Undefined until the room is loaded. */
  get replica() {
    return this.chat.client.room(this.id);
  }

  /** What REST says of the room to this user: `title`, `kind`, `peer`, `is_member`, `role`, `can_manage`, `is_muted`, counts. */
  get summary() {
    return this.chat.rooms.get(this.id);
  }

  /** Whether it is known what there is, and who looks: what is drawn before moves when it is. */
  get isLoaded() {
    return Boolean(this.summary && this.replica && this.replica.cursor !== null);
  }

  get isMember() {
    return this.summary?.is_member ?? false;
  }

  /** The active members, as the stream tells them; of direct chats, both people. @returns {any[]} */
  get members() {
    return this.replica?.objects.active("users") ?? [];
  }

  /** A message that is held or was read, by its id. @param {string | null} id */
  message(id) {
    return id === null ? undefined : (this.replica?.objects.parts.messages.get(id) ?? this.reading.message(id));
  }

  /** @returns {string[]} */
  get typingNames() {
    return [...this.typists.values()].map((typist) => typist.name);
  }

  // -- Hearing ----------------------------------------------------------------------------------------------
  /** @param {any} frame */
  take(frame) {
    this.reading.take(frame);
    if (frame.type === "typing" && frame.room_id === this.id) this.noteTyping(frame);
    else if (frame.type === "ready") this.catchUpMarks();
    else if (frame.stream === `room:${this.id}`) {
      // Who has just written no longer types.
      for (const { user_id } of frame.messages ?? []) if (this.typists.has(user_id)) this.noteTyping({ user_id });
    }
  }

  /** @param {{user_id: string, name?: string, is_typing?: boolean}} frame */
  noteTyping({ user_id, name = "", is_typing = false }) {
    clearTimeout(this.typists.get(user_id)?.timer);
    this.typists.delete(user_id);
    if (is_typing) this.typists.set(user_id, { name, timer: setTimeout(() => this.noteTyping({ user_id }), TYPING_MS) });
    this.chat.tell();
  }

  /** Receipts have no version: those told while the connection was away come with the members. */
  async catchUpMarks() {
    const isAgain = this.isReconnected;
    this.isReconnected = true;
    if (!isAgain || !this.replica) return;
    let path = /** @type {string | null} */ (`rooms/${this.id}/users/?limit=100`);
    for (let pages = 0; path && pages < MARK_PAGES; pages++) {
      const page = await this.chat.client.request("GET", path).catch(() => ({ results: [], next: null }));
      for (const member of page.results) this.replica?.objects.mark(member);
      path = nextOf(page, `rooms/${this.id}/users/`);
    }
    this.chat.tell();
  }

  /** Say how far this page has got: what it holds is received, and what it shows is seen. @param {number} newest @param {boolean} isShown */
  acknowledge(newest, isShown) {
    if (isShown) this.seenSeq = Math.max(this.seenSeq, newest);
    if (newest > this.seenSeq) this.received.tell(newest);
    else this.seen.tell(newest);
  }
}
