// What the chat's dialogs have in common. `chat.dialog` names the one that is open.

import { html, nothing } from "../../vendor/lit.js";
import { AskingPart } from "../asking.js";
import { gettext } from "../i18n.js";
import { icon } from "../icons.js";

export class DialogPart extends AskingPart {
  /** As `chat.show` names it. */
  static dialog = "";

  /** What it is called; unset where it has no head. @returns {string} */
  get heading() {
    return "";
  }

  /** @returns {unknown} a template */
  body() {
    return nothing;
  }

  get isOpen() {
    return this.chat.dialog === /** @type {typeof DialogPart} */ (this.constructor).dialog;
  }

  close() {
    this.problem = "";
    this.chat.show(null);
  }

  render() {
    if (!this.isOpen) return nothing;
    return html`<dialog part="dialog" aria-label=${this.heading} @close=${this.close} @click=${this.onClick}>
      <div class="dialog-head">
        <h2>${this.heading}</h2>
        <button type="button" class="icon-button" aria-label=${gettext("Close")} @click=${this.close}>${icon("close")}</button>
      </div>
      ${this.body()}
    </dialog>`;
  }

  /** @param {Map<string, any>} changed */
  updated(changed) {
    super.updated(changed);
    const dialog = /** @type {HTMLDialogElement | null} */ (this.querySelector("dialog"));
    if (dialog && !dialog.open) {
      this.cameFrom = /** @type {ShadowRoot} */ (this.getRootNode()).activeElement;
      dialog.showModal();
      this.opened();
    } else if (!dialog && this.cameFrom) {
      // The element is gone before it could give the focus back.
      /** @type {HTMLElement} */ (this.cameFrom).focus();
      this.cameFrom = null;
    }
  }

  /** It has just been opened. */
  opened() {}

  /** Beside it is out of it. @param {MouseEvent} event */
  onClick(event) {
    const { target } = event;
    if (!(target instanceof HTMLDialogElement)) return;
    const { left, right, top, bottom } = target.getBoundingClientRect();
    const isInside = event.clientX >= left && event.clientX <= right && event.clientY >= top && event.clientY <= bottom;
    if (!isInside && !this.isBusy) this.close();
  }
}
