// One room: its head, its messages, where one writes, and what stands beside them.

import { html, nothing, repeat } from "../vendor/lit.js";
import "./composer/composer.js";
import { gettext, interpolate } from "./i18n.js";
import { icon } from "./icons.js";
import "./messages/log.js";
import "./messages/search.js";
import "./messages/thread.js";
import { given, Part } from "./part.js";
import { titleOf } from "./rooms/describe.js";

// The socket tells a room's members only.
const GUEST_CHECK_MS = 10_000;

export class RoomPane extends Part {
  static properties = { ...Part.properties, room: { attribute: false }, canGoBack: { attribute: false }, isJoining: { state: true } };

  constructor() {
    super();
    /** @type {import("./room-state.js").RoomState} */
    this.room = given;
    this.canGoBack = false;
    this.isJoining = false;
    /** What opened the panel, to come back to. @type {HTMLElement | null} */
    this.opener = null;
    /** The panel that has had the focus. @type {string | null} */
    this.entered = null;
  }

  connectedCallback() {
    super.connectedCallback();
    this.checking = setInterval(() => this.checkAsGuest(), GUEST_CHECK_MS);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.checking);
  }

  /** Ask what is new, or whether the room is still there. */
  checkAsGuest() {
    const { chat, room } = this;
    if (room.summary && !room.isMember && !document.hidden && chat.status === "up_to_date") chat.client.wake();
  }

  render() {
    const { chat, room } = this;
    return html`<section part="room" class="room" aria-label=${titleOf(room.summary)}>
      ${this.headView()}
      <div class=${room.panel ? "beside has-panel" : "beside"}>
        ${repeat([room], ({ id }) => id, () => html`<div class="main">
          <df-chat-log .chat=${chat} .room=${room}></df-chat-log>
          ${this.typingView()}
          ${this.writingView()}
        </div>`)}
        ${room.panel ? this.panelView(room.panel) : nothing}
      </div>
    </section>`;
  }

  // -- Head -------------------------------------------------------------------------------------------------
  headView() {
    const { chat, room } = this;
    const { summary } = room;
    return html`<header part="head" class="bar room-head">
      ${this.canGoBack ? html`<button type="button" class="tool back" aria-label=${gettext("All rooms")} @click=${() => chat.open(null)}>${icon("back")}</button>` : nothing}
      <div class="titles">
        <h1 dir="auto">${summary ? titleOf(summary) : ""}</h1>
        <p class="about-room" dir="auto">${this.aboutView()}</p>
      </div>
      ${this.toggleView("search", gettext("Search"), "search")}
      ${summary?.kind === "direct" ? nothing : this.toggleView("members", gettext("Members"), "members", summary?.member_count)}
      ${this.toggleView("settings", gettext("Room settings"), "more")}
    </header>`;
  }

  aboutView() {
    const { summary } = this.room;
    if (!summary) return nothing;
    if (summary.kind !== "direct") return summary.topic || interpolate(gettext("Members: %(count)s"), { count: summary.member_count });
    return this.chat.isOnline(summary.peer) ? html`<span class="dot online"></span> ${gettext("online")}` : gettext("offline");
  }

  /** @param {import("./room-state.js").Panel} panel @param {string} name @param {any} sign @param {number} [count] */
  toggleView(panel, name, sign, count) {
    const isOpen = this.room.panel === panel;
    return html`<button type="button" class="tool to-${panel}" aria-expanded=${isOpen ? "true" : "false"} aria-label=${count === undefined ? name : `${name}: ${count}`} title=${name}
      @click=${() => (isOpen ? this.leave() : this.room.set({ panel, threadId: null }))}>${icon(sign)}${count === undefined ? nothing : html`<span aria-hidden="true">${count}</span>`}</button>`;
  }

  // -- Panel ------------------------------------------------------------------------------------------------
  /** @param {import("./room-state.js").Panel} panel */
  panelView(panel) {
    const names = { members: gettext("Members"), search: gettext("Search"), settings: gettext("Room settings"), thread: gettext("Thread") };
    return html`<aside part="panel" class="panel" aria-label=${names[panel]} @keydown=${this.onPanelKey} @leave=${this.onLeave}>
      <div class="bar"><h2>${names[panel]}</h2><button type="button" class="tool" aria-label=${gettext("Close")} @click=${() => this.leave()}>${icon("close")}</button></div>
      ${this.contentView(panel)}
    </aside>`;
  }

  /** @param {import("./room-state.js").Panel} panel */
  contentView(panel) {
    const { chat, room } = this;
    switch (panel) {
      case "members": return html`<df-chat-members .chat=${chat} .room=${room}></df-chat-members>`;
      case "settings": return html`<df-chat-room-settings .chat=${chat} .room=${room}></df-chat-room-settings>`;
      case "search": return html`<df-chat-search .chat=${chat} .room=${room}></df-chat-search>`;
      default: return html`<df-chat-thread .chat=${chat} .room=${room} .threadId=${room.threadId}></df-chat-thread>`;
    }
  }

  willUpdate() {
    const { panel } = this.room;
    if (panel && !this.entered) this.opener = /** @type {HTMLElement | null} */ (/** @type {ShadowRoot} */ (this.getRootNode()).activeElement);
  }

  updated() {
    const { panel, threadId } = this.room;
    const shown = panel && `${this.room.id} ${panel} ${threadId ?? ""}`;
    if (shown === this.entered) return;
    const wasOpen = this.entered !== null;
    this.entered = shown;
    if (shown) this.enter();
    else if (wasOpen && this.opener?.isConnected) this.opener.focus();
  }

  /** Go into the panel: to its field, or to the first button. */
  async enter() {
    await Promise.resolve();
    const panel = this.querySelector(".panel");
    const field = /** @type {HTMLElement | null} */ (panel?.querySelector("input, textarea") ?? panel?.querySelector("button"));
    field?.focus();
  }

  leave() {
    this.room.set({ panel: null, threadId: null });
  }

  /** Where the panel covers the messages, what is shown in them needs it gone. */
  onLeave() {
    const panel = this.querySelector(".panel");
    if (panel && getComputedStyle(panel).position === "absolute") this.leave();
  }

  /** @param {KeyboardEvent} event */
  onPanelKey(event) {
    if (event.key !== "Escape" || event.defaultPrevented || this.querySelector(".panel :popover-open, .panel dialog[open]")) return;
    event.preventDefault();
    this.leave();
  }

  // -- Below the messages -----------------------------------------------------------------------------------
  typingView() {
    const names = this.room.typingNames;
    return html`<p class="typing" aria-live="polite">${names.length ? html`<span class="dots" aria-hidden="true"><i></i><i></i><i></i></span> <bdi>${typingText(names)}</bdi>` : nothing}</p>`;
  }

  writingView() {
    const { chat, room } = this;
    if (room.isMember) return html`<df-chat-composer .chat=${chat} .room=${room}></df-chat-composer>`;
    if (!room.summary) return nothing;
    return html`<div class="joining"><p>${gettext("You are reading this room as a guest.")}</p>
      <button type="button" ?disabled=${this.isJoining} @click=${this.join}>${gettext("Join to write")}</button></div>`;
  }

  async join() {
    const { chat, room } = this;
    this.isJoining = true;
    await chat.attempt(async () => {
      await chat.client.join(room.id);
      await chat.rooms.refresh(room.id);
    });
    this.isJoining = false;
  }
}
customElements.define("df-chat-room-pane", RoomPane);

/** @param {string[]} names */
function typingText(names) {
  if (names.length === 1) return interpolate(gettext("%(name)s is typing"), { name: names[0] });
  if (names.length === 2) return interpolate(gettext("%(one)s and %(other)s are typing"), { one: names[0], other: names[1] });
  return gettext("Several people are typing");
}
