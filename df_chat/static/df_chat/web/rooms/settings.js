// What a room is called and how it behaves: <df-chat-room-settings .chat .room>.

import { html, nothing } from "../../vendor/lit.js";
import { sendForm } from "../../transport/form.js";
import { AskingPart } from "../asking.js";
import { gettext, interpolate } from "../i18n.js";
import { icon } from "../icons.js";
import { given } from "../part.js";
import { roomAvatar } from "./avatar.js";
import { titleOf } from "./describe.js";
import { changed, fieldsOf, moreRoomFields, roomFields } from "./room-form.js";

export class RoomSettings extends AskingPart {
  static properties = { ...AskingPart.properties, room: { attribute: false }, done: { state: true } };

  constructor() {
    super();
    /** @type {import("../room-state.js").RoomState} */
    this.room = given;
    /** What has just been done. */
    this.done = "";
    /** The room as the form was filled from it: what is typed stays while others write. @type {any} */
    this.filled = null;
  }

  get path() {
    return `rooms/${this.room.id}/`;
  }

  /** @param {Map<string, any>} changes */
  willUpdate(changes) {
    if (changes.has("room")) {
      this.filled = null;
      this.problem = this.done = "";
    }
    this.filled ??= this.room.summary;
  }

  render() {
    const { summary } = this.room;
    return summary ? this.sections(summary) : nothing;
  }

  /** @param {any} summary */
  sections(summary) {
    const { can_manage: mayManage, is_member: isMember } = summary;
    return html`
      ${mayManage ? nothing : this.about(summary)}
      <button type="button" class="quiet find-here" @click=${() => this.room.set({ panel: "search" })}>${icon("search")}${gettext("Search in this room")}</button>
      ${summary.description && !mayManage ? html`<p class="description" dir="auto">${summary.description}</p>` : nothing}
      ${this.problemShown()}
      ${isMember ? this.muting(summary) : nothing}
      ${mayManage ? html`${this.picture(summary)}${this.form()}` : nothing}
      ${this.ending(summary)}`;
  }

  /** For those who see no form. @param {any} summary */
  about(summary) {
    return html`<div class="about">
      ${roomAvatar(summary, summary.kind === "direct" && this.chat.isOnline(summary.peer))}
      <div><bdi class="name">${titleOf(summary)}</bdi>${summary.topic ? html`<p class="hint" dir="auto">${summary.topic}</p>` : nothing}</div>
    </div>`;
  }

  /** @param {any} summary */
  muting(summary) {
    return html`<label class="check"><input type="checkbox" .checked=${summary.is_muted} ?disabled=${this.isBusy} @change=${(event) => this.mute(event.target)}>
      <span>${gettext("Mute: count what is unread quietly, and never notify")}</span></label>`;
  }

  /** @param {HTMLInputElement} box */
  async mute(box) {
    const room = await this.ask(() => this.chat.client.request("POST", `${this.path}${box.checked ? "mute" : "unmute"}/`));
    if (room) this.chat.rooms.put(room);
    else box.checked = !box.checked;
  }

  // -- For those who manage it ------------------------------------------------------------------------------
  /** @param {any} summary */
  picture(summary) {
    return html`<div class="picture">
      ${roomAvatar(summary, false)}
      <label class="file quiet">${summary.image ? gettext("Change the picture") : gettext("Choose a picture")}
        <input type="file" class="visually-hidden" accept="image/png,image/jpeg,image/webp,image/gif,image/avif" ?disabled=${this.isBusy} @change=${this.takePicture}></label>
      ${summary.image ? html`<button type="button" class="quiet" ?disabled=${this.isBusy} @click=${this.dropPicture}>${gettext("Remove the picture")}</button>` : nothing}
    </div>`;
  }

  /** @param {{target: HTMLInputElement}} event */
  async takePicture({ target }) {
    const [file] = target.files ?? [];
    target.value = "";
    if (!file) return;
    const form = new FormData();
    form.append("image", file);
    await this.carryOut(() => sendForm(this.chat.client.rest, "PUT", `${this.path}image/`, form), gettext("The picture is changed."));
  }

  dropPicture() {
    return this.carryOut(() => this.chat.client.request("DELETE", `${this.path}image/`), gettext("The picture is removed."));
  }

  form() {
    const { filled } = this;
    return html`<form class="form" @submit=${this.save}>
      ${roomFields(filled)}
      ${moreRoomFields(filled)}
      <label class="check"><input name="is_archived" type="checkbox" .checked=${filled.is_archived}><span>${gettext("Archived: everybody reads, nobody writes")}</span></label>
      <div class="actions"><span class="hint" role="status">${this.done}</span><button type="submit" ?disabled=${this.isBusy}>${gettext("Save")}</button></div>
    </form>`;
  }

  /** @param {SubmitEvent} event */
  async save(event) {
    event.preventDefault();
    const fields = changed(fieldsOf(/** @type {HTMLFormElement} */ (event.target)), this.filled);
    if (Object.keys(fields).length) await this.carryOut(() => this.chat.client.request("PATCH", this.path, fields), gettext("Saved."));
    else this.done = gettext("Nothing was changed.");
  }

  /** Do something to the room, take it as it then is, and say so. @param {() => Promise<any>} work @param {string} done */
  async carryOut(work, done) {
    this.done = "";
    const room = await this.ask(async () => {
      await work();
      return this.chat.rooms.refresh(this.room.id);
    });
    if (!room) return;
    this.filled = room;
    this.done = done;
  }

  // -- The way out ------------------------------------------------------------------------------------------
  /** @param {any} summary */
  ending(summary) {
    if (summary.kind === "direct") return nothing;
    return html`<div class="ending">
      ${summary.is_member ? html`<button type="button" class="quiet danger-text" @click=${() => this.leave(summary)}>${gettext("Leave room")}</button>` : nothing}
      ${summary.can_manage ? html`<button type="button" class="quiet danger-text" @click=${() => this.delete(summary)}>${gettext("Delete room")}</button>` : nothing}
    </div>`;
  }

  /** @param {any} summary */
  leave(summary) {
    this.chat.confirm({
      heading: gettext("Leave room"),
      text: interpolate(summary.is_public ? gettext("Leave %(title)s? You may come back.") : gettext("Leave %(title)s? To come back, you have to be invited."), summary),
      yes: gettext("Leave"),
      work: () => this.chat.depart(summary.id, () => this.chat.client.leave(summary.id)),
    });
  }

  /** @param {any} summary */
  delete(summary) {
    this.chat.confirm({
      heading: gettext("Delete room"),
      text: interpolate(gettext("Delete %(title)s, with all messages, images and files in it, for everybody? This cannot be undone."), summary),
      yes: gettext("Delete for everybody"),
      work: () => this.chat.depart(summary.id, () => this.chat.client.request("DELETE", this.path)),
    });
  }
}
customElements.define("df-chat-room-settings", RoomSettings);
