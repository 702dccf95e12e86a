// One room in the list.

import { css, html, LitElement, nothing } from "../../vendor/lit.js";
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

export const roomItemStyles = css`
  df-chat-room-item {
    display: grid; grid-template-columns: auto minmax(0, 1fr) auto; grid-template-areas: "picture name time" "picture preview signs";
    column-gap: 0.75rem; row-gap: 0.1rem; align-items: center;
  }
  .room-item {
    display: block; width: 100%; min-height: 4rem; padding: 0.55rem 0.85rem; border-radius: 0.6rem;
    background: none; color: var(--text); font-weight: 400; text-align: start; text-decoration: none;
  }
  .room-item:hover { background: color-mix(in srgb, var(--accent) 8%, transparent); }
  .room-item[aria-current="page"] { background: color-mix(in srgb, var(--accent) 16%, transparent); }
  .room-item:focus-visible { outline-offset: -3px; }
  .room-item .avatar { grid-area: picture; }
  .room-item .name { grid-area: name; font-weight: 600; }
  .room-item time { grid-area: time; font-size: 0.78rem; color: var(--muted); white-space: nowrap; }
  .room-item .preview { grid-area: preview; min-height: 1.3em; font-size: 0.88rem; color: var(--muted); }
  .room-item .signs { grid-area: signs; display: flex; gap: 0.3rem; align-items: center; justify-content: flex-end; }
  .room-item .name, .room-item .preview { justify-self: start; max-width: 100%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .room-item.unread .preview { color: var(--text); }
  .sign { font-size: 0.78rem; font-weight: 400; color: var(--muted); }
  .sign .icon { width: 1.05rem; height: 1.05rem; }
  .draft { color: var(--danger); font-weight: 600; }
  .badge.muted { background: var(--line); color: var(--text); }
  .badge.at { background: var(--danger); color: var(--on-danger); }
`;
