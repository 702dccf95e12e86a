// Finds people by the beginnings of their names.

import { html, nothing, repeat } from "../../vendor/lit.js";
import { gettext } from "../i18n.js";
import { Part } from "../part.js";
import { personAvatar } from "./avatar.js";

const SEARCH_MS = 250;
const MIN_CHARS = 2;
const LIMIT = 20;
let pickers = 0;

/** Tells `choose`, with a person as `detail`. What is in `without`, the ids of people, is not offered. */
export class PeoplePicker extends Part {
  static properties = {
    ...Part.properties,
    label: { attribute: false },
    without: { attribute: false },
    isDisabled: { attribute: false },
    people: { state: true },
    active: { state: true },
    problem: { state: true },
  };

  constructor() {
    super();
    this.key = `people-${++pickers}`;
    this.label = "";
    /** @type {Set<string>} */
    this.without = new Set();
    this.isDisabled = false;
    /** What was found; null before anything was. @type {any[] | null} */
    this.people = null;
    this.active = 0;
    this.problem = "";
    this.words = "";
  }

  connectedCallback() {
    super.connectedCallback();
    this.find("");
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.searching);
  }

  get offered() {
    return (this.people ?? []).filter((person) => !this.without.has(person.id));
  }

  render() {
    const { offered, key } = this;
    return html`<div class="picker">
      <input type="search" role="combobox" autocomplete="off" maxlength="100" aria-label=${this.label} placeholder=${this.label}
        aria-expanded="true" aria-controls=${key} aria-activedescendant=${offered.length ? `${key}-${this.active}` : nothing} aria-autocomplete="list"
        @input=${(event) => this.look(event.target.value)} @keydown=${this.onKey}>
      <ul id=${key} role="listbox" aria-label=${gettext("People")} ?hidden=${!offered.length}>
        ${repeat(offered, (person) => person.id, (person, index) => html`<li id="${key}-${index}" role="option" class="person"
          aria-selected=${String(index === this.active)} @click=${() => this.choose(person)}>
          ${personAvatar(person, this.chat.isOnline(person))} <bdi>${person.name}</bdi>
        </li>`)}
      </ul>
      <p class="hint" role="status">${this.hint(offered)}</p>
    </div>`;
  }

  /** @param {any[]} offered */
  hint(offered) {
    if (this.problem) return this.problem;
    if (this.words && this.words.length < MIN_CHARS) return gettext("Write two letters at least.");
    if (this.people === null) return gettext("Loading …");
    return offered.length ? "" : gettext("Nobody found.");
  }

  /** @param {string} words */
  look(words) {
    this.words = words.trim();
    clearTimeout(this.searching);
    this.searching = setTimeout(() => this.find(this.words), SEARCH_MS);
    this.requestUpdate();
  }

  /** @param {string} words */
  async find(words) {
    if (words && words.length < MIN_CHARS) return;
    try {
      const { results } = await this.chat.client.request("GET", `users/?limit=${LIMIT}&search=${encodeURIComponent(words)}`);
      if (words !== this.words) return;
      this.people = results;
      this.problem = "";
    } catch (error) {
      if (words === this.words) this.problem = /** @type {Error} */ (error).message;
    }
    this.active = 0;
  }

  /** @param {any} person */
  choose(person) {
    if (this.isDisabled) return;
    this.active = 0;
    this.dispatchEvent(new CustomEvent("choose", { detail: person }));
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const { offered } = this;
    if (event.isComposing || !offered.length) return;
    if (event.key === "ArrowDown") this.active = (this.active + 1) % offered.length;
    else if (event.key === "ArrowUp") this.active = (this.active + offered.length - 1) % offered.length;
    else if (event.key === "Enter") this.choose(offered[Math.min(this.active, offered.length - 1)]);
    else return;
    event.preventDefault();
    this.updateComplete.then(() => this.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }));
  }

  clear() {
    const field = /** @type {HTMLInputElement} */ (this.querySelector("input"));
    field.value = "";
    this.look("");
    field.focus();
  }
}
customElements.define("df-chat-people", PeoplePicker);
