// The keys that work everywhere in the chat.

import { gettext } from "../i18n.js";

const isApple = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? "");
const MOD = isApple ? "⌘" : "Ctrl";

/** @param {string[]} keys @param {() => string} say in the page's language, which is known only later */
const key = (keys, say) => ({ keys, get text() { return say(); } });

/** Those of the shell and of the list of rooms, as the help shows them. @type {{keys: string[], readonly text: string}[]} */
export const KEYS = [
  key([MOD, "K"], () => gettext("Search rooms")),
  key(["Alt", "↑"], () => gettext("Open the room above")),
  key(["Alt", "↓"], () => gettext("Open the room below")),
  key(["↑", "↓"], () => gettext("Go from room to room")),
  key(["Enter"], () => gettext("Open the room")),
  key(["Esc"], () => gettext("Close what is open")),
  key(["?"], () => gettext("Show this help")),
];

/** @typedef {"search" | "above" | "below" | "help"} Command */

/** What a key asks for. @param {Pick<KeyboardEvent, "key" | "altKey" | "ctrlKey" | "metaKey" | "isComposing">} event @param {boolean} isTyping @returns {Command | null} */
export function commandOf({ key, altKey, ctrlKey, metaKey, isComposing }, isTyping) {
  if (isComposing) return null;
  const isMod = (ctrlKey || metaKey) && !altKey;
  if (isMod && key.toLowerCase() === "k") return "search";
  if (altKey && !ctrlKey && !metaKey && key === "ArrowUp") return "above";
  if (altKey && !ctrlKey && !metaKey && key === "ArrowDown") return "below";
  if (key === "?" && !isTyping && !altKey && !ctrlKey && !metaKey) return "help";
  return null;
}

/** Whether what has the focus takes letters. @param {Element | null | undefined} element */
export const isTyping = (element) => Boolean(element?.matches("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]:not([contenteditable=false])"));

/** The room that is so many places from the open one. @param {any[]} rooms @param {string | null} openId @param {number} by @returns {string | null} */
export function neighbour(rooms, openId, by) {
  if (!rooms.length) return null;
  const here = rooms.findIndex((room) => room.id === openId);
  if (here < 0) return rooms[by > 0 ? 0 : rooms.length - 1].id;
  return rooms[Math.min(Math.max(here + by, 0), rooms.length - 1)].id;
}
