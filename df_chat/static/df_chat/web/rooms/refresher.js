// When to ask again for what has changed: soon, in bursts once a second, and for many rooms in one request.

const GATHER_MS = 250;
const EVERY_MS = 1_000;
const AFTER_FAILURE_MS = 10_000;
// As many rooms as are read one by one; for more, the list is read.
const FEW = 3;

export class Refresher {
  /**
   * @param {{one: (id: string) => Promise<any>, all: () => Promise<Iterable<string>>}} read one room, or the list, which
   *   answers what rooms it brought. What they reject with is asked for again.
   */
  constructor(read) {
    this.read = read;
    /** @type {Set<string>} */
    this.due = new Set();
    this.isAllDue = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.isReading = false;
    this.isStopped = false;
    this.notBefore = 0;
  }

  /** Something changed in this room. @param {string} id */
  note(id) {
    this.due.add(id);
    this.plan();
  }

  /** Anything may have changed. */
  noteAll() {
    this.isAllDue = true;
    this.plan();
  }

  /** This room is gone. @param {string} id */
  forget(id) {
    this.due.delete(id);
  }

  stop() {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  plan() {
    if (this.timer !== undefined || this.isReading || this.isStopped) return;
    this.timer = setTimeout(() => this.run(), Math.max(GATHER_MS, this.notBefore - Date.now()));
  }

  /** Read what is due, one after the other: an answer must not overtake a later one. */
  async run() {
    this.timer = undefined;
    this.isReading = true;
    this.notBefore = Date.now() + EVERY_MS;
    const due = new Set(this.due);
    const isAllDue = this.isAllDue || due.size > FEW;
    this.due.clear();
    this.isAllDue = false;
    try {
      if (isAllDue) for (const id of await this.read.all()) due.delete(id);
      // Of many, those are left that are far down the list.
      for (const id of due) {
        await this.read.one(id);
        due.delete(id);
      }
    } catch {
      for (const id of due) this.due.add(id);
      this.isAllDue ||= isAllDue;
      this.notBefore = Date.now() + AFTER_FAILURE_MS;
    }
    this.isReading = false;
    if (this.due.size || this.isAllDue) this.plan();
  }
}
