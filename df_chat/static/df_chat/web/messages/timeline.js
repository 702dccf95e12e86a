// What a log shows, as rows; and which part of many messages is drawn.

import { placeOf } from "../../sync/ordered.js";

/** Messages of one sender closer than this stand together. */
const TOGETHER_MS = 5 * 60_000;
/** At most so many messages are drawn, and so many more each time one scrolls to the edge of them. */
export const MOST_DRAWN = 200;
const STEP = 60;

/**
 * @typedef {{type: "day", key: string, at: string}
 *   | {type: "unread", key: string}
 *   | {type: "message", key: string, message: any, isFirst: boolean, isLast: boolean}
 *   | {type: "pending", key: string, entry: import("../../sync/outbox.js").Entry, isFirst: boolean, isLast: boolean}} Row
 *
 * The part that is drawn, as `seq`; null is the open end: all there is, up to MOST_DRAWN.
 * @typedef {{first: number | null, last: number | null}} Window
 */

/** The newest messages, whatever comes. @type {Window} */
export const NEWEST = { first: null, last: null };

// -- Rows -----------------------------------------------------------------------------------------------------
/**
 * @param {any[]} messages those drawn, by `seq`
 * @param {{me: string, pending?: import("../../sync/outbox.js").Entry[], lineAt?: number | null, before?: any}} options
 *   `lineAt` is the `seq` of the first new message; `before` is the message above the first of those drawn
 * @returns {Row[]}
 */
export function rowsOf(messages, { me, pending = [], lineAt = null, before = null }) {
  /** @type {Row[]} */
  const rows = [];
  let day = before?.created ? dayOf(before.created) : "";
  let previous = before;
  for (const message of messages) {
    let follows = isTogether(previous, message);
    if (message.created && dayOf(message.created) !== day) {
      day = dayOf(message.created);
      rows.push({ type: "day", key: `day ${day}`, at: message.created });
      follows = false;
    }
    if (message.seq === lineAt) {
      rows.push({ type: "unread", key: "unread" });
      follows = false;
    }
    endGroup(rows, follows);
    rows.push({ type: "message", key: keyOf(message, me), message, isFirst: !follows, isLast: true });
    previous = message;
  }
  return [...rows, ...pendingRows(pending, rows, previous?.user_id === me)];
}

/** @param {import("../../sync/outbox.js").Entry[]} pending @param {Row[]} rows @param {boolean} follows @returns {Row[]} */
function pendingRows(pending, rows, follows) {
  if (pending.length) endGroup(rows, follows);
  return pending.map((entry, index) => ({
    type: "pending", key: entry.client_id, entry, isFirst: !index && !follows, isLast: index === pending.length - 1,
  }));
}

/** @param {Row[]} rows @param {boolean} follows */
function endGroup(rows, follows) {
  const last = rows.at(-1);
  if (follows && last?.type === "message") last.isLast = false;
}

/** An own message keeps the key it was sent with, and with it its place on the screen. @param {any} message @param {string} me */
const keyOf = (message, me) => (message.user_id === me && message.client_id ? message.client_id : message.id);

/** Whether a message is news to somebody. @param {any} message @param {string} me */
const isNews = (message, me) => !message.deleted && message.user_id !== me && message.user_id !== null;

/** The `seq` of the first message that is news after what was read. @param {any[]} messages @param {number} readUpTo @param {string} me */
export function firstNew(messages, readUpTo, me) {
  for (let at = placeOf(messages, readUpTo + 1); at < messages.length; at++) if (isNews(messages[at], me)) return messages[at].seq;
  return null;
}

/** How many messages after `seq` are news; more than `most` are not counted. @param {any[]} messages @param {number} seq @param {string} me @param {number} [most] */
export function countNew(messages, seq, me, most = 100) {
  let count = 0;
  for (let at = messages.length - 1; at >= 0 && messages[at].seq > seq && count < most; at--) if (isNews(messages[at], me)) count++;
  return count;
}

/** @param {any} one @param {any} next */
function isTogether(one, next) {
  if (!one || one.deleted || next.deleted || next.user_id === null || one.user_id !== next.user_id) return false;
  return !next.parent_id && Date.parse(next.created) - Date.parse(one.created) < TOGETHER_MS;
}

/** The day of a time, where the user is. @param {string} iso */
export function dayOf(iso) {
  const at = new Date(iso);
  return `${at.getFullYear()}-${at.getMonth() + 1}-${at.getDate()}`;
}

// -- The window -----------------------------------------------------------------------------------------------
/** Where a window begins and ends among messages. @param {any[]} messages @param {Window} window @returns {{from: number, to: number}} */
export function placesOf(messages, { first, last }) {
  const start = first === null ? null : placeOf(messages, first);
  const end = last === null ? messages.length : placeOf(messages, last + 1);
  const from = start ?? Math.max(0, end - MOST_DRAWN / 2);
  return { from, to: Math.max(from, Math.min(end, from + MOST_DRAWN)) };
}

/** Keep what is drawn now, whatever comes above or below. @param {any[]} messages @param {Window} window @returns {Window} */
export function held(messages, window) {
  const { from, to } = placesOf(messages, window);
  return windowOf(messages, from, to);
}

/** The window a step higher; null at the top. @param {any[]} messages @param {Window} window @returns {Window | null} */
export function higher(messages, window) {
  const { from, to } = placesOf(messages, window);
  const start = Math.max(0, from - STEP);
  return from ? windowOf(messages, start, Math.min(to, start + MOST_DRAWN)) : null;
}

/** The window a step lower; null at the bottom. @param {any[]} messages @param {Window} window @returns {Window | null} */
export function lower(messages, window) {
  const { from, to } = placesOf(messages, window);
  const end = Math.min(messages.length, to + STEP);
  return to < messages.length ? windowOf(messages, Math.max(from, end - MOST_DRAWN), end) : null;
}

/** The window with a message in its middle. @param {any[]} messages @param {number} seq @returns {Window} */
export function around(messages, seq) {
  const place = placeOf(messages, seq);
  return windowOf(messages, Math.max(0, place - STEP), Math.min(messages.length, place + STEP));
}

/** @param {any[]} messages @param {number} from @param {number} to @returns {Window} */
function windowOf(messages, from, to) {
  const isOpen = to >= messages.length;
  return { first: messages[from]?.seq ?? null, last: isOpen ? null : messages[to - 1].seq };
}
