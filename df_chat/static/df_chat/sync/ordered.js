// Messages in the order of display, kept while they come and change: looking costs nothing, however many are held.

/** @param {any[]} messages @param {number} seq @returns {number} where the first message from `seq` on stands */
export function placeOf(messages, seq) {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (messages[middle].seq < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class Ordered {
  constructor() {
    /** With tombstones, by `seq`. @type {any[]} */
    this.all = [];
    /** Without them; null until somebody looks after one was added. @type {any[] | null} */
    this.shown = this.all.slice();
  }

  /** Without tombstones. @returns {any[]} */
  get live() {
    this.shown ??= this.all.filter((message) => !message.deleted);
    return this.shown;
  }

  /** Put a message in the place of its older version, or where its `seq` says. @param {any} message @param {any} [before] its older version */
  put(message, before) {
    if (before && before.seq !== message.seq) this.all.splice(this.all.indexOf(before), 1);
    place(this.all, message, before);
    if (message.deleted || before?.deleted || (before && before.seq !== message.seq)) this.shown = null;
    else if (this.shown) place(this.shown, message, before);
  }
}

/** @param {any[]} messages @param {any} message @param {any} before */
function place(messages, message, before) {
  let index = placeOf(messages, message.seq);
  while (index < messages.length && messages[index].seq === message.seq && messages[index] !== before) index++;
  messages.splice(index, messages[index] === before && before ? 1 : 0, message);
}
