// Emphasis as it is found: what is opened, what is closed, and what never was.

/** @typedef {import("./markdown.js").Inline} Inline */

const MARKS = { "**": "strong", "*": "em", "~~": "del" };

/** Emphasis that is open: each kind at most once, so it is never deeper than their number. */
export class Nest {
  constructor() {
    /** @type {{mark: string, children: Inline[]}[]} */
    this.levels = [{ mark: "", children: [] }];
  }

  /** @param {Inline} node */
  add(node) {
    this.levels[this.levels.length - 1].children.push(node);
  }

  /** @param {string} text */
  text(text) {
    if (text) this.add({ type: "text", text });
  }

  /** @param {{mark: string, opens: boolean, closes: boolean}} token */
  mark({ mark, opens, closes }) {
    if (mark === "***") return this.both(opens, closes);
    if (closes && this.isOpen(mark)) return this.close(mark);
    if (!opens) return this.text(mark);
    if (this.isOpen(mark)) this.giveUp(mark);
    this.levels.push({ mark, children: [] });
  }

  /** Three stars are two and one; those that close do so from the inside out. @param {boolean} opens @param {boolean} closes */
  both(opens, closes) {
    const inner = this.levels.findLast(({ mark }) => mark === "*" || mark === "**")?.mark ?? "**";
    const order = closes ? [inner, inner === "*" ? "**" : "*"] : ["**", "*"];
    for (const mark of order) this.mark({ mark, opens: opens && !closes, closes });
  }

  /** @param {string} mark */
  isOpen(mark) {
    return this.levels.some((level) => level.mark === mark);
  }

  /** @param {string} mark */
  close(mark) {
    while (this.levels.at(-1)?.mark !== mark) this.flatten();
    const { children } = this.levels.pop() ?? { children: [] };
    if (children.length) this.add({ type: MARKS[mark], children });
    else this.text(mark + mark);
  }

  /** What was opened and never closed is text. @param {string} mark */
  giveUp(mark) {
    while (this.isOpen(mark)) this.flatten();
  }

  flatten() {
    const { mark, children } = this.levels.pop() ?? { mark: "", children: [] };
    this.text(mark);
    for (const child of children) this.add(child);
  }

  /** @returns {Inline[]} with neighbouring texts as one */
  finish() {
    while (this.levels.length > 1) this.flatten();
    return joined(this.levels[0].children);
  }
}

/** @param {Inline[]} nodes @returns {Inline[]} */
function joined(nodes) {
  /** @type {string[]} */
  let texts = [];
  /** @type {Inline[]} */
  const found = [];
  const endText = () => {
    if (texts.length) found.push({ type: "text", text: texts.join("") });
    texts = [];
  };
  for (const node of nodes) {
    if (node.type === "text") {
      texts.push(node.text);
      continue;
    }
    endText();
    found.push("children" in node ? { ...node, children: joined(node.children) } : node);
  }
  endText();
  return found;
}
