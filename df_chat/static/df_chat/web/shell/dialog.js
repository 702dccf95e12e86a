// What the chat's dialogs have in common. `chat.dialog` names the one that is open.

import { css, html, nothing } from "../../vendor/lit.js";
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

export const dialogStyles = css`
  dialog[open] { display: grid; grid-auto-rows: max-content; align-content: start; gap: 0.85rem; margin-block-start: min(10dvh, 6rem); max-height: calc(100dvh - min(10dvh, 6rem) - 1rem); padding: 1rem 1.25rem 1.25rem; overflow-y: auto; }
  .dialog-head { display: flex; align-items: center; gap: 0.5rem; margin-inline-end: -0.5rem; }
  .dialog-head h2 { flex: 1; font-size: 1.15rem; }
  .actions { display: flex; flex-wrap: wrap; align-items: center; justify-content: flex-end; gap: 0.6rem; }
  .form { display: grid; gap: 0.85rem; }
  .field { display: grid; gap: 0.25rem; font-size: 0.88rem; color: var(--muted); }
  .field > input, .field > textarea, .field > select { font-size: 1rem; color: var(--text); }
  .field > textarea { min-height: 4.5rem; resize: vertical; }
  .check { display: flex; gap: 0.6rem; align-items: flex-start; min-height: 1.75rem; }
  .check > input { flex: none; width: 1.15rem; height: 1.15rem; margin-block-start: 0.15rem; accent-color: var(--accent); }
  details > summary { padding-block: 0.25rem; color: var(--accent); font-weight: 600; cursor: pointer; }
  details[open] > .form { padding-block-start: 0.5rem; }
  .hint { font-size: 0.85rem; color: var(--muted); }
`;
