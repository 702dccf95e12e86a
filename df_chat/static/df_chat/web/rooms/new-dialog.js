// Where chats begin: a message to somebody, a new room, a public one.

import { html, repeat } from "../../vendor/lit.js";
import { gettext, interpolate } from "../i18n.js";
import { DialogPart } from "../shell/dialog.js";
import "./directory.js";
import "./people-picker.js";
import { fieldsOf, moreRoomFields, roomFields } from "./room-form.js";

/** @typedef {"direct" | "room" | "public"} Way */

export class NewDialog extends DialogPart {
  static dialog = "new";
  static properties = { ...DialogPart.properties, way: { state: true }, invited: { state: true } };

  constructor() {
    super();
    /** @type {Way} */
    this.way = "direct";
    /** Who is to be in a new room. @type {any[]} */
    this.invited = [];
  }

  get heading() {
    return gettext("New chat");
  }

  body() {
    /** @type {[Way, string][]} */
    const ways = [["direct", gettext("Person")], ["public", gettext("Public")]];
    if (this.chat.mayCreateRooms) ways.splice(1, 0, ["room", gettext("Room")]);
    return html`<div class="segments" role="group" aria-label=${gettext("What to begin")}>
        ${ways.map(([way, name]) => html`<button type="button" class="segment" aria-pressed=${String(way === this.way)} @click=${() => this.turnTo(way)}>${name}</button>`)}
      </div>
      ${this.problemShown()}
      ${{ direct: () => this.direct(), room: () => this.room(), public: () => this.directory() }[this.way]()}`;
  }

  opened() {
    this.turnTo("direct");
    this.invited = [];
    this.updateComplete.then(() => /** @type {HTMLElement | null} */ (this.querySelector(".picker input"))?.focus());
  }

  /** @param {Way} way */
  turnTo(way) {
    this.way = way;
    this.problem = "";
  }

  // -- A message to somebody --------------------------------------------------------------------------------
  direct() {
    return html`<df-chat-people .chat=${this.chat} .label=${gettext("Find people")} .isDisabled=${this.isBusy}
      @choose=${(event) => this.ask(() => this.chat.openDirect(event.detail.id))}></df-chat-people>`;
  }

  // -- A new room -------------------------------------------------------------------------------------------
  room() {
    return html`<form class="form" @submit=${this.create}>
      ${roomFields({})}
      <div class="field">
        <span>${gettext("People to invite")}</span>
        <div class="chips">
          ${repeat(this.invited, (person) => person.id, (person) => html`<button type="button" class="chip"
            aria-label=${interpolate(gettext("Do not invite %(name)s"), person)} @click=${() => this.uninvite(person)}><bdi>${person.name}</bdi> ×</button>`)}
        </div>
        <df-chat-people .chat=${this.chat} .label=${gettext("Find people")} .without=${new Set(this.invited.map((person) => person.id))}
          @choose=${this.invite}></df-chat-people>
      </div>
      <details>
        <summary>${gettext("More")}</summary>
        <div class="form">${moreRoomFields({})}</div>
      </details>
      <div class="actions"><button type="submit" ?disabled=${this.isBusy}>${gettext("Create room")}</button></div>
    </form>`;
  }

  /** @param {{detail: any, target: any}} event */
  invite({ detail, target }) {
    this.invited = [...this.invited, detail];
    target.clear();
  }

  /** @param {any} person */
  uninvite(person) {
    this.invited = this.invited.filter((one) => one !== person);
  }

  /** @param {SubmitEvent} event */
  create(event) {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    const fields = { ...fieldsOf(form), user_ids: this.invited.map((person) => person.id) };
    return this.ask(async () => this.chat.enter(await this.chat.askOnce("POST", "rooms/", fields)));
  }

  // -- Public rooms -----------------------------------------------------------------------------------------
  directory() {
    return html`<df-chat-directory .chat=${this.chat}></df-chat-directory>`;
  }
}
customElements.define("df-chat-new", NewDialog);
