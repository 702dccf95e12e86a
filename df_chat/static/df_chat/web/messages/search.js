// Searching a room: a field, what was found, and the way to it.

import { html, nothing, repeat } from "../../vendor/lit.js";
import { gettext } from "../i18n.js";
import { given, Part } from "../part.js";
import { matchesIn } from "./excerpt.js";
import { short } from "../times.js";

const SEARCH_AFTER_MS = 300;
const PAGE = 30;

export class Search extends Part {
  static properties = {
    ...Part.properties, room: { attribute: false },
    asked: { state: true }, results: { state: true }, next: { state: true }, problem: { state: true }, isBusy: { state: true },
  };

  constructor() {
    super();
    /** @type {import("../room-state.js").RoomState} */
    this.room = given;
    this.asked = "";
    /** @type {any[] | null} */
    this.results = null;
    this.next = null;
    this.problem = "";
    this.isBusy = false;
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.timer);
  }

  render() {
    const { results } = this;
    return html`<form class="search-form" role="search" @submit=${this.onSubmit}>
        <label class="visually-hidden" for="room-search">${gettext("Search in this room")}</label>
        <input id="room-search" type="search" autocomplete="off" maxlength="200" placeholder=${gettext("Search in this room")} @input=${this.onInput}>
      </form>
      <p class="search-state" role="status">${this.stateText}</p>
      ${this.problem ? html`<p class="notice" role="alert">${this.problem}</p>` : nothing}
      <ul class="results" aria-label=${gettext("Found")}>
        ${repeat(results ?? [], (message) => message.id, (message) => this.resultView(message))}
      </ul>
      ${this.next ? html`<button type="button" class="quiet" ?disabled=${this.isBusy} @click=${() => this.search(true)}>${gettext("Show more")}</button>` : nothing}`;
  }

  get stateText() {
    if (this.isBusy && !this.results) return gettext("Searching…");
    if (this.results && !this.results.length) return gettext("Nothing found");
    return this.results ? `${gettext("Found:")} ${this.results.length}${this.next ? "+" : ""}` : "";
  }

  /** @param {any} message */
  resultView(message) {
    const parts = matchesIn(message, this.asked);
    return html`<li><button type="button" class="result" @click=${() => this.show(message)}>
      <span class="result-head"><bdi>${message.sender?.name ?? ""}</bdi><time datetime=${message.created}>${short(message.created)}</time></span>
      <span class="result-text" dir="auto">${parts.map(({ text, isMatch }) => (isMatch ? html`<mark>${text}</mark>` : text))}</span>
    </button></li>`;
  }

  /** @param {InputEvent} event */
  onInput(event) {
    this.asked = /** @type {HTMLInputElement} */ (event.target).value.trim();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.search(), SEARCH_AFTER_MS);
  }

  /** @param {SubmitEvent} event */
  onSubmit(event) {
    event.preventDefault();
    clearTimeout(this.timer);
    this.search();
  }

  /** An answer to what is no longer asked is dropped. @param {boolean} [hasMore] */
  async search(hasMore = false) {
    const { asked, room } = this;
    this.problem = "";
    if (!hasMore) [this.results, this.next] = [null, null];
    if (!asked) return;
    this.isBusy = true;
    const from = hasMore && this.results?.length ? `&before=${this.results[this.results.length - 1].seq}` : "";
    try {
      const { results, next } = await this.chat.client.request("GET", `rooms/${room.id}/messages/?search=${encodeURIComponent(asked)}&limit=${PAGE}${from}`);
      if (asked !== this.asked) return;
      this.results = [...(hasMore ? (this.results ?? []) : []), ...results];
      this.next = next;
    } catch (error) {
      if (asked === this.asked) this.problem = /** @type {Error} */ (error).message;
    } finally {
      if (asked === this.asked) this.isBusy = false;
    }
  }

  /** @param {any} message */
  show(message) {
    this.room.reading.learn([message]);
    this.dispatchEvent(new CustomEvent("leave", { bubbles: true }));
    this.room.reading.goTo(message.id);
  }
}
customElements.define("df-chat-search", Search);
