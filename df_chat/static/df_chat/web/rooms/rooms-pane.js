// The list of rooms, and what finds one in it.

import { html, nothing, repeat } from "../../vendor/lit.js";
import { gettext } from "../i18n.js";
import { Part } from "../part.js";
import { icon } from "../icons.js";
import { oneLine } from "./describe.js";
import "./room-item.js";
import { FILTERS, select } from "./sorting.js";

const SEARCH_MS = 250;
const MINUTE_MS = 60_000;

const EMPTY = {
  all: () => gettext("No rooms yet. Start one, or look for a public one."),
  unread: () => gettext("Everything is read."),
  direct: () => gettext("No direct messages yet."),
  groups: () => gettext("You are in no group yet."),
};
const NAMES = { all: () => gettext("All"), unread: () => gettext("Unread"), direct: () => gettext("Direct"), groups: () => gettext("Groups") };

export class RoomsPane extends Part {
  static properties = { ...Part.properties, filter: { state: true }, words: { state: true }, isSearching: { state: true } };

  constructor() {
    super();
    /** @type {import("./sorting.js").Filter} */
    this.filter = "all";
    this.words = "";
    this.isSearching = false;
  }

  connectedCallback() {
    super.connectedCallback();
    // A new day comes by itself.
    this.clock = setInterval(() => this.requestUpdate(), MINUTE_MS);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.clock);
    clearTimeout(this.searching);
  }

  willUpdate() {
    const active = /** @type {HTMLElement | null} */ (/** @type {ShadowRoot} */ (this.getRootNode()).activeElement);
    this.focused = active?.matches(".room-item") ? active.dataset.id : undefined;
  }

  /** A room that moves up the list takes the focus with it. */
  updated() {
    if (this.focused && !(/** @type {ShadowRoot} */ (this.getRootNode()).activeElement)) this.focusRoom(this.focused);
  }

  /** @param {string} roomId */
  focusRoom(roomId) {
    const items = /** @type {HTMLElement[]} */ ([...this.querySelectorAll(".room-item")]);
    items.find((item) => item.dataset.id === roomId)?.focus({ preventScroll: true });
  }

  /** The rooms that are shown, from above. @returns {any[]} */
  get shown() {
    const { rooms, room } = this.chat;
    return select(rooms.mine, this.filter, this.words, (one) => rooms.unread(one), room?.id);
  }

  render() {
    return html`<nav part="rooms" class="rooms" aria-label=${gettext("Rooms")} @keydown=${this.onKey}>
      <header part="rooms-head" class="rooms-head">
        ${this.chat.room ? html`<h2>${gettext("Chats")}</h2>` : html`<h1>${gettext("Chats")}</h1>`}
        ${this.action("help", gettext("Keyboard help"), "help")}
        ${this.action("preferences", gettext("Preferences"), "preferences")}
        ${this.action("add", gettext("New chat"), "new")}
      </header>
      <div class="finding">
        <input type="search" part="search" autocomplete="off" maxlength="100" aria-label=${gettext("Search rooms")} placeholder=${gettext("Search rooms")}
          .value=${this.words} @input=${(event) => this.look(event.target.value)}>
        <div class="segments" role="group" aria-label=${gettext("Show")}>
          ${FILTERS.map((filter) => html`<button type="button" class="segment" aria-pressed=${String(filter === this.filter)} @click=${() => (this.filter = filter)}>${NAMES[filter]()}</button>`)}
        </div>
      </div>
      ${this.list(this.shown)}
    </nav>`;
  }

  /** @param {"help" | "preferences" | "add"} sign @param {string} name @param {string} dialog */
  action(sign, name, dialog) {
    return html`<button type="button" class="icon-button" aria-label=${name} title=${name} aria-haspopup="dialog" @click=${() => this.chat.show(dialog)}>${icon(sign)}</button>`;
  }

  /** @param {any[]} shown */
  list(shown) {
    const { rooms } = this.chat;
    const today = new Date().toDateString();
    return html`<div class="room-list" @scroll=${this.onScroll}>
      ${shown.length ? html`<ul>${repeat(shown, (room) => room.id, (room) => html`<li>${this.item(room, today)}</li>`)}</ul>` : this.nothingShown()}
      ${rooms.isLoadingMore ? html`<p class="empty">${gettext("Loading …")}</p>` : this.moreView()}
    </div>`;
  }

  /** @param {any} room @param {string} today */
  item(room, today) {
    const { chat } = this;
    const unread = chat.rooms.unread(room);
    const isOpen = room.id === chat.room?.id;
    const isOnline = room.kind === "direct" && chat.isOnline(room.peer);
    const draft = isOpen ? "" : oneLine(chat.client.room(room.id)?.draft ?? "");
    const content = html`<df-chat-room-item .me=${chat.user} .room=${room} .unread=${unread} .isOnline=${isOnline} .draft=${draft} .today=${today}></df-chat-room-item>`;
    const classes = unread ? "room-item unread" : "room-item";
    const current = isOpen ? "page" : "false";
    if (!chat.page) return html`<button type="button" class=${classes} data-id=${room.id} aria-current=${current} @click=${() => chat.open(room.id)}>${content}</button>`;
    return html`<a class=${classes} href="${chat.page}${room.id}/" data-id=${room.id} aria-current=${current} @click=${(event) => this.follow(event, room.id)}>${content}</a>`;
  }

  nothingShown() {
    const { rooms } = this.chat;
    if (rooms.problem) {
      return html`<div class="empty"><p>${rooms.problem}</p><button type="button" class="quiet" @click=${() => rooms.load()}>${gettext("Try again")}</button></div>`;
    }
    if (!rooms.isLoaded || this.isSearching) return html`<p class="empty">${gettext("Loading …")}</p>`;
    const words = this.words.trim();
    if (rooms.next && !words) return html`<p class="empty">${gettext("Nothing among the rooms that are loaded.")}</p>`;
    return html`<p class="empty">${words ? gettext("Nothing found.") : EMPTY[this.filter]()}</p>`;
  }

  /** What a filter leaves may be too little to scroll, and there may be more of it further down. */
  moreView() {
    const { rooms } = this.chat;
    if (!rooms.next || this.words.trim()) return nothing;
    return html`<p class="empty"><button type="button" class="quiet" @click=${() => rooms.loadMore()}>${gettext("Load more rooms")}</button></p>`;
  }

  /** Another tab or window is for the browser to open. @param {MouseEvent} event @param {string} roomId */
  follow(event, roomId) {
    if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    this.chat.open(roomId);
  }

  // -- Finding ----------------------------------------------------------------------------------------------
  /** Look here at once, and ask the server for what is further down. @param {string} words */
  look(words) {
    this.words = words;
    clearTimeout(this.searching);
    const asked = words.trim();
    this.isSearching = asked !== "" && this.chat.rooms.next !== null;
    if (!this.isSearching) return;
    this.searching = setTimeout(async () => {
      await this.chat.attempt(() => this.chat.rooms.search(asked));
      if (this.words.trim() === asked) this.isSearching = false;
    }, SEARCH_MS);
  }

  /** @param {{target: HTMLElement}} event */
  onScroll({ target }) {
    if (target.scrollTop + target.clientHeight * 2 > target.scrollHeight) this.chat.rooms.loadMore();
  }

  focusSearch() {
    const field = /** @type {HTMLInputElement} */ (this.querySelector("input[type=search]"));
    field.focus();
    field.select();
  }

  // -- Keys -------------------------------------------------------------------------------------------------
  /** @param {KeyboardEvent} event */
  onKey(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const isSearch = target.matches("input[type=search]");
    if (event.altKey || event.ctrlKey || event.metaKey || !(isSearch || target.matches(".room-item"))) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") this.step(event, target);
    else if ((event.key === "Home" || event.key === "End") && !isSearch) this.step(event, target);
    else if (event.key === "Enter" && isSearch && this.shown.length) this.chat.open(this.shown[0].id);
    else if (event.key === "Escape" && isSearch && this.words) this.look("");
    else return;
    event.preventDefault();
  }

  /** Move the focus among the rooms; above the first one is the search. @param {KeyboardEvent} event @param {HTMLElement} from */
  step({ key }, from) {
    const items = /** @type {HTMLElement[]} */ ([...this.querySelectorAll(".room-item")]);
    const here = items.indexOf(from);
    const there = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: items.length - 1 }[key] ?? 0;
    if (there < 0) this.focusSearch();
    else items[Math.min(there, items.length - 1)]?.focus();
  }
}
customElements.define("df-chat-rooms", RoomsPane);
