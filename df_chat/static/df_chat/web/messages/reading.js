// How a room is read: which messages are looked at, where to, and what was read besides those that the client holds.

import { gettext } from "../i18n.js";
import { Shelf } from "./shelf.js";
import { countNew, firstNew } from "./timeline.js";
import { View } from "./view.js";

const AGAIN_MS = 1_000;

export class Reading {
  /** @param {import("../room-state.js").RoomState} room */
  constructor(room) {
    this.room = room;
    this.view = new View(room);
    /** Threads, quotes, and what was found. */
    this.shelf = new Shelf();
    /** What is asked for, or was in vain. @type {Set<string>} */
    this.asked = new Set();
    /** The message that is to be shown first. @type {string | null} */
    this.linked = null;
    /** The message that is to be shown next. @type {{id: string, seq: number} | null} */
    this.target = null;
    this.hasBegun = false;
    /** Whether all that was unread then is held. */
    this.holdsLine = false;
  }

  // -- Looking ----------------------------------------------------------------------------------------------
  /** A message that was read besides those held. @param {string} id */
  message(id) {
    return this.view.past?.shelf.byId.get(id) ?? this.shelf.byId.get(id);
  }

  /** The message that another answers, or undefined while it is being read. @param {string} id */
  quoted(id) {
    const message = this.room.message(id);
    if (!message && !this.asked.has(id)) this.fetch(id).then(() => this.room.chat.tell());
    return message ?? (this.asked.has(`${id} failed`) ? { id, deleted: true } : undefined);
  }

  /** Read one message. @param {string} id @returns {Promise<any>} undefined where there is none */
  async fetch(id) {
    this.asked.add(id);
    const { client } = this.room.chat;
    try {
      const message = await client.request("GET", `rooms/${this.room.id}/messages/${id}/`);
      this.learn([message]);
      return message;
    } catch (error) {
      this.asked.add(`${id} failed`);
      return undefined;
    }
  }

  /** What is new since the room was opened comes after what had been read then. */
  begin() {
    const { room } = this;
    const { replica } = room;
    if (this.hasBegun || !replica || !room.isLoaded) return;
    this.hasBegun = true;
    if (this.linked) this.goTo(this.linked);
    const read = Math.max(replica.objects.receipts.get(room.chat.user)?.seen_seq ?? 0, room.seenSeq);
    const isToldUnread = room.isMember && (read > 0 || room.summary.unread_count > 0);
    if (!isToldUnread || firstNew(this.view.live, read, room.chat.user) === null) return;
    room.readUpTo = read;
    this.holdsLine = countNew(this.view.live, read, room.chat.user, Infinity) >= room.summary.unread_count;
  }

  // -- Going somewhere --------------------------------------------------------------------------------------
  /** Show a message in the log, as soon as there is one. @param {string} id */
  follow(id) {
    if (this.hasBegun) return this.goTo(id);
    this.linked = id;
  }

  /** Show a message in the log, wherever it is. @param {string} id */
  async goTo(id) {
    const message = this.room.message(id) ?? (await this.fetch(id));
    if (!message || message.deleted) return this.room.chat.say(gettext("This message is no longer there."));
    await this.goToSeq(message.seq, id);
  }

  /** @param {number} seq @param {string} [id] */
  async goToSeq(seq, id = "") {
    await this.view.around(seq);
    this.target = { id, seq };
    this.room.chat.tell();
  }

  // -- Hearing ----------------------------------------------------------------------------------------------
  /** Take messages that an answer brought. @param {any[]} messages */
  learn(messages) {
    this.shelf.put(messages);
    this.view.take(messages);
    this.room.chat.tell();
  }

  /** @param {any} frame */
  take(frame) {
    if (frame.type === "ready") this.again();
    if (frame.type !== "changes" || frame.stream !== `room:${this.room.id}`) return;
    if (!frame.messages && !frame.users && !frame.room) this.again();
    this.shelf.take(frame.messages ?? []);
    this.view.take(frame.messages ?? []);
  }

  /** Something was missed, or only told of: read again what the client does not hold. */
  again() {
    if (!this.view.past) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.view.again(), AGAIN_MS);
  }
}
