// Times as the log tells them, in the page's language.

import { gettext } from "../i18n.js";
import { daysAgo } from "./timeline.js";

/** Making a format is slow. @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** @param {string} name @param {Intl.DateTimeFormatOptions} options */
function format(name, options) {
  let found = formats.get(name);
  if (!found) formats.set(name, (found = new Intl.DateTimeFormat(document.documentElement.lang || undefined, options)));
  return found;
}

/** @param {string} iso */
export const clock = (iso) => format("clock", { hour: "numeric", minute: "2-digit" }).format(new Date(iso));

/** @param {string} iso */
export const full = (iso) => format("full", { dateStyle: "full", timeStyle: "short" }).format(new Date(iso));

/** The day and the time, short. @param {string} iso */
export const short = (iso) => format("short", { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));

/** @param {string} iso @param {Date} [now] */
export function day(iso, now = new Date()) {
  const days = daysAgo(iso, now);
  if (days === 0) return gettext("Today");
  if (days === 1) return gettext("Yesterday");
  if (new Date(iso).getFullYear() === now.getFullYear()) return format("day", { weekday: "long", day: "numeric", month: "long" }).format(new Date(iso));
  return format("date", { dateStyle: "long" }).format(new Date(iso));
}
