// The text of a message on the screen: the tree of markdown.js as elements. Text becomes text nodes, and nothing else.

import { html, nothing } from "../../vendor/lit.js";
import { parse, plain } from "./markdown.js";

const FEW_EMOJI = /^(?:\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier}|\u200D\p{Extended_Pictographic})*\s*){1,3}$/u;

const LONGEST_LINE = 200;

/** A state is never changed: it is parsed once. @type {WeakMap<object, import("./markdown.js").Block[]>} */
const trees = new WeakMap();

/** @param {{body: string, mentions?: any[]}} message */
function treeOf(message) {
  let tree = trees.get(message);
  if (!tree) trees.set(message, (tree = parse(message.body ?? "", message.mentions ?? [])));
  return tree;
}

/** What a message says in one line, without markup. @param {{body: string, mentions?: any[]}} message */
export const lineOf = (message) => plain(treeOf(message)).replace(/\s+/g, " ").trim().slice(0, LONGEST_LINE);

/** @param {{body: string, mentions?: any[]}} message @param {string} me whose own mentions stand out */
export function textOf(message, me) {
  if (!message.body) return nothing;
  const isBig = message.body.length < 30 && FEW_EMOJI.test(message.body);
  return html`<div class=${isBig ? "text big" : "text"} dir="auto">${blocks(treeOf(message), me)}</div>`;
}

/** @param {import("./markdown.js").Block[]} nodes @param {string} me */
const blocks = (nodes, me) => nodes.map((node) => block(node, me));

/** @param {import("./markdown.js").Block} node @param {string} me @returns {unknown} */
function block(node, me) {
  switch (node.type) {
    case "pre": return html`<pre dir="ltr"><code>${node.text}</code></pre>`;
    case "quote": return html`<blockquote>${blocks(node.children, me)}</blockquote>`;
    case "list": return list(node, me);
    default: return html`<p>${inlines(node.children, me)}</p>`;
  }
}

/** @param {{start: number | null, items: import("./markdown.js").Block[][]}} list @param {string} me */
function list({ start, items }, me) {
  const shown = items.map((item) => html`<li>${blocks(item, me)}</li>`);
  return start === null ? html`<ul>${shown}</ul>` : html`<ol start=${start}>${shown}</ol>`;
}

/** @param {import("./markdown.js").Inline[]} nodes @param {string} me */
const inlines = (nodes, me) => nodes.map((node) => inline(node, me));

/** @param {import("./markdown.js").Inline} node @param {string} me @returns {unknown} */
function inline(node, me) {
  switch (node.type) {
    case "code": return html`<code>${node.text}</code>`;
    case "strong": return html`<strong>${inlines(node.children, me)}</strong>`;
    case "em": return html`<em>${inlines(node.children, me)}</em>`;
    case "del": return html`<del>${inlines(node.children, me)}</del>`;
    case "link": return html`<a href=${node.href} title=${node.href} target="_blank" rel="noopener noreferrer nofollow">${inlines(node.children, me)}</a>`;
    case "mention": return html`<bdi class=${node.user_id === me ? "mention me" : "mention"}>${node.text}</bdi>`;
    default: return node.text;
  }
}
