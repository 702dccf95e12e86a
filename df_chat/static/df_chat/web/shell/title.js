// The count of what is unread, before the title that the page has.

import { badge } from "../rooms/sorting.js";

/** The page has one title: the first chat on it has the say. @type {TitleBadge | null} */
let speaker = null;

export class TitleBadge {
  /** @param {{title: string}} page as `document` */
  constructor(page = document) {
    this.page = page;
    /** What the page itself says. */
    this.own = page.title;
    this.written = page.title;
    speaker ??= this;
  }

  /** @param {number} count @param {boolean} [isPart] whether there may be more */
  show(count, isPart = false) {
    if (speaker !== this) return;
    // Somebody else wrote a title since.
    if (this.page.title !== this.written) this.own = this.page.title;
    this.written = count > 0 ? `(${badge(count, isPart)}) ${this.own}` : this.own;
    if (this.page.title !== this.written) this.page.title = this.written;
    // Blanks are not kept as they were written.
    this.written = this.page.title;
  }

  /** What the page says of one thing is to be said of another. @param {string} from @param {string} to @returns {boolean} whether it said it */
  rename(from, to) {
    if (speaker !== this || !this.own.includes(from)) return false;
    this.own = this.own.replace(from, () => to);
    return true;
  }

  stop() {
    this.show(0);
    if (speaker === this) speaker = null;
  }
}
