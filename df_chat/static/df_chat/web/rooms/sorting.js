// Which rooms a list shows, and in which order.

export const FILTERS = /** @type {const} */ (["all", "unread", "direct", "groups"]);
/** @typedef {typeof FILTERS[number]} Filter */

/** @type {Record<Filter, (room: any, unread: number) => boolean>} */
const PASSES = {
  all: () => true,
  unread: (room, unread) => unread > 0,
  direct: (room) => room.kind === "direct",
  groups: (room) => room.kind !== "direct",
};

/** When something was last written in a room. @param {any} room @returns {string} */
const activityOf = (room) => room.last_message?.created ?? room.created ?? "";

/** The newest activity first; among equals as the server has it. @param {any[]} rooms */
export const byActivity = (rooms) => rooms.sort((one, other) => compare(activityOf(other), activityOf(one)) || compare(other.id, one.id));

/** @param {string} one @param {string} other */
const compare = (one, other) => (one < other ? -1 : Number(one > other));

/**
 * @param {any[]} rooms @param {Filter} filter @param {string} search
 * @param {(room: any) => number} unreadOf @param {string | null} [kept] a room that stays though it has been read: the open one
 */
export function select(rooms, filter, search, unreadOf, kept = null) {
  const words = plain(search).split(" ").filter(Boolean);
  return rooms.filter((room) => {
    if (!PASSES[filter](room, unreadOf(room)) && !(filter === "unread" && room.id === kept)) return false;
    if (!words.length) return true;
    const text = plain(`${room.peer?.name ?? ""} ${room.title ?? ""} ${room.topic ?? ""}`);
    return words.every((word) => text.includes(word));
  });
}

/** Without case, accents and rows of blanks. @param {string} text */
export const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/\s+/gu, " ").trim();

/**
 * How many messages wait to be read; what is on the screen counts as read before the server has said so.
 * @param {any} room @param {number} seenSeq how far this page has read
 */
export const unreadOf = (room, seenSeq = 0) => (room.last_message && seenSeq >= room.last_message.seq ? 0 : (room.unread_count ?? 0));

/** What may be put on a badge. @param {number} count @param {boolean} [isPart] whether there may be more */
export const badge = (count, isPart = false) => (count > 999 ? "999+" : `${count}${isPart ? "+" : ""}`);
