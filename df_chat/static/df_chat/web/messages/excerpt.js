// The part of a text that was searched for, with the words found in it marked.

import { parse, plain } from "./markdown.js";

const AROUND = 60;
const LONGEST = 200;

/**
 * What was found in a message, as it reads; only what was found in the markup is shown with it.
 * @param {{body: string, mentions?: any[]}} message @param {string} asked
 */
export function matchesIn({ body, mentions }, asked) {
  const parts = excerptOf(plain(parse(body, mentions)).trim(), asked);
  return parts.some(({ isMatch }) => isMatch) ? parts : excerptOf(body, asked);
}

/**
 * @param {string} body @param {string} asked @returns {{text: string, isMatch: boolean}[]} that part of the text, in order
 */
export function excerptOf(body, asked) {
  const wanted = asked.trim();
  const found = wanted ? new RegExp(escaped(wanted), "giu") : /$^/g;
  const first = body.search(found);
  const start = first > AROUND ? first - AROUND : 0;
  const text = body.slice(start, start + LONGEST);
  const parts = [];
  let done = 0;
  for (const match of text.matchAll(found)) {
    parts.push({ text: text.slice(done, match.index), isMatch: false }, { text: match[0], isMatch: true });
    done = match.index + match[0].length;
  }
  parts.push({ text: text.slice(done) + (start + LONGEST < body.length ? "…" : ""), isMatch: false });
  if (start) parts.unshift({ text: "…", isMatch: false });
  return parts.filter((part) => part.text);
}

/** @param {string} text */
const escaped = (text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
