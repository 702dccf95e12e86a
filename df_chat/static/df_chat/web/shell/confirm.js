// "Really?", for what cannot be undone: the dialog stays with the reason where it was refused.

import { html } from "../../vendor/lit.js";
import { gettext } from "../i18n.js";
import { DialogPart } from "./dialog.js";

/** @typedef {{heading: string, text: string, yes: string, work: () => Promise<any>}} Question `yes` is what the button says */

export class Confirm extends DialogPart {
  static dialog = "confirm";

  get heading() {
    return this.chat.question?.heading ?? "";
  }

  body() {
    const question = /** @type {Question} */ (this.chat.question);
    return html`<p dir="auto">${question.text}</p>
      ${this.problemShown()}
      <div class="actions">
        <button type="button" class="quiet" autofocus @click=${this.close}>${gettext("Cancel")}</button>
        <button type="button" class="danger" ?disabled=${this.isBusy} @click=${() => this.carryOut(question)}>${question.yes}</button>
      </div>`;
  }

  /** @param {Question} question */
  async carryOut(question) {
    const isDone = await this.ask(() => question.work().then(() => true));
    if (isDone && this.chat.question === question) this.close();
  }
}
customElements.define("df-chat-confirm", Confirm);
