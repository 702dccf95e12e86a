// Marks around what is selected, as keys and buttons put them there. No DOM.

/** The mark that a key puts around the selection. @type {Record<string, string>} */
export const MARKS = { b: "**", i: "*", "*": "*", "`": "`", "~": "~~" };

/**
 * Put marks around a selection, or take away those that stand there.
 * @param {string} text @param {number} start @param {number} end @param {string} mark
 * @returns {{from: number, to: number, text: string, start: number, end: number}} what is replaced by which text, and what
 *   is selected then
 */
export function wrap(text, start, end, mark) {
  const { length } = mark;
  const selected = text.slice(start, end);
  if (isMarked(text, start, end, mark)) {
    return { from: start - length, to: end + length, text: selected, start: start - length, end: end - length };
  }
  // Emphasis ends at the words: spaces stay outside.
  const lead = /^\s*/.exec(selected)?.[0] ?? "";
  const inner = selected.trim();
  if (selected && !inner) return { from: start, to: end, text: selected, start, end };
  const tail = selected.slice(lead.length + inner.length);
  const first = start + lead.length + length;
  return { from: start, to: end, text: lead + mark + inner + mark + tail, start: first, end: first + inner.length };
}

/** Whether exactly this mark stands on both sides: "*" is not half of "**". */
function isMarked(text, start, end, mark) {
  const { length } = mark;
  const sign = mark[0];
  const before = text.slice(start - length, start) === mark && start >= length && text[start - length - 1] !== sign;
  return before && text.slice(end, end + length) === mark && text[end + length] !== sign;
}
