// What is said of the connection, and of the messages that wait for it.

import { gettext, interpolate } from "../i18n.js";

const WORDS = {
  offline: () => gettext("Offline."),
  connecting: () => gettext("Connecting …"),
  syncing: () => gettext("Syncing …"),
  up_to_date: () => gettext("Up to date"),
};

/** @typedef {keyof typeof WORDS} Status */

/** What is to be said. @param {Status} status @param {number} queued messages that wait to be sent @returns {string} */
export function statusText(status, queued) {
  const words = WORDS[status]();
  if (!queued || status === "up_to_date") return words;
  return `${words} ${interpolate(gettext("Messages that wait: %(queued)s"), { queued })}`;
}
