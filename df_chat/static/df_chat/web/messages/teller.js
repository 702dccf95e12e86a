// Tells the server how far somebody has got: one request at a time, at most one a second, and always the newest.

const EVERY_MS = 1_000;

export class Teller {
  /** @param {(seq: number) => Promise<any>} send */
  constructor(send) {
    this.send = send;
    /** How far to tell. */
    this.wanted = 0;
    this.told = 0;
    this.isBusy = false;
  }

  /** @param {number} seq */
  tell(seq) {
    this.wanted = Math.max(this.wanted, seq);
    if (!this.isBusy && this.wanted > this.told) this.go();
  }

  async go() {
    this.isBusy = true;
    while (this.wanted > this.told) {
      const seq = this.wanted;
      // What failed is told again when there is something to tell the next time.
      await this.send(seq).then(() => (this.told = seq), () => (this.wanted = 0));
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
    this.isBusy = false;
  }
}
