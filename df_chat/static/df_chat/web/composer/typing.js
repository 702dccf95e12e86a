// When the others are told that somebody types.

// They take it to be over after twice as long.
const AGAIN_MS = 3_000;
const OVER_MS = 6_000;

export class TypingNotices {
  /** @param {(isTyping: boolean) => void} say */
  constructor(say) {
    this.say = say;
    this.toldAt = -Infinity;
  }

  /** The text changed. @param {boolean} isEmpty @param {number} [now] in milliseconds */
  note(isEmpty, now = Date.now()) {
    if (isEmpty) return this.end(now);
    if (now - this.toldAt < AGAIN_MS) return;
    this.toldAt = now;
    this.say(true);
  }

  /** It was sent, or given up. @param {number} [now] */
  end(now = Date.now()) {
    if (now - this.toldAt < OVER_MS) this.say(false);
    this.toldAt = -Infinity;
  }
}
