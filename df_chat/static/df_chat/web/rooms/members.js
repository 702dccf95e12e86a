// Who is in a room: <df-chat-members .chat .room>.

import { html, nothing, repeat } from "../../vendor/lit.js";
import { AskingPart } from "../asking.js";
import { gettext, interpolate } from "../i18n.js";
import { icon } from "../icons.js";
import { given } from "../part.js";
import { personAvatar } from "./avatar.js";
import { titleOf } from "./describe.js";
import { MemberList } from "./member-list.js";
import "./people-picker.js";

const SEARCH_MS = 250;
// As many members as one finds without a search.
const FEW = 8;
const ROLES = { owner: () => gettext("Owner"), admin: () => gettext("Admin"), member: () => gettext("Member") };
/** @typedef {keyof typeof ROLES} Role */

export class Members extends AskingPart {
  static properties = { ...AskingPart.properties, room: { attribute: false }, isAdding: { state: true } };

  constructor() {
    super();
    /** @type {import("../room-state.js").RoomState} */
    this.room = given;
    /** @type {MemberList} */
    this.list = given;
    this.isAdding = false;
    this.onFrame = (/** @type {any} */ { detail }) => this.list.take(detail);
  }

  connectedCallback() {
    super.connectedCallback();
    this.chat.addEventListener("frame", this.onFrame);
    this.addEventListener("scroll", this.onScroll);
    this.addEventListener("keydown", this.onKey);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.chat.removeEventListener("frame", this.onFrame);
    this.removeEventListener("scroll", this.onScroll);
    this.removeEventListener("keydown", this.onKey);
    this.list.stop();
    clearTimeout(this.searching);
  }

  /** @param {Map<string, any>} changed */
  willUpdate(changed) {
    if (!changed.has("room")) return;
    this.list?.stop();
    this.list = new MemberList(this.chat, this.room.id, () => this.requestUpdate());
    this.isAdding = false;
    this.problem = "";
    this.list.read();
  }

  get mayManage() {
    return Boolean(this.room.summary?.can_manage) && this.room.summary?.kind !== "direct";
  }

  render() {
    const { list } = this;
    const count = this.room.summary?.member_count ?? list.members?.length ?? 0;
    return html`${this.mayManage ? this.adding() : nothing}
      ${count > FEW || list.words ? html`<input type="search" autocomplete="off" maxlength="100" aria-label=${gettext("Search members")} placeholder=${gettext("Search members")} @input=${this.look}>` : nothing}
      ${this.problemShown()}
      ${list.problem ? html`<p class="notice" role="alert">${list.problem}</p>` : nothing}
      ${this.lines()}`;
  }

  lines() {
    const { list } = this;
    if (list.members === null) return list.problem ? nothing : html`<p class="empty">${gettext("Loading …")}</p>`;
    if (!list.shown.length) return html`<p class="empty">${gettext("Nobody found.")}</p>`;
    return html`<ul class="members" aria-label=${gettext("Members")}>${repeat(list.shown, (member) => member.user_id, (member) => this.line(member))}</ul>
      ${list.next ? html`<button type="button" class="quiet" @click=${() => list.more()}>${gettext("More members")}</button>` : nothing}`;
  }

  /** @param {any} member */
  line(member) {
    const isMe = member.user_id === this.chat.user;
    const { name } = member;
    return html`<li data-id=${member.user_id}>
      ${personAvatar(member, this.chat.isOnline(member))}
      ${isMe || !this.chat.rooms.isWanted ? html`<span class="name"><bdi>${name}</bdi> ${isMe ? html`<span class="hint">${gettext("You")}</span>` : nothing}</span>`
        : html`<button type="button" class="name" ?disabled=${this.isBusy} aria-label=${interpolate(gettext("Write to %(name)s"), { name })}
            @click=${() => this.ask(() => this.chat.openDirect(member.user_id))}><bdi>${name}</bdi></button>`}
      ${this.mayManage && !(member.role === "owner" && !this.mayNameOwners) ? this.managing(member, isMe) : html`<span class="hint">${member.role === "member" ? "" : ROLES[member.role]?.()}</span>`}
    </li>`;
  }

  // -- Managing ---------------------------------------------------------------------------------------------
  /** Owners name owners; so do those who manage without being in the room. */
  get mayNameOwners() {
    return this.room.summary?.role !== "admin";
  }

  /** @param {any} member @param {boolean} isMe */
  managing(member, isMe) {
    const { name, role } = member;
    const roles = /** @type {Role[]} */ (Object.keys(ROLES)).filter((one) => one !== "owner" || this.mayNameOwners);
    return html`<select aria-label=${interpolate(gettext("Role of %(name)s"), { name })} ?disabled=${this.isBusy} .value=${role} @change=${(event) => this.setRole(member, event.target)}>
        ${roles.map((one) => html`<option value=${one} ?selected=${one === role}>${ROLES[one]()}</option>`)}
      </select>
      ${isMe ? html`<span class="icon-button"></span>` : html`<button type="button" class="icon-button" ?disabled=${this.isBusy}
        aria-label=${interpolate(gettext("Remove %(name)s"), { name })} @click=${() => this.expel(member)}>${icon("close")}</button>`}`;
  }

  /** @param {any} member @param {HTMLSelectElement} select */
  async setRole(member, select) {
    const role = select.value;
    const done = await this.ask(() => this.chat.client.request("PATCH", `${this.list.path}${member.user_id}/`, { role }));
    if (done) await this.list.read();
    else select.value = member.role;
  }

  /** @param {any} member */
  expel(member) {
    const room = titleOf(this.room.summary);
    this.chat.confirm({
      heading: gettext("Remove a member"),
      text: interpolate(gettext("Remove %(name)s from %(room)s? They will read nothing more of it."), { name: member.name, room }),
      yes: gettext("Remove"),
      work: () => this.chat.client.request("DELETE", `${this.list.path}${member.user_id}/`).then(() => this.list.read()),
    });
  }

  adding() {
    if (!this.isAdding) return html`<button type="button" class="quiet add" @click=${() => this.startAdding()}>${icon("add")} ${gettext("Add people")}</button>`;
    const here = new Set(this.room.members.map((member) => member.user_id));
    return html`<df-chat-people .chat=${this.chat} .label=${gettext("Find people to add")} .without=${here} .isDisabled=${this.isBusy} @choose=${this.add}></df-chat-people>`;
  }

  async startAdding() {
    this.isAdding = true;
    await this.updateComplete;
    await /** @type {import("./people-picker.js").PeoplePicker} */ (this.querySelector("df-chat-people")).updateComplete;
    /** @type {HTMLElement} */ (this.querySelector(".picker input")).focus();
  }

  /** @param {{detail: any, target: any}} event */
  async add({ detail, target }) {
    const done = await this.ask(() => this.chat.client.request("POST", this.list.path, { user_id: detail.id }));
    if (!done) return;
    target.clear();
    await this.list.read();
  }

  // -- Moving about -----------------------------------------------------------------------------------------
  /** @param {InputEvent} event */
  look(event) {
    const words = /** @type {HTMLInputElement} */ (event.target).value;
    this.list.words = words.trim();
    this.requestUpdate();
    clearTimeout(this.searching);
    this.searching = setTimeout(() => this.list.search(words), SEARCH_MS);
  }

  onScroll() {
    if (this.scrollTop + this.clientHeight * 2 > this.scrollHeight) this.list.more();
  }

  /** The first Escape ends adding; the next is for what is around. @param {KeyboardEvent} event */
  onKey(event) {
    if (event.key !== "Escape" || !this.isAdding) return;
    event.preventDefault();
    this.isAdding = false;
    this.updateComplete.then(() => /** @type {HTMLElement} */ (this.querySelector(".add")).focus());
  }
}
customElements.define("df-chat-members", Members);
