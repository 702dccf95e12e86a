// What the parts of the chat have in common. They share the shadow root of <df-chat>, and with it styles and ids.

import { LitElement } from "../vendor/lit.js";

/** What whoever draws a part gives it before it is drawn. Its type is told where it is used. @type {any} */
export const given = undefined;

/** A piece of the chat that is drawn anew when the chat changes. */
export class Part extends LitElement {
  static properties = { chat: { attribute: false } };

  constructor() {
    super();
    /** @type {import("./chat.js").Chat} */
    this.chat = given;
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
