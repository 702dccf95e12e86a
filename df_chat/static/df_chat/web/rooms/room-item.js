// One room in the list.

import { html, LitElement, nothing } from "../../vendor/lit.js";
import { gettext } from "../i18n.js";
import { icon } from "../icons.js";
import { brief } from "../times.js";
import { roomAvatar } from "./avatar.js";
import { previewOf, titleOf } from "./describe.js";
import { badge } from "./sorting.js";

/** What the button or link of a room shows; drawn anew only when that is different. */
export class RoomItem extends LitElement {
  static properties = {
    me: { attribute: false },
    room: { attribute: false },
    unread: { attribute: false },
    isOnline: { attribute: false },
    draft: { attribute: false },
    /** Which day it is: times are told by it. */
    today: { attribute: false },
  };

  constructor() {
    super();
    this.me = "";
    /** @type {any} */
    this.room = null;
    this.unread = 0;
    this.isOnline = false;
    this.draft = "";
    this.today = "";
  }

  createRenderRoot() {
    return this;
  }

  render() {
    const { room } = this;
    const last = room.last_message;
    return html`${roomAvatar(room, this.isOnline)}
      <span class="name" dir="auto"><span>${titleOf(room)}</span>${room.is_archived ? html` <span class="sign">${gettext("archived")}</span>` : nothing}</span>
      ${last ? html`<time datetime=${last.created}>${brief(last.created)}</time>` : nothing}
      <span class="preview" dir="auto">${this.preview()}</span>
      <span class="signs">${this.signs()}</span>`;
  }

  /** What was written says in which direction the line goes, and where it is cut; what is in <bdi> has no say. */
  preview() {
    if (this.draft) return html`<bdi class="draft">${gettext("Draft")}:</bdi> ${this.draft}`;
    const { who, text, isQuiet } = previewOf(this.room, this.me);
    return html`${who ? html`<bdi>${who}</bdi>: ` : nothing}${isQuiet ? html`<i>${text}</i>` : text}`;
  }

  signs() {
    const { room, unread } = this;
    const mentions = room.mention_count ?? 0;
    return html`
      ${room.is_muted ? html`<span class="sign">${icon("muted")}<span class="visually-hidden">${gettext("Muted")}</span></span>` : nothing}
      ${unread && mentions ? html`<span class="badge at" title=${gettext("Mentions of you")}>@${badge(mentions)}</span>` : nothing}
      ${unread ? html`<span class=${room.is_muted ? "badge muted" : "badge"}><span class="visually-hidden">${gettext("Unread")}: </span>${badge(unread)}</span>` : nothing}`;
  }
}
customElements.define("df-chat-room-item", RoomItem);
