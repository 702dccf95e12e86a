// Times as the chat tells them, in the page's language.

import { gettext } from "./i18n.js";

const DAY_MS = 86_400_000;
/** Making a format is slow. @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** What is no time is no text. @param {string} name @param {Intl.DateTimeFormatOptions} options @param {string} iso */
function format(name, options, iso) {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  let found = formats.get(name);
  if (!found) formats.set(name, (found = new Intl.DateTimeFormat(globalThis.document?.documentElement.lang || undefined, options)));
  return found.format(at);
}

/** @param {string} iso */
export const clock = (iso) => format("clock", { hour: "numeric", minute: "2-digit" }, iso);

/** @param {string} iso */
export const full = (iso) => format("full", { dateStyle: "full", timeStyle: "short" }, iso);

/** Tell the whole of a time that is pointed at: to tell it of all that are drawn takes long. @param {Event} event */
export function tellWhole({ target }) {
  const time = /** @type {Element} */ (target).closest("time");
  if (time) time.title = full(time.dateTime);
}

/** The day and the time, short. @param {string} iso */
export const short = (iso) => format("short", { dateStyle: "medium", timeStyle: "short" }, iso);

/** The day that the messages below it are of. @param {string} iso @param {Date} [now] */
export function day(iso, now = new Date()) {
  const days = daysAgo(iso, now);
  if (days === 0) return gettext("Today");
  if (days === 1) return gettext("Yesterday");
  if (isThisYear(iso, now)) return format("day", { weekday: "long", day: "numeric", month: "long" }, iso);
  return format("date", { dateStyle: "long" }, iso);
}

/** As short as it is clear: the time of today, the day of this week, else the date. @param {string} iso @param {Date} [now] */
export function brief(iso, now = new Date()) {
  const days = daysAgo(iso, now);
  if (days === 0) return clock(iso);
  if (days > 0 && days < 7) return format("weekday", { weekday: "short" }, iso);
  if (isThisYear(iso, now)) return format("month", { day: "numeric", month: "short" }, iso);
  return format("year", { day: "numeric", month: "short", year: "numeric" }, iso);
}

/** How many days ago a time was: 0 for today, 1 for yesterday. @param {string} iso @param {Date} now */
export function daysAgo(iso, now) {
  const midnight = (date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((midnight(now) - midnight(new Date(iso))) / DAY_MS);
}

/** @param {string} iso @param {Date} now */
const isThisYear = (iso, now) => new Date(iso).getFullYear() === now.getFullYear();
