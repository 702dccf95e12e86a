// Keeps a log where its reader is: at the end while it follows, else at the same message, whatever comes above or below.

const AT_END_PX = 2;
const NEAR_END_PX = 40;

export class Scroller {
  /** @param {HTMLElement & {endsWithNewest: boolean}} host holds the `.log` that scrolls, and in it `.content` */
  constructor(host) {
    this.host = host;
    /** Whether the end stays in view. */
    this.isFollowing = true;
    this.lastTop = 0;
    /** What is on the screen, and where. @type {{key: string, top: number}[]} */
    this.anchors = [];
    /** @type {Element[]} */
    this.watched = [];
    this.resizes = new ResizeObserver(() => {
      this.look();
      this.hold();
    });
  }

  stop() {
    this.resizes.disconnect();
    this.watched = [];
  }

  /** @returns {HTMLElement | null} */
  get log() {
    return this.host.querySelector(".log");
  }

  get isNearTop() {
    return this.log !== null && this.log.scrollTop < this.log.clientHeight;
  }

  get isNearEnd() {
    const { log } = this;
    return log !== null && log.scrollHeight - log.scrollTop - log.clientHeight < log.clientHeight;
  }

  // -- Drawing ----------------------------------------------------------------------------------------------
  /** The reader may have scrolled, and the browser not told yet. */
  before() {
    this.look();
    if (!this.isFollowing) this.note();
  }

  after() {
    this.watch();
    this.hold();
  }

  /** Images load, lines break anew, the keyboard opens: sizes change without any drawing. */
  watch() {
    const sized = [this.log, this.host.querySelector(".content")].filter((element) => element !== null);
    if (sized.every((element, index) => element === this.watched[index]) && this.watched.length === sized.length) return;
    this.resizes.disconnect();
    this.watched = sized;
    for (const element of sized) this.resizes.observe(element);
  }

  /** Stay where the reader is. */
  hold() {
    const { log } = this;
    if (!log) return;
    if (this.isFollowing) log.scrollTop = log.scrollHeight;
    else this.restore(log);
    this.lastTop = log.scrollTop;
  }

  /** By the second row that is left: the first may lose or get a heading. @param {HTMLElement} log */
  restore(log) {
    const [first, ...others] = this.anchors;
    for (const { key, top } of first ? [...others, first] : []) {
      const row = log.querySelector(`[data-key="${CSS.escape(key)}"]`);
      if (!row) continue;
      const moved = row.getBoundingClientRect().top - log.getBoundingClientRect().top - top;
      if (Math.abs(moved) >= 1) log.scrollTop += moved;
      return;
    }
  }

  /** Note which rows are on the screen, and where. */
  note() {
    const { log } = this;
    if (!log) return;
    const { top, bottom } = log.getBoundingClientRect();
    const rows = /** @type {HTMLElement[]} */ ([...log.querySelectorAll("[data-key]")]);
    this.anchors = [];
    for (let at = firstBelow(rows, top); at < rows.length; at++) {
      const place = rows[at].getBoundingClientRect().top;
      if (place > bottom) break;
      this.anchors.push({ key: rows[at].dataset.key ?? "", top: place - top });
    }
  }

  // -- Moving -----------------------------------------------------------------------------------------------
  /** Put a row at this part of the height. @param {Element | null} row @param {number} part */
  show(row, part) {
    const { log } = this;
    if (!log) return;
    this.watch();
    if (row) log.scrollTop += row.getBoundingClientRect().top - log.getBoundingClientRect().top - log.clientHeight * part;
    // Where little comes after it, the end is in view as well, and nothing need have moved.
    this.look();
    this.note();
  }

  onScroll() {
    this.look();
    if (!this.isFollowing) this.note();
  }

  /** Whoever went up is let go at once, whoever comes down is taken along near the end. */
  look() {
    const { log, lastTop } = this;
    if (!log) return;
    const left = log.scrollHeight - log.scrollTop - log.clientHeight;
    if (left < AT_END_PX || (left < NEAR_END_PX && log.scrollTop > lastTop)) this.isFollowing = this.host.endsWithNewest;
    else if (log.scrollTop < lastTop - 1) this.isFollowing = false;
    this.lastTop = log.scrollTop;
  }
}

/** The first row that ends below a line. @param {HTMLElement[]} rows @param {number} line */
function firstBelow(rows, line) {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].getBoundingClientRect().bottom <= line) low = middle + 1;
    else high = middle;
  }
  return low;
}
