// One image of a message: its place is there before it is.

import { html, LitElement } from "../../vendor/lit.js";
import { gettext, interpolate } from "../i18n.js";
import { placeholderOf, ratioOf, sourcesOf } from "./measures.js";

/** Fires `open`. */
export class ChatImage extends LitElement {
  static properties = {
    image: { attribute: false },
    /** How many more are behind this one. */
    more: { attribute: false },
    /** How wide it is shown, as `sizes` says it. */
    sizes: { attribute: false },
    isLoaded: { state: true },
    hasFailed: { state: true },
  };

  constructor() {
    super();
    /** @type {any} */
    this.image;
    this.more = 0;
    this.sizes = "22rem";
    this.isLoaded = this.hasFailed = false;
  }

  createRenderRoot() {
    return this;
  }

  /** @param {Map<string, any>} changed */
  willUpdate(changed) {
    const before = changed.get("image");
    if (before && before.url !== this.image.url) this.isLoaded = this.hasFailed = false;
  }

  render() {
    const { image } = this;
    if (!image.url) return html`<span class="image-state" role="img" aria-label=${image.name}>${gettext("Being checked")}</span>`;
    if (this.hasFailed) {
      return html`<button type="button" class="image-state" @click=${() => (this.hasFailed = false)}>
        ${gettext("Not loaded. Try again")}<span class="visually-hidden"><bdi>${image.name}</bdi></span>
      </button>`;
    }
    return html`<button type="button" class="image-open" @click=${() => this.dispatchEvent(new CustomEvent("open"))}>
      <img loading="lazy" decoding="async" alt=${image.name} width=${image.width} height=${image.height}
        sizes=${this.sizes} srcset=${sourcesOf(image)} src=${image.medium ?? image.url}
        @load=${() => (this.isLoaded = true)} @error=${() => (this.hasFailed = true)}>
      ${this.more ? html`<span class="image-more" aria-label=${interpolate(gettext("More images: %(count)s"), { count: this.more })}>+${this.more}</span>` : ""}
    </button>`;
  }

  updated() {
    const { style, image } = this;
    style.setProperty("--ratio", String(ratioOf(image)));
    style.setProperty("--pixels", `${image.width}px`);
    // Gone once the image is there: what is transparent shows the page.
    style.backgroundImage = this.isLoaded ? "none" : placeholderOf(image.placeholder);
  }
}
customElements.define("df-chat-image", ChatImage);
