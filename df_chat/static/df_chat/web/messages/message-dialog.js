// What is asked about a message: whether to delete it, and who has seen it.

import { html, nothing } from "../../vendor/lit.js";
import { gettext } from "../i18n.js";
import { given, Part } from "../part.js";
import { short } from "../times.js";

export class MessageDialog extends Part {
  static properties = {
    ...Part.properties, room: { attribute: false }, asked: { attribute: false },
    detail: { state: true }, problem: { state: true }, isBusy: { state: true },
  };

  constructor() {
    super();
    /** @type {import("../room-state.js").RoomState} */
    this.room = given;
    /** @type {{kind: "delete" | "readers", message: any} | null} */
    this.asked = null;
    /** The message as REST details it. @type {any} */
    this.detail = null;
    this.problem = "";
    this.isBusy = false;
  }

  render() {
    if (!this.asked) return nothing;
    return html`<dialog part="dialog" aria-labelledby="message-dialog-title" @close=${this.end}>
      ${this.asked.kind === "delete" ? this.deletionView(this.asked.message) : this.readersView()}
    </dialog>`;
  }

  /** @param {any} message */
  deletionView(message) {
    return html`<h2 id="message-dialog-title">${gettext("Delete this message?")}</h2>
      ${message.body ? html`<blockquote class="about" dir="auto">${message.body.slice(0, 300)}</blockquote>` : nothing}
      <p>${gettext("Nobody will be able to read it any more.")}</p>
      ${this.problemView()}
      <div class="actions">
        <button type="button" class="quiet" @click=${this.close}>${gettext("Cancel")}</button>
        <button type="button" class="danger" ?disabled=${this.isBusy} @click=${this.remove}>${gettext("Delete")}</button>
      </div>`;
  }

  readersView() {
    const { detail } = this;
    const seen = detail?.seen_by ?? [];
    const known = new Set(seen.map((reader) => reader.user_id));
    const received = (detail?.received_by ?? []).filter((reader) => !known.has(reader.user_id));
    return html`<h2 id="message-dialog-title">${gettext("Seen by")}</h2>
      ${this.problemView()}
      ${detail || this.problem ? nothing : html`<p>${gettext("Loading…")}</p>`}
      ${detail && !seen.length ? html`<p>${gettext("Nobody yet")}</p>` : readers(seen)}
      ${received.length ? html`<h3>${gettext("Delivered to")}</h3>${readers(received)}` : nothing}
      <div class="actions"><button type="button" @click=${this.close}>${gettext("Close")}</button></div>`;
  }

  problemView() {
    return this.problem ? html`<p class="notice" role="alert">${this.problem}</p>` : nothing;
  }

  /** @param {Map<string, unknown>} changed */
  updated(changed) {
    const dialog = this.querySelector("dialog");
    if (!changed.has("asked") || !dialog || dialog.open) return;
    [this.detail, this.problem, this.isBusy] = [null, "", false];
    dialog.showModal();
    if (this.asked?.kind === "readers") this.try(async () => (this.detail = await this.chat.client.request("GET", this.path)));
  }

  get path() {
    return `rooms/${this.room.id}/messages/${this.asked?.message.id}/`;
  }

  /** What goes wrong is told in the dialog. @param {() => Promise<any>} work @returns {Promise<boolean>} */
  async try(work) {
    this.isBusy = true;
    try {
      await work();
      return true;
    } catch (error) {
      this.problem = /** @type {Error} */ (error).message;
      return false;
    } finally {
      this.isBusy = false;
    }
  }

  async remove() {
    const { id } = this.asked?.message ?? {};
    if (await this.try(() => this.chat.client.delete(this.room.id, id))) this.close();
  }

  close() {
    this.querySelector("dialog")?.close();
  }

  end() {
    this.dispatchEvent(new CustomEvent("done"));
  }
}
customElements.define("df-chat-message-dialog", MessageDialog);

/** @param {{user_id: string, name: string, at: string}[]} people */
const readers = (people) => html`<ul class="readers">${people.map(({ name, at }) => html`<li><bdi>${name}</bdi><time datetime=${at}>${short(at)}</time></li>`)}</ul>`;
