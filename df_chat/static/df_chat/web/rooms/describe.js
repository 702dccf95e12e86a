// How a room reads in a list: its name, its newest message, its time, and what stands for its picture.

import { gettext } from "../i18n.js";
import { parse, plain } from "../messages/markdown.js";

const TONES = 8;
// More of a message than a list shows is not looked at.
const LOOKED_AT = 400;

/** What a room is called: a direct chat by the other person. @param {any} room @returns {string} */
export function titleOf(room) {
  if (!room) return gettext("Room");
  if (room.kind === "direct") return room.peer?.name || gettext("Deleted account");
  return room.title || "—";
}

/** One or two letters that stand for a picture. @param {string} name @returns {string} */
export function initialsOf(name) {
  const words = name.split(/[\s_-]+/u).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const ends = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  const letters = ends.map((word) => /** @type {RegExpMatchArray} */ (word.match(/[\p{L}\p{N}]\p{M}*/u))[0]);
  return letters.join("").toLocaleUpperCase() || "#";
}

/** Which of the colours an id has, always the same. @param {string} id @returns {number} */
export function toneOf(id) {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return sum % TONES;
}

/**
 * The newest message in one line: who wrote it, and what. `isQuiet` where the words are ours.
 * @param {any} room @param {string} me
 * @returns {{who: string, text: string, isQuiet: boolean}}
 */
export function previewOf(room, me) {
  const last = room.last_message;
  if (!last) return { who: "", text: gettext("No messages yet"), isQuiet: true };
  if (last.deleted) return { who: "", text: gettext("Deleted message"), isQuiet: true };
  const other = room.kind === "direct" ? "" : (last.sender?.name ?? "");
  const who = last.user_id === me ? gettext("You") : other;
  const body = oneLine(plain(parse((last.body ?? "").slice(0, LOOKED_AT), last.mentions ?? [])));
  return { who, text: body || attachmentOf(last), isQuiet: !body };
}

/** @param {any} message */
function attachmentOf({ images = [], files = [] }) {
  if (images.length) return gettext("Image");
  return files[0]?.name || gettext("File");
}

/** @param {string} text */
export const oneLine = (text) => text.slice(0, LOOKED_AT).replace(/\s+/gu, " ").trim().slice(0, 200);
