// A picture of a file that is not uploaded yet, drawn here: pages that allow no blob: addresses show it too.

import { html, LitElement } from "../../vendor/lit.js";
import { given } from "../part.js";

const SIDE = 112;

export class Preview extends LitElement {
  static properties = { file: { attribute: false } };

  constructor() {
    super();
    /** @type {File} */
    this.file = given;
  }

  createRenderRoot() {
    return this;
  }

  render() {
    return html`<canvas width=${SIDE} height=${SIDE} aria-hidden="true"></canvas>`;
  }

  /** @param {Map<string, any>} changed */
  async updated(changed) {
    if (!changed.has("file")) return;
    const { file } = this;
    // What the browser cannot read stays blank: the server has the last word on it.
    const picture = await createImageBitmap(file).catch(() => null);
    const context = this.querySelector("canvas")?.getContext("2d");
    if (picture && context && this.file === file) {
      const scale = Math.max(SIDE / picture.width, SIDE / picture.height);
      const [width, height] = [picture.width * scale, picture.height * scale];
      context.clearRect(0, 0, SIDE, SIDE);
      context.drawImage(picture, (SIDE - width) / 2, (SIDE - height) / 2, width, height);
    }
    picture?.close();
  }
}
customElements.define("df-chat-preview", Preview);
