// A list of messages one can go through and do something with: the log of a room, and a thread.

import { html, nothing, repeat } from "../../vendor/lit.js";
import { gettext } from "../i18n.js";
import { given, Part } from "../part.js";
import { linkTo } from "../shell/address.js";
import "./emoji-picker.js";
import "./message-dialog.js";
import { place } from "./popup.js";
import { rowOf } from "./row.js";
import { actionsOf, menu } from "./toolbar.js";

const SHORTCUTS = { r: "reply", t: "thread", e: "edit", c: "copy", "+": "react", Delete: "delete", Enter: "menu" };
const LIT_MS = 2_000;

export class MessageList extends Part {
  static properties = {
    ...Part.properties, room: { attribute: false },
    activeKey: { state: true }, hoverKey: { state: true }, hasFocus: { state: true }, popup: { state: true }, asked: { state: true }, litKey: { state: true },
  };

  constructor() {
    super();
    /** @type {import("../room-state.js").RoomState} */
    this.room = given;
    /** @type {import("./timeline.js").Row[]} */
    this.rows = [];
    /** The row that Tab leads to. @type {string | null} */
    this.activeKey = null;
    /** @type {string | null} */
    this.hoverKey = null;
    this.hasFocus = false;
    /** What is open beside a message. @type {{kind: "menu" | "react", key: string} | null} */
    this.popup = null;
    /** What is asked in a dialog. @type {{kind: "delete" | "readers", message: any} | null} */
    this.asked = null;
    /** The row that was jumped to. @type {string | null} */
    this.litKey = null;
    this.isThread = false;
    /** Members of now and before, by user. @type {Map<string, any>} */
    this.people = new Map();
    /** @type {((message: any) => import("./marks.js").Mark) | null} */
    this.markOf = null;
    this.opening = { onOpen: (images, index) => this.chat.enlarge(images, index) };
  }

  // -- What rows ask ----------------------------------------------------------------------------------------
  get toolKey() {
    return this.popup?.key ?? this.hoverKey ?? (this.hasFocus ? this.activeKey : null);
  }

  get isDirect() {
    return this.room.summary?.kind === "direct";
  }

  /** @param {string} userId */
  person(userId) {
    return this.people.get(userId);
  }

  /** @param {string} userId */
  nameOf(userId) {
    return userId === this.chat.user ? gettext("You") : (this.person(userId)?.name ?? "—");
  }

  // -- Drawing ----------------------------------------------------------------------------------------------
  /** @param {import("./timeline.js").Row[]} rows */
  rowsView(rows) {
    this.rows = rows;
    this.people = new Map([...(this.room.replica?.objects.parts.users.values() ?? [])].map((member) => [member.user_id, member]));
    if (!rows.some((row) => row.key === this.activeKey)) this.activeKey = rows.findLast(isMessage)?.key ?? null;
    return html`<ol class="rows" @click=${this.onClick} @keydown=${this.onKey} @pointermove=${this.onHover} @pointerleave=${() => (this.hoverKey = null)}
      @focusin=${this.onFocus} @focusout=${this.onBlur}>${repeat(rows, (row) => row.key, (row) => rowOf(row, this))}</ol>`;
  }

  /** What opens over the list. */
  overView() {
    return html`${this.popup ? this.popupView(this.popup) : nothing}
      <df-chat-message-dialog .chat=${this.chat} .room=${this.room} .asked=${this.asked} @done=${() => this.endDialog()}></df-chat-message-dialog>`;
  }

  /** @param {{kind: string, key: string}} popup */
  popupView({ kind, key }) {
    const message = this.messageAt(key);
    if (!message) return nothing;
    return html`<div popover="auto" class="popup" @toggle=${this.onToggle} @click=${this.onMenu} @keydown=${this.onMenuKey}>
      ${kind === "react" ? html`<df-chat-emoji @pick=${({ detail }) => this.react(message, detail)}></df-chat-emoji>` : menu(message, this)}
    </div>`;
  }

  updated() {
    const popup = /** @type {HTMLElement | null} */ (this.querySelector(".popup"));
    const row = this.popup && this.rowElement(this.popup.key);
    if (!popup || !row || popup.matches(":popover-open")) return;
    popup.showPopover();
    place(popup, (row.querySelector(".tools") ?? row).getBoundingClientRect());
    /** @type {HTMLElement | null} */ (popup.querySelector("[role=menuitem]"))?.focus();
  }

  // -- Rows and messages ------------------------------------------------------------------------------------
  /** @param {string} key @returns {HTMLElement | null} */
  rowElement(key) {
    return this.querySelector(`[data-key="${CSS.escape(key)}"]`);
  }

  /** @param {string | null} key */
  messageAt(key) {
    const row = this.rows.find((one) => one.key === key);
    return row?.type === "message" ? row.message : null;
  }

  /** Make a row stand out for a moment. @param {string} key */
  light(key) {
    this.litKey = key;
    clearTimeout(this.lightTimer);
    this.lightTimer = setTimeout(() => (this.litKey = null), LIT_MS);
  }

  // -- Pointer and keys -------------------------------------------------------------------------------------
  /** Messages that move below the pointer are not pointed at. @param {PointerEvent} event */
  onHover(event) {
    const place = `${event.clientX} ${event.clientY}`;
    if (event.pointerType === "mouse" && place !== this.pointed) this.hoverKey = keyOf(event);
    this.pointed = place;
  }

  /** @param {FocusEvent} event */
  onFocus(event) {
    this.hasFocus = true;
    this.activeKey = keyOf(event) ?? this.activeKey;
  }

  /** @param {FocusEvent} event */
  onBlur(event) {
    const to = /** @type {Node | null} */ (event.relatedTarget);
    this.hasFocus = Boolean(to && this.contains(to));
  }

  /** @param {MouseEvent} event */
  onClick(event) {
    const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-do]"));
    const key = keyOf(event);
    if (key && button) this.act(button.dataset.do ?? "", key, button.dataset);
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    const key = keyOf(event);
    if (!isPlain || !key || this.go(event)) return;
    const target = /** @type {Element} */ (event.target);
    if (event.key === "Escape") return this.closest(".room")?.querySelector("textarea")?.focus();
    const name = SHORTCUTS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!name || (event.key === "Enter" && !target.matches("li"))) return;
    event.preventDefault();
    this.act(name, key);
  }

  /** Go to another message. @param {KeyboardEvent} event @returns {boolean} */
  go(event) {
    const keys = this.rows.filter(isMessage).map((row) => row.key);
    const at = keys.indexOf(keyOf(event) ?? "");
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: keys.length - 1 }[event.key];
    if (to === undefined) return false;
    event.preventDefault();
    if (keys[to]) this.focusRow(keys[to]);
    return true;
  }

  /** @param {string} key */
  focusRow(key) {
    this.activeKey = key;
    const row = this.rowElement(key);
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: "nearest" });
  }

  // -- Doing ------------------------------------------------------------------------------------------------
  /** @param {string} name @param {string} key @param {DOMStringMap} [data] */
  act(name, key, { emoji = "" } = {}) {
    const row = this.rows.find((one) => one.key === key);
    if (row?.type === "pending") return this.settle(name, row.entry);
    const message = this.messageAt(key);
    if (!message) return;
    if (name === "parent") return this.room.reading.goTo(message.parent_id);
    if (name === "toggle") return this.react(message, emoji);
    if (name === "menu" && actionsOf(message, this).size) return this.open("menu", key);
    if (actionsOf(message, this).has(name)) this.perform(name, message, key);
  }

  /** @param {string} name @param {any} message @param {string} key */
  perform(name, message, key) {
    switch (name) {
      case "react": return this.open("react", key);
      case "reply": return this.room.set({ replyTo: message.id, editing: null });
      case "edit": return this.room.set({ editing: message.id, replyTo: null });
      case "thread": return this.room.set({ panel: "thread", threadId: message.parent_id ?? message.id });
      case "copy": return this.copy(message.body);
      case "link": return this.copy(linkTo(this.chat.page, this.room.id, message.id));
      case "delete":
      case "readers":
        this.asked = { kind: name, message };
    }
  }

  /** @param {"menu" | "react"} kind @param {string} key */
  open(kind, key) {
    this.popup = { kind, key };
  }

  /** @param {any} message @param {string} emoji */
  react(message, emoji) {
    this.close();
    const { client, user } = this.chat;
    const isMine = message.reactions.some((one) => one.emoji === emoji && one.user_ids.includes(user));
    return this.chat.attempt(async () => this.room.reading.learn([await client.react(this.room.id, message.id, emoji, !isMine)]));
  }

  /** @param {string} text */
  copy(text) {
    return this.chat.attempt(() => navigator.clipboard.writeText(text));
  }

  /** Send again what failed, or give it up. @param {string} name @param {import("../../sync/outbox.js").Entry} entry */
  settle(name, { client_id, fields, error }) {
    if (!error || (name !== "retry" && name !== "discard")) return;
    const { client } = this.chat;
    const { body, ...rest } = fields;
    client.discard(this.room.id, client_id);
    if (name === "retry") client.send(this.room.id, body, rest).catch(() => {});
  }

  // -- What is open -----------------------------------------------------------------------------------------
  close() {
    const key = this.popup?.key;
    this.popup = null;
    if (key) this.rowElement(key)?.focus({ preventScroll: true });
  }

  endDialog() {
    const id = this.asked?.message.id;
    this.asked = null;
    /** @type {HTMLElement | null} */ (this.querySelector(`[data-id="${CSS.escape(id ?? "")}"]`))?.focus({ preventScroll: true });
  }

  /** @param {ToggleEvent} event */
  onToggle(event) {
    if (event.newState === "closed" && this.popup) this.close();
  }

  /** @param {MouseEvent} event */
  onMenu(event) {
    const name = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[role=menuitem]"))?.dataset.do;
    const key = this.popup?.key;
    if (!name || !key) return;
    this.close();
    this.act(name, key);
  }

  /** @param {KeyboardEvent} event */
  onMenuKey(event) {
    const items = /** @type {HTMLElement[]} */ ([...this.querySelectorAll(".popup [role=menuitem]")]);
    if (!items.length) return;
    const at = items.indexOf(/** @type {HTMLElement} */ (event.target));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    items.at(to % items.length)?.focus();
  }
}

/** @param {Event} event @returns {string | null} the row it happened in */
function keyOf(event) {
  const row = /** @type {Element} */ (event.target).closest("[data-key]");
  return /** @type {HTMLElement | null} */ (row)?.dataset.key ?? null;
}

/** @param {import("./timeline.js").Row} row */
const isMessage = (row) => row.type === "message" || row.type === "pending";
