// Tells of new messages by the system's notifications and by a tone, to those who asked for it.

import { oneLine, previewOf, titleOf } from "../rooms/describe.js";
import { playTone } from "./sound.js";

// So long another tab or device has to say that the message was read there.
const READ_ELSEWHERE_MS = 1_000;
// A tab that is seen tells before one that is hidden.
const HIDDEN_MS = 500;
// So much later than another, a tab in the background may wake up.
const CLAIM_MS = 70_000;
const TONE_EVERY_MS = 2_000;

/** The messages of a frame that are new, and from others. @param {any} frame @param {string} me @returns {any[]} */
export function newsIn(frame, me) {
  if (frame.type !== "changes" || !frame.stream?.startsWith("room:")) return [];
  // What was changed since has a version above the one it came with.
  return (frame.messages ?? []).filter((message) => !message.deleted && message.version === message.seq && message.user_id && message.user_id !== me);
}

export class Notifier {
  /** @param {import("../chat.js").Chat} chat @param {{show?: typeof show, tone?: () => void, claim?: typeof claim}} [how] */
  constructor(chat, { show: showOne = show, tone = playTone, claim: claimOne = claim } = {}) {
    this.chat = chat;
    this.show = showOne;
    this.tone = tone;
    this.claim = claimOne;
    /** How far the user has read, by room, on any device. @type {Map<string, number>} */
    this.seen = new Map();
    this.tonedAt = 0;
  }

  /** @param {AbortSignal} signal */
  start(signal) {
    this.chat.addEventListener("frame", (/** @type {any} */ { detail }) => this.take(detail), { signal });
    this.signal = signal;
  }

  /** @param {any} frame */
  take(frame) {
    if (frame.stream === `user:${this.chat.user}`) for (const { room_id, seen_seq } of frame.memberships ?? []) this.seen.set(room_id, seen_seq);
    const { notify, sound } = this.chat.preferences.all;
    if (!notify && !sound) return;
    for (const message of newsIn(frame, this.chat.user)) {
      setTimeout(() => this.tell(message), READ_ELSEWHERE_MS + (document.hidden ? HIDDEN_MS : 0));
    }
  }

  /** @param {any} message */
  async tell(message) {
    const { chat } = this;
    const room = chat.rooms.get(message.room_id);
    if (this.signal?.aborted || !room?.is_member || room.is_muted || this.isRead(message)) return;
    if (!(await this.claim(message.id))) return;
    const { notify, sound } = chat.preferences.all;
    if (sound && Date.now() - this.tonedAt > TONE_EVERY_MS) {
      this.tonedAt = Date.now();
      this.tone();
    }
    if (notify && document.hidden) this.show(chat, room, message);
  }

  /** @param {any} message */
  isRead({ room_id, seq }) {
    return Math.max(this.seen.get(room_id) ?? 0, this.chat.states.get(room_id)?.seenSeq ?? 0) >= seq;
  }
}

/** Whether it is for this tab, of all the user has open, to tell of a message. @param {string} id @returns {Promise<boolean>} */
export function claim(id) {
  const { locks } = globalThis.navigator ?? {};
  if (!locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    locks.request(`df_chat:${id}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock && new Promise((release) => setTimeout(release, CLAIM_MS));
    }).catch(() => resolve(true));
  });
}

/** One notification of a message, even where several tabs show it. @param {import("../chat.js").Chat} chat @param {any} room @param {any} message */
export function show(chat, room, message) {
  if (!("Notification" in globalThis) || Notification.permission !== "granted") return;
  const { who, text } = previewOf({ ...room, last_message: message }, chat.user);
  try {
    const notification = new Notification(titleOf(room), { body: oneLine(who ? `${who}: ${text}` : text), tag: message.id });
    notification.onclick = () => {
      globalThis.focus();
      notification.close();
      chat.open(room.id);
    };
  } catch {
    // Some browsers let only a service worker do so.
  }
}
