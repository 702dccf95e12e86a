// The public rooms: to be read by everybody, and joined.

import { html, nothing, repeat } from "../../vendor/lit.js";
import { AskingPart } from "../asking.js";
import { gettext, interpolate } from "../i18n.js";
import { roomAvatar } from "./avatar.js";
import { titleOf } from "./describe.js";
import { nextOf } from "./room-list.js";

const SEARCH_MS = 250;
const PAGE = 30;

export class Directory extends AskingPart {
  static properties = { ...AskingPart.properties, rooms: { state: true }, next: { state: true } };

  constructor() {
    super();
    /** Null before they are loaded. @type {any[] | null} */
    this.rooms = null;
    /** @type {string | null} */
    this.next = null;
    this.words = "";
  }

  connectedCallback() {
    super.connectedCallback();
    this.find();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.searching);
  }

  render() {
    const { rooms } = this;
    return html`<input type="search" autocomplete="off" maxlength="100" aria-label=${gettext("Search public rooms")} placeholder=${gettext("Search public rooms")} @input=${this.look}>
      ${this.problemShown()}
      ${rooms?.length ? html`<ul class="directory" aria-label=${gettext("Public rooms")}>${repeat(rooms, (room) => room.id, (room) => this.line(room))}</ul>` : nothing}
      ${this.next ? html`<button type="button" class="quiet" ?disabled=${this.isBusy} @click=${this.more}>${gettext("More rooms")}</button>` : nothing}
      <p class="hint" role="status">${rooms === null && !this.problem ? gettext("Loading …") : rooms?.length === 0 ? gettext("No public rooms found.") : ""}</p>`;
  }

  /** @param {any} room */
  line(room) {
    const title = titleOf(room);
    const isMember = this.chat.rooms.get(room.id)?.is_member ?? room.is_member;
    return html`<li>
      ${roomAvatar(room, false)}
      <div class="what">
        <bdi class="name">${title}</bdi>
        <span class="hint"><bdi>${room.topic}</bdi>${room.topic ? " · " : ""}${interpolate(gettext("Members: %(member_count)s"), room)}</span>
      </div>
      <button type="button" class="quiet" aria-label=${interpolate(isMember ? gettext("Open %(title)s") : gettext("Look inside %(title)s"), { title })}
        @click=${() => this.chat.enter(room)}>${isMember ? gettext("Open") : gettext("Look inside")}</button>
      ${isMember || room.is_archived ? nothing : html`<button type="button" ?disabled=${this.isBusy} aria-label=${interpolate(gettext("Join %(title)s"), { title })}
        @click=${() => this.join(room)}>${gettext("Join")}</button>`}
    </li>`;
  }

  /** @param {any} room */
  join(room) {
    return this.ask(async () => this.chat.enter(await this.chat.client.join(room.id)));
  }

  /** @param {InputEvent} event */
  look(event) {
    this.words = /** @type {HTMLInputElement} */ (event.target).value.trim();
    clearTimeout(this.searching);
    this.searching = setTimeout(() => this.find(), SEARCH_MS);
  }

  async find() {
    const { words } = this;
    try {
      const page = await this.chat.client.request("GET", `rooms/?public=true&limit=${PAGE}&search=${encodeURIComponent(words)}`);
      // A later search may have been answered first.
      if (words !== this.words) return;
      this.rooms = page.results;
      this.next = nextOf(page, "rooms/");
      this.problem = "";
    } catch (error) {
      if (words === this.words) this.problem = /** @type {Error} */ (error).message;
    }
  }

  async more() {
    const path = this.next;
    const page = await this.ask(() => this.chat.client.request("GET", path ?? ""));
    if (!page || path !== this.next) return;
    this.rooms = [...(this.rooms ?? []), ...page.results];
    this.next = nextOf(page, "rooms/");
  }
}
customElements.define("df-chat-directory", Directory);
