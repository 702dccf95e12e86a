// Picking an emoji, by words or by arrows. Fires `pick`, its `detail` is the emoji.

import { html, LitElement, nothing, repeat } from "../../vendor/lit.js";
import { gettext } from "../i18n.js";
import { findEmoji } from "./emoji-list.js";

const COLUMNS = 8;
let made = 0;

export class EmojiPicker extends LitElement {
  static properties = { asked: { state: true }, at: { state: true } };

  constructor() {
    super();
    this.asked = "";
    /** The one that Enter picks. */
    this.at = 0;
    this.name = `emoji-${++made}`;
  }

  createRenderRoot() {
    return this;
  }

  get found() {
    return findEmoji(this.asked);
  }

  firstUpdated() {
    // On a touch screen the keyboard would cover what is to be seen.
    if (!matchMedia("(hover: none)").matches) this.querySelector("input")?.focus();
  }

  render() {
    const { found, name } = this;
    return html`<div class="emoji-picker">
      <input type="search" role="combobox" aria-expanded="true" aria-controls=${name} aria-activedescendant=${found.length ? `${name}-${this.at}` : nothing}
        aria-label=${gettext("Search emoji")} placeholder=${gettext("Search emoji")} autocomplete="off" .value=${this.asked}
        @input=${this.onInput} @keydown=${this.onKey}>
      <div id=${name} class="emoji-grid" role="listbox" aria-label=${gettext("Emoji")} @click=${this.onClick}>
        ${repeat(found, ({ emoji }) => emoji, ({ emoji, words }, index) => html`<span role="option" id=${`${name}-${index}`} data-emoji=${emoji} title=${words}
          aria-label=${words} aria-selected=${index === this.at ? "true" : "false"}>${emoji}</span>`)}
      </div>
      ${found.length ? nothing : html`<p role="status">${gettext("Nothing found")}</p>`}
    </div>`;
  }

  /** @param {InputEvent} event */
  onInput(event) {
    event.stopPropagation();
    this.asked = /** @type {HTMLInputElement} */ (event.target).value;
    this.at = 0;
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const side = getComputedStyle(this).direction === "rtl" ? -1 : 1;
    const step = { ArrowRight: side, ArrowLeft: -side, ArrowDown: COLUMNS, ArrowUp: -COLUMNS }[event.key];
    const { found } = this;
    if (event.key === "Enter") this.pick(found[this.at]?.emoji);
    else if (step === undefined) return;
    event.preventDefault();
    if (step) this.at = Math.max(0, Math.min(found.length - 1, this.at + step));
    this.updateComplete.then(() => this.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }));
  }

  /** @param {MouseEvent} event */
  onClick(event) {
    this.pick(/** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-emoji]"))?.dataset.emoji);
  }

  /** @param {string | undefined} emoji */
  pick(emoji) {
    if (emoji) this.dispatchEvent(new CustomEvent("pick", { detail: emoji }));
  }
}
customElements.define("df-chat-emoji", EmojiPicker);
