// Names after an "@": where one is being written, who may be meant, and whose still stand in the text. No DOM.

/** @typedef {{user_id: string, name: string}} Person */

const WORD = /[\p{L}\p{N}_]/u;
const LONGEST_QUERY = 40;
const MOST_OPTIONS = 8;

/** @param {string | undefined} character */
const isWord = (character) => character !== undefined && WORD.test(character);

/**
 * The name that is being written at the caret: where its "@" stands, and what follows it.
 * @param {string} text @param {number} caret @returns {{start: number, query: string} | null}
 */
export function queryAt(text, caret) {
  const start = text.lastIndexOf("@", caret - 1);
  if (start < 0 || start >= caret || caret - start - 1 > LONGEST_QUERY || isWord(text[start - 1])) return null;
  const query = text.slice(start + 1, caret);
  // A name may have spaces, and no more than one line.
  return /^\s|\n|\s\s/.test(query) ? null : { start, query };
}

/** Small letters without their marks: "Zoë" is found by "zoe". @param {string} text */
const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/**
 * Those who may be meant: first whose name begins so, then who have a word that does.
 * @template {Person} P @param {P[]} people @param {string} query @returns {P[]}
 */
export function matching(people, query) {
  const wanted = folded(query);
  const ranked = people.flatMap((person) => {
    const name = folded(person.name);
    if (name.startsWith(wanted)) return [{ person, rank: 0 }];
    return name.split(/[^\p{L}\p{N}]+/u).some((word) => word.startsWith(wanted)) ? [{ person, rank: 1 }] : [];
  });
  ranked.sort((one, other) => one.rank - other.rank || one.person.name.localeCompare(other.person.name));
  return ranked.slice(0, MOST_OPTIONS).map(({ person }) => person);
}

/**
 * The ids of those whose "@Name" stands in the text, the longest name first: "@Ann Lee" is not Ann.
 * Members count without having been picked, unless they share their name. Of those picked with one name, the last ones
 * count, one for each time it stands there.
 * @param {string} text @param {Person[]} members @param {Person[]} picked in the order they were picked in @returns {string[]}
 */
export function mentionedIn(text, members, picked) {
  /** @type {Map<string, Person[]>} */
  const named = new Map();
  for (const person of members) if (person.name) named.set(person.name, [...(named.get(person.name) ?? []), person]);
  for (const [name, those] of named) if (those.length > 1) named.delete(name);
  for (const person of picked) named.set(person.name, [...(named.get(person.name) ?? []), person]);
  return [...timesNamed(text, [...named.keys()])].flatMap(([name, times]) => {
    const ids = (named.get(name) ?? []).map((person) => person.user_id);
    return [...new Set(ids.reverse())].slice(0, times);
  });
}

/** How often each name stands after an "@". @param {string} text @param {string[]} names @returns {Map<string, number>} */
function timesNamed(text, names) {
  names.sort((one, other) => other.length - one.length);
  const times = new Map();
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    if (isWord(text[at - 1])) continue;
    const found = names.find((name) => text.startsWith(name, at + 1) && !isWord(text[at + 1 + name.length]));
    if (found) times.set(found, (times.get(found) ?? 0) + 1);
  }
  return times;
}
