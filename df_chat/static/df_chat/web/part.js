// What the parts of the chat have in common. They share the shadow root of <df-chat>, and with it styles and ids.

import { LitElement } from "../vendor/lit.js";

/** A piece of the chat that is drawn anew when the chat changes. */
export class Part extends LitElement {
  static properties = { chat: { attribute: false } };

  constructor() {
    super();
    /** @type {import("./chat.js").Chat} */
    this.chat;
    this.redraw = () => this.requestUpdate();
  }

  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    this.chat.addEventListener("change", this.redraw);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.chat.removeEventListener("change", this.redraw);
  }
}
