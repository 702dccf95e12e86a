// Whether the chat is up to date: quiet while it is, and honest while it is not.

import { html, nothing } from "../../vendor/lit.js";
import { gettext } from "../i18n.js";
import { Part } from "../part.js";
import { icon } from "../icons.js";
import { statusText } from "./status-text.js";

// What is over sooner is not worth a word.
const PATIENCE_MS = 600;

export class StatusBar extends Part {
  static properties = { ...Part.properties, shown: { state: true } };

  constructor() {
    super();
    /** @type {import("./status-text.js").Status | "starting"} */
    this.shown = "starting";
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.timer);
  }

  willUpdate() {
    const { status } = this.chat;
    if (status === this.shown || status === "up_to_date" || status === "offline") {
      clearTimeout(this.timer);
      this.timer = undefined;
      this.shown = status;
    } else {
      this.timer ??= setTimeout(() => {
        this.timer = undefined;
        this.shown = this.chat.status;
      }, PATIENCE_MS);
    }
  }

  render() {
    return html`<p part="status" class="status ${this.shown}" role="status">${this.shown === "starting" ? "\u00A0" : statusText(this.shown, this.chat.queued)}</p>`;
  }
}
customElements.define("df-chat-status", StatusBar);

/** What went wrong elsewhere, until it is put away. */
export class Notice extends Part {
  render() {
    const { notice } = this.chat;
    return html`<div role="alert">${notice ? html`<div part="notice" class="alert">
      <p dir="auto">${notice}</p>
      <button type="button" class="icon-button" aria-label=${gettext("Dismiss")} @click=${() => this.chat.say("")}>${icon("close")}</button>
    </div>` : nothing}</div>`;
  }
}
customElements.define("df-chat-notice", Notice);
