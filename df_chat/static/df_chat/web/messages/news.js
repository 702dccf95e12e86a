// Says new messages to those who hear the page: as they come, never those of a history that is loaded.

import { gettext } from "../i18n.js";
import { lineOf } from "./text.js";

const SAY_AFTER_MS = 700;
const MOST_SAID = 3;

export class News {
  /** @param {import("./log.js").MessageLog} log */
  constructor(log) {
    this.log = log;
    this.text = "";
    /** @type {string[]} */
    this.waiting = [];
  }

  stop() {
    clearTimeout(this.timer);
  }

  /** @param {any} frame */
  take(frame) {
    const { room, chat } = this.log;
    if (frame.type !== "changes" || frame.stream !== `room:${room.id}`) return;
    for (const message of frame.messages ?? []) {
      const isNew = message.version === message.seq && !message.deleted && message.user_id !== chat.user;
      if (isNew) this.waiting.push(`${message.sender?.name ?? ""}: ${lineOf(message) || gettext("Attachment")}`);
    }
    if (this.waiting.length) this.timer ??= setTimeout(() => this.say(), SAY_AFTER_MS);
  }

  say() {
    this.text = this.waiting.length > MOST_SAID ? `${gettext("New messages:")} ${this.waiting.length}` : this.waiting.join("\n");
    this.waiting = [];
    this.timer = undefined;
    this.log.requestUpdate();
  }
}
