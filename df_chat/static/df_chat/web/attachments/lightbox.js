// An image, large, and those beside it. What is shown is `chat.lightbox`: `{images, index}`, or null.

import { html, nothing, repeat } from "../../vendor/lit.js";
import { gettext, interpolate } from "../i18n.js";
import { icon } from "../icons.js";
import { Part } from "../part.js";
import { sourcesOf } from "./measures.js";

// A finger that goes so far sideways turns the page.
const SWIPE_PX = 50;

export class Lightbox extends Part {
  static properties = { ...Part.properties, hasFailed: { state: true } };

  constructor() {
    super();
    this.hasFailed = false;
    /** Where one finger touched; null where more do, for they zoom. @type {number | null} */
    this.touchedAt = null;
    this.close = () => (this.chat.lightbox = null);
  }

  connectedCallback() {
    super.connectedCallback();
    this.chat.addEventListener("opened", this.close);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.chat.removeEventListener("opened", this.close);
  }

  render() {
    const { lightbox } = this.chat;
    return html`<dialog part="lightbox" class="lightbox" aria-label=${gettext("Images")} @close=${this.onClose} @keydown=${this.onKey}
      @touchstart=${this.onTouch} @touchend=${this.onLift}>${lightbox ? this.content(lightbox) : nothing}</dialog>`;
  }

  /** @param {{images: any[], index: number}} lightbox */
  content({ images, index }) {
    const image = images[index];
    const place = interpolate(gettext("%(number)s of %(count)s"), { number: index + 1, count: images.length });
    return html`<div class="lightbox-head">
        <p dir="auto" aria-live="polite"><span>${image.name}</span>${images.length > 1 ? html` <bdi class="lightbox-place">${place}</bdi>` : nothing}</p>
        <a href=${image.url} download=${image.name} class="lightbox-button" aria-label=${gettext("Download")}>${icon("download")}</a>
        <button type="button" autofocus class="lightbox-button" aria-label=${gettext("Close")} @click=${this.onClose}>${icon("close")}</button>
      </div>
      ${this.turning(-1, gettext("Previous image"), "back")}
      <div class="lightbox-stage" @click=${this.onClick}>${this.hasFailed
        ? html`<p>${gettext("The image could not be loaded.")} <button type="button" @click=${() => (this.hasFailed = false)}>${gettext("Try again")}</button></p>`
        : repeat([image], ({ id }) => id, () => html`<img alt=${image.name} sizes="100vw" srcset=${sourcesOf(image)} src=${image.url} @error=${() => (this.hasFailed = true)}>`)}</div>
      ${this.turning(1, gettext("Next image"), "forward")}`;
  }

  /** @param {1 | -1} step @param {string} label @param {"back" | "forward"} sign */
  turning(step, label, sign) {
    const { images, index } = /** @type {any} */ (this.chat.lightbox);
    if (images.length < 2) return nothing;
    return html`<button type="button" class="lightbox-button lightbox-turn" data-step=${step} aria-label=${label}
      aria-disabled=${images[index + step] ? "false" : "true"} @click=${() => this.turn(step)}>${icon(sign)}</button>`;
  }

  updated() {
    const dialog = /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
    // The browser keeps the focus inside, and puts it back.
    if (this.chat.lightbox && !dialog.open) dialog.showModal();
    else if (!this.chat.lightbox && dialog.open) dialog.close();
    this.reserve();
  }

  /** The image has its size before it is there, and its thumbnail meanwhile. */
  reserve() {
    const shown = this.querySelector("img");
    const { images, index } = this.chat.lightbox ?? { images: [], index: 0 };
    if (!shown) return;
    const { width, height, small } = images[index];
    shown.style.setProperty("--ratio", String(width && height ? width / height : 1));
    shown.style.setProperty("--pixels", `${width}px`);
    shown.style.backgroundImage = small ? `url("${CSS.escape(small)}")` : "none";
  }

  /** @param {number} step */
  turn(step) {
    const { lightbox } = this.chat;
    if (!lightbox?.images[lightbox.index + step]) return;
    this.hasFailed = false;
    this.chat.lightbox = { ...lightbox, index: lightbox.index + step };
    this.chat.tell();
  }

  onClose() {
    this.hasFailed = false;
    this.close();
    this.chat.tell();
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    event.stopPropagation();
    const forward = getComputedStyle(this).direction === "rtl" ? -1 : 1;
    if (event.key === "ArrowRight") this.turn(forward);
    else if (event.key === "ArrowLeft") this.turn(-forward);
  }

  /** Beside the image is outside. @param {MouseEvent} event */
  onClick(event) {
    if (event.target === event.currentTarget) this.onClose();
  }

  /** @param {TouchEvent} event */
  onTouch(event) {
    this.touchedAt = event.touches.length === 1 && (globalThis.visualViewport?.scale ?? 1) === 1 ? event.touches[0].clientX : null;
  }

  /** @param {TouchEvent} event */
  onLift(event) {
    if (this.touchedAt === null) return;
    const moved = event.changedTouches[0].clientX - this.touchedAt;
    const forward = getComputedStyle(this).direction === "rtl" ? -1 : 1;
    if (Math.abs(moved) > SWIPE_PX) this.turn(moved < 0 ? forward : -forward);
    this.touchedAt = null;
  }
}
customElements.define("df-chat-lightbox", Lightbox);
