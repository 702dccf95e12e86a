// A thread: a message, what was answered to it, and where one answers.

import { html, nothing } from "../../vendor/lit.js";
import { gettext } from "../i18n.js";
import { given } from "../part.js";
import { MessageList } from "./list.js";
import { rowsOf } from "./timeline.js";

const PAGE = 50;

export class Thread extends MessageList {
  static properties = { ...MessageList.properties, threadId: { attribute: false }, problem: { state: true }, isLoaded: { state: true }, next: { state: true } };

  constructor() {
    super();
    this.isThread = true;
    /** The message that was answered. @type {string} */
    this.threadId = given;
    this.problem = "";
    this.isLoaded = false;
    /** The query of the page above. @type {string | null} */
    this.next = null;
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("threadId")) this.load();
  }

  // -- Loading ----------------------------------------------------------------------------------------------
  async load() {
    [this.isLoaded, this.next, this.problem] = [false, null, ""];
    await this.page("");
    this.toEnd();
  }

  /** @param {string} query */
  async page(query) {
    const { threadId, room } = this;
    try {
      const { results, next } = await this.chat.client.request("GET", `rooms/${room.id}/messages/?parent=${threadId}&limit=${PAGE}${query}`);
      if (threadId !== this.threadId) return;
      room.reading.learn(results);
      this.next = next && `&before=${results.at(-1).seq}`;
    } catch (error) {
      this.problem = /** @type {Error} */ (error).message;
    }
    this.isLoaded = true;
  }

  toEnd() {
    this.updateComplete.then(() => this.querySelector(".thread-log")?.scrollTo({ top: 1e9, behavior: "instant" }));
  }

  // -- What is shown ----------------------------------------------------------------------------------------
  /** Those read, and those heard of since: each in its newest version. */
  get replies() {
    const { reading, replica } = this.room;
    /** @type {Map<string, any>} */
    const newest = new Map();
    for (const message of [...reading.shelf.messages, ...(replica?.objects.messages({ deleted: true }) ?? [])]) {
      const isNewer = (newest.get(message.id)?.version ?? -1) < message.version;
      // A tombstone no longer says what it answered.
      if (message.parent_id === this.threadId || (message.deleted && newest.has(message.id))) isNewer && newest.set(message.id, message);
    }
    return [...newest.values()].filter((message) => !message.deleted).sort((one, other) => one.seq - other.seq);
  }

  render() {
    const { room, chat, threadId } = this;
    const parent = room.reading.quoted(threadId);
    const pending = chat.client.pending(room.id).filter(({ fields }) => fields.parent_id === threadId);
    const { replies } = this;
    const rows = rowsOf([...(parent ? [parent] : []), ...replies], { me: chat.user, pending });
    return html`<div class="thread-log" role="log" aria-label=${gettext("Thread")} aria-live=${this.isLoaded ? "polite" : "off"}>
        ${this.next ? html`<button type="button" class="quiet" @click=${() => this.page(this.next ?? "")}>${gettext("Show older replies")}</button>` : nothing}
        ${this.rowsView(rows)}
        ${this.problem ? html`<p class="notice" role="alert">${this.problem} <button type="button" class="quiet" @click=${this.load}>${gettext("Retry")}</button></p>` : nothing}
        ${this.isLoaded && !replies.length && !pending.length ? html`<p class="loading">${gettext("No replies yet")}</p>` : nothing}
        ${this.isLoaded ? nothing : html`<p class="loading">${gettext("Loading…")}</p>`}
      </div>
      ${room.isMember ? html`<df-chat-composer .chat=${chat} .room=${room} .threadId=${threadId}></df-chat-composer>` : nothing}
      ${this.overView()}`;
  }

  updated() {
    super.updated();
    const count = this.rows.length;
    if (this.isLoaded && count > (this.count ?? 0)) this.toEnd();
    this.count = count;
  }
}
customElements.define("df-chat-thread", Thread);
