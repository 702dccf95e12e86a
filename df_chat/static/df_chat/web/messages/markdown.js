// The small part of Markdown that messages may use, as a tree. No HTML: whatever is not markup is text.
//
// Every text takes time in proportion to its length, and nothing nests deeper than MAX_DEPTH.

import { Nest } from "./nest.js";

/**
 * @typedef {{type: "text", text: string}
 *   | {type: "code", text: string}
 *   | {type: "strong" | "em" | "del", children: Inline[]}
 *   | {type: "link", href: string, children: Inline[]}
 *   | {type: "mention", user_id: string, text: string}} Inline
 * @typedef {{type: "paragraph", children: Inline[]}
 *   | {type: "pre", lang: string, text: string}
 *   | {type: "quote", children: Block[]}
 *   | {type: "list", start: number | null, items: Block[][]}} Block
 * @typedef {{user_id: string, name: string}} Mention
 */

const MAX_DEPTH = 5;
const MAX_MENTIONS = 100;
const ITEM = /^(?:[-*]|(\d{1,9})[.)]) +(?=\S)/;
const CONTINUED = /^(?: {2,}|\t)/;
const QUOTE = /^> ?/;
const FENCE = /^```([\w+#.-]{0,30})\s*$/;
const FENCE_END = /^```\s*$/;

/** @param {string} source @param {Mention[]} [mentions] people whose names may stand after an "@" @returns {Block[]} */
export function parse(source, mentions = []) {
  const known = mentions.filter(({ name }) => name).slice(0, MAX_MENTIONS);
  known.sort((one, other) => other.name.length - one.name.length);
  return blocks(source.replace(/\r\n?/g, "\n").split("\n"), known, 0);
}

/** What a tree says, without its markup. @param {(Block | Inline)[]} nodes @returns {string} */
export function plain(nodes) {
  return nodes.map((node) => {
    if ("text" in node) return node.type === "pre" ? `${node.text}\n` : node.text;
    if ("items" in node) return node.items.map(plain).join("");
    return plain(node.children) + (node.type === "paragraph" ? "\n" : "");
  }).join("");
}

// -- Blocks ---------------------------------------------------------------------------------------------------
/** @param {string[]} lines @param {Mention[]} mentions @param {number} depth @returns {Block[]} */
function blocks(lines, mentions, depth) {
  /** @type {Block[]} */
  const found = [];
  /** @type {string[]} */
  let paragraph = [];
  const endParagraph = () => {
    if (paragraph.length) found.push({ type: "paragraph", children: inline(paragraph.join("\n"), mentions) });
    paragraph = [];
  };
  for (let at = 0; at < lines.length;) {
    const block = lines[at].trim() ? blockAt(lines, at, mentions, depth) : { end: at + 1 };
    if (!block) {
      paragraph.push(lines[at++]);
      continue;
    }
    endParagraph();
    if (block.node) found.push(block.node);
    at = block.end;
  }
  endParagraph();
  return found;
}

/** The block that is no paragraph and begins in this line, and the line after it. @returns {{node?: Block, end: number} | null} */
function blockAt(lines, at, mentions, depth) {
  const fence = FENCE.exec(lines[at]);
  if (fence) return fenced(lines, at, fence[1]);
  if (depth >= MAX_DEPTH) return null;
  if (QUOTE.test(lines[at])) return quote(lines, at, mentions, depth);
  const item = ITEM.exec(lines[at]);
  return item && list(lines, at, item[1], mentions, depth);
}

/** Code up to the closing fence; without one, to the end. @returns {{node: Block, end: number}} */
function fenced(lines, at, lang) {
  let end = at + 1;
  while (end < lines.length && !FENCE_END.test(lines[end])) end++;
  return { node: { type: "pre", lang, text: lines.slice(at + 1, end).join("\n") }, end: end + 1 };
}

/** @returns {{node: Block, end: number}} */
function quote(lines, at, mentions, depth) {
  let end = at;
  while (end < lines.length && QUOTE.test(lines[end])) end++;
  const inner = lines.slice(at, end).map((line) => line.replace(QUOTE, ""));
  return { node: { type: "quote", children: blocks(inner, mentions, depth + 1) }, end };
}

/** Items of one kind; what is indented belongs to the item above. @returns {{node: Block, end: number}} */
function list(lines, at, number, mentions, depth) {
  /** @type {string[][]} */
  const items = [];
  let end = at;
  for (; end < lines.length; end++) {
    const item = ITEM.exec(lines[end]);
    if (item && (item[1] === undefined) === (number === undefined)) items.push([lines[end].slice(item[0].length)]);
    else if (CONTINUED.test(lines[end]) && lines[end].trim()) items[items.length - 1].push(lines[end].replace(/^(?: {1,3}|\t)/, ""));
    else break;
  }
  const children = items.map((item) => blocks(item, mentions, depth + 1));
  return { node: { type: "list", start: number === undefined ? null : Number(number), items: children }, end };
}

// -- Inside a line --------------------------------------------------------------------------------------------
// As long as any text between brackets may be, and any address.
const LINK = /\[([^[\]\n]{1,500})\]\(((?:https?:\/\/|mailto:)(?:[^\s()]|\([^\s()]*\)){1,2000})\)/iy;
const ADDRESS = /https?:\/\/[\p{L}\p{N}[][^\s<>"`]{0,2000}/iuy;
const WORD = /[\p{L}\p{N}_]/u;
const ESCAPED = "*~`[";
const SPECIAL = /[*~`[\\@hH]/g;

/** @param {string} text @param {Mention[]} mentions @param {boolean} [hasLinks] @returns {Inline[]} */
function inline(text, mentions, hasLinks = true) {
  const out = new Nest();
  const runs = backtickRuns(text);
  let done = 0;
  SPECIAL.lastIndex = 0;
  for (let found; (found = SPECIAL.exec(text));) {
    const at = found.index;
    const token = tokenAt(text, at, { mentions, hasLinks, runs });
    if (!token) continue;
    out.text(text.slice(done, at));
    if ("mark" in token) out.mark(token);
    else out.add(token.node);
    done = SPECIAL.lastIndex = token.end;
  }
  out.text(text.slice(done));
  return out.finish();
}

/** @typedef {{node: Inline, end: number} | {mark: string, opens: boolean, closes: boolean, end: number}} Token */

/** What begins at a special character; null where it is only a character. @returns {Token | null} */
function tokenAt(text, at, { mentions, hasLinks, runs }) {
  switch (text[at]) {
    case "\\":
      return ESCAPED.includes(text[at + 1] || " ") ? { node: { type: "text", text: text[at + 1] }, end: at + 2 } : null;
    case "`":
      return codeAt(text, at, runs);
    case "@":
      return isWord(text[at - 1]) || text[at - 1] === "@" ? null : mentionAt(text, at, mentions);
    case "[":
      return hasLinks ? linkAt(text, at, mentions) : null;
    case "h":
    case "H":
      return hasLinks && !isWord(text[at - 1]) ? addressAt(text, at) : null;
    default:
      return markAt(text, at);
  }
}

/** @param {string | undefined} character */
const isWord = (character) => character !== undefined && WORD.test(character);
/** @param {string | undefined} character */
const isSpace = (character) => character === undefined || /\s/.test(character);

/** Emphasis: single stars only around whole words, so that 2*3*4 stays what it is. @returns {Token} */
function markAt(text, at) {
  const character = text[at];
  let end = at;
  while (text[end] === character) end++;
  const run = text.slice(at, end);
  if (character === "~" ? run.length !== 2 : run.length > 3) return { node: { type: "text", text: run }, end };
  const inWord = run === "*" || run === "***";
  const opens = !isSpace(text[end]) && !(inWord && isWord(text[at - 1]));
  const closes = !isSpace(text[at - 1]) && !(inWord && isWord(text[end]));
  return { mark: run, opens, closes, end };
}

/** Where runs of backticks of each length begin. @param {string} text @returns {Map<number, number[]>} */
function backtickRuns(text) {
  const runs = new Map();
  for (const { 0: run, index } of text.matchAll(/`+/g)) {
    if (!runs.has(run.length)) runs.set(run.length, []);
    runs.get(run.length).push(index);
  }
  for (const places of runs.values()) places.reverse();
  return runs;
}

/** Code up to the next run of as many backticks. @returns {Token} */
function codeAt(text, at, runs) {
  let length = 1;
  while (text[at + length] === "`") length++;
  const places = runs.get(length) ?? [];
  while (places.length && places.at(-1) <= at) places.pop();
  const close = places.at(-1);
  if (close === undefined) return { node: { type: "text", text: text.slice(at, at + length) }, end: at + length };
  return { node: { type: "code", text: text.slice(at + length, close) }, end: close + length };
}

/** @param {string} text @param {number} at @param {Mention[]} mentions @returns {Token | null} */
function mentionAt(text, at, mentions) {
  const mention = mentions.find(({ name }) => text.startsWith(name, at + 1) && !isWord(text[at + 1 + name.length]));
  if (!mention) return null;
  const end = at + 1 + mention.name.length;
  return { node: { type: "mention", user_id: mention.user_id, text: text.slice(at, end) }, end };
}

/** @returns {Token | null} */
function linkAt(text, at, mentions) {
  LINK.lastIndex = at;
  const found = LINK.exec(text);
  const href = found && safe(found[2]);
  return href ? { node: { type: "link", href, children: inlineOfLink(found[1], mentions) }, end: LINK.lastIndex } : null;
}

/** The special characters of the text around are not done yet. @param {string} text @param {Mention[]} mentions */
function inlineOfLink(text, mentions) {
  const place = SPECIAL.lastIndex;
  const children = inline(text, mentions, false);
  SPECIAL.lastIndex = place;
  return children;
}

/** An address that stands by itself, without the punctuation after it. @returns {Token | null} */
function addressAt(text, at) {
  ADDRESS.lastIndex = at;
  const found = ADDRESS.exec(text)?.[0];
  const shown = found && withoutEnd(found);
  const href = shown && safe(shown);
  return href ? { node: { type: "link", href, children: [{ type: "text", text: shown }] }, end: at + shown.length } : null;
}

/** @param {string} address */
function withoutEnd(address) {
  let opened = address.split("(").length - address.split(")").length;
  let end = address.length;
  for (; end; end--) {
    const last = address[end - 1];
    if (last === ")" && opened < 0) opened++;
    else if (!".,;:!?*~_'\"]}".includes(last)) break;
  }
  return address.slice(0, end);
}

/** An address that may be followed: of the web or of mail, and nothing else. @param {string} address @returns {string | null} */
export function safe(address) {
  try {
    const { protocol, href } = new URL(address);
    return ["http:", "https:", "mailto:"].includes(protocol) ? href : null;
  } catch {
    return null;
  }
}
