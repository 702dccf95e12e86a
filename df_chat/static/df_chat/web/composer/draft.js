// What is being written: a message, or the change of one. It outlives the composer, which only shows it.

import { gettext } from "../i18n.js";
import { mentionedIn } from "./mentions.js";
import { Tray } from "./tray.js";

/** @typedef {import("../room-state.js").RoomState} RoomState */
/** @typedef {import("./mentions.js").Person} Person */

export const MAX_CHARS = 10_000;
const KEEP_MS = 400;

/** The server counts characters, JavaScript half of some. @param {string} text */
export const lengthOf = (text) => (text.length > MAX_CHARS / 2 ? [...text].length : text.length);

class Writing {
  /** @param {RoomState} room */
  constructor(room) {
    this.room = room;
    this.text = "";
    /** Who was picked from the list, the last one last. @type {Person[]} */
    this.picked = [];
    /** What went wrong. */
    this.notice = "";
    /** It is on its way: nothing is changed any more. */
    this.isLocked = false;
  }

  /** @param {string} text */
  write(text) {
    this.text = text;
    this.notice = "";
  }

  /** The field of those who are named; left out where nobody is. */
  get mentions() {
    const members = this.room.members.filter((member) => member.user_id !== this.room.chat.user);
    const mention_ids = mentionedIn(this.text, members, this.picked);
    return mention_ids.length ? { mention_ids } : {};
  }

  /** @param {string} notice */
  say(notice) {
    this.notice = notice;
    this.room.chat.tell();
  }
}

/** A message that is not sent yet, of a room or of a thread. */
export class Draft extends Writing {
  /** @param {RoomState} room @param {string | null} threadId */
  constructor(room, threadId) {
    super(room);
    this.threadId = threadId;
    this.text = this.kept;
    this.tray = new Tray(room.chat.client, () => this.go());
  }

  get canSend() {
    return !this.isLocked && (this.text.trim() !== "" || !this.tray.isEmpty) && lengthOf(this.text) <= MAX_CHARS;
  }

  /** @param {string} text */
  write(text) {
    super.write(text);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), KEEP_MS);
  }

  /** What outlives the page. */
  get kept() {
    const { chat, id, replica } = this.room;
    return (this.threadId ? chat.client.keep?.threadDraft(id, this.threadId) : replica?.draft) ?? "";
  }

  /** Nothing of a room that is gone. */
  keep() {
    clearTimeout(this.timer);
    const { chat, id, replica } = this.room;
    if (!replica || this.kept === this.text) return;
    if (this.threadId) chat.client.keep?.writeThreadDraft(id, this.threadId, this.text);
    else chat.client.writeDraft(id, this.text);
  }

  /** Send it; with uploads under way, as soon as they have arrived. */
  submit() {
    if (!this.canSend) return;
    this.isLocked = true;
    this.go();
  }

  /** Write on instead of waiting for the uploads. */
  unlock() {
    this.isLocked = false;
    this.room.chat.tell();
  }

  /** The uploads got further. */
  go() {
    if (this.isLocked && this.tray.hasFailed) {
      this.isLocked = false;
      this.notice = gettext("Not sent: an attachment was not uploaded. Try it again, or remove it.");
    } else if (this.isLocked && !this.tray.isBusy) this.send();
    this.room.chat.tell();
  }

  send() {
    const { room, tray, mentions, threadId } = this;
    const parent_id = threadId ?? room.replyTo;
    const fields = { ...(parent_id && { parent_id }), ...mentions, ...tray.fields };
    // What becomes of it, the log shows.
    room.chat.client.send(room.id, this.text.trim(), fields).catch(() => {});
    tray.empty();
    this.picked = [];
    this.write("");
    this.keep();
    this.isLocked = false;
    if (!threadId) room.set({ replyTo: null });
  }
}

/** The change of a message that is there. */
export class Edit extends Writing {
  /** @param {RoomState} room @param {any} message */
  constructor(room, message) {
    super(room);
    this.id = message.id;
    this.before = this.text = message.body;
    this.picked = [...(message.mentions ?? [])];
  }

  /** Whether the message is still there to be changed. */
  get isGone() {
    const message = this.room.message(this.id);
    return !message || Boolean(message.deleted);
  }

  get canSend() {
    return !this.isLocked && lengthOf(this.text) <= MAX_CHARS;
  }

  get isChanged() {
    return this.text.trim() !== this.before.trim();
  }

  keep() {}

  async submit() {
    const { room, mentions } = this;
    const body = this.text.trim();
    const message = room.message(this.id);
    if (!this.isChanged) return this.end();
    if (this.isGone) return this.say(gettext("The message was deleted meanwhile."));
    if (!body && !message.images?.length && !message.files?.length) return this.say(gettext("Nothing would be left: delete the message instead."));
    this.isLocked = true;
    room.chat.tell();
    try {
      // Those who are named no longer are left out too.
      await room.chat.client.edit(room.id, this.id, body, message.mentions?.length ? { mention_ids: [], ...mentions } : mentions);
      this.end();
    } catch (error) {
      this.say(/** @type {Error} */ (error).message);
    } finally {
      this.isLocked = false;
    }
  }

  end() {
    if (this.room.editing === this.id) this.room.set({ editing: null });
  }
}

/** @type {WeakMap<RoomState, Map<string | null, Draft>>} */
const drafts = new WeakMap();

/** What is written in a room or in one of its threads. @param {RoomState} room @param {string | null} threadId */
export function draftOf(room, threadId) {
  const ofRoom = drafts.get(room) ?? new Map();
  drafts.set(room, ofRoom);
  if (!ofRoom.has(threadId)) ofRoom.set(threadId, new Draft(room, threadId));
  return /** @type {Draft} */ (ofRoom.get(threadId));
}

/** Whether something of a room is still on its way to be sent, which closing the page would lose. @param {RoomState} room */
export const isUnderWay = (room) => [...(drafts.get(room)?.values() ?? [])].some((draft) => draft.isLocked || draft.tray.isBusy);
