// What the whole messenger does beyond drawing: keys, the address bar, notifications, receipts, and the title.

import { gettext } from "../i18n.js";
import { Receiver } from "../messages/receiver.js";
import { titleOf } from "../rooms/describe.js";
import { AddressBar } from "./address.js";
import { commandOf, isTyping, neighbour } from "./keys.js";
import { Notifier } from "./notifier.js";
import { TitleBadge } from "./title.js";

export class Shell {
  /** @param {import("../chat.js").Chat} chat @param {LitElementLike} element `<df-chat>` */
  constructor(chat, element) {
    this.chat = chat;
    this.element = element;
    this.title = new TitleBadge();
    /** The room that the page came with, which its title names. @type {string | null} */
    this.named = null;
    this.was = chat.room;
  }

  start() {
    const { chat } = this;
    const { signal } = chat.stopping;
    if (chat.page) new AddressBar(chat, chat.page).start(signal);
    new Notifier(chat).start(signal);
    new Receiver(chat).start(signal);
    signal.addEventListener("abort", () => this.title.stop());
    chat.addEventListener("change", () => this.entitle(), { signal });
    chat.addEventListener("opened", () => this.keepFocus(), { signal });
    document.addEventListener("keydown", (event) => this.onKey(event), { signal });
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.defaultPrevented || this.chat.dialog) return;
    const command = commandOf(event, isTyping(/** @type {Element} */ (event.composedPath()[0])));
    // A page around the chat may have a use for these keys.
    const isOurs = event.composedPath().includes(this.element) || document.activeElement === document.body;
    if (!command || !isOurs) return;
    event.preventDefault();
    if (command === "help") this.chat.show("help");
    else if (command === "search") this.focusSearch();
    else this.step(command === "below" ? 1 : -1);
  }

  /** Say in the title what is unread; and where the page was called after its room, which one is open. */
  entitle() {
    const { chat, title } = this;
    const summary = chat.room?.summary;
    const name = chat.room ? summary && titleOf(summary) : gettext("Chats");
    if (chat.page && this.element.hasAttribute("room") && name) {
      if (this.named === null || title.rename(this.named, name)) this.named = name;
    }
    // What is unread further down is not known.
    title.show(chat.preferences.all.badge ? chat.rooms.unreadSum : 0, chat.rooms.next !== null);
  }

  /** Where the list gives way to the room, or the room to the list, the focus goes along. */
  async keepFocus() {
    const before = this.was?.id;
    this.was = this.chat.room;
    await this.element.updateComplete;
    requestAnimationFrame(() => {
      const root = /** @type {ShadowRoot} */ (this.element.renderRoot);
      const active = /** @type {HTMLElement | null} */ (root.activeElement);
      if (active?.checkVisibility() || document.activeElement !== document.body && document.activeElement !== this.element) return;
      if (this.chat.room) /** @type {HTMLElement | null} */ (root.querySelector("[role=log]"))?.focus({ preventScroll: true });
      else if (before) this.pane.focusRoom(before);
    });
  }

  /** @returns {any} */
  get pane() {
    return this.element.renderRoot.querySelector("df-chat-rooms");
  }

  async focusSearch() {
    // A narrow chat shows the room, or the list.
    if (this.pane.offsetParent === null) await this.chat.open(null);
    await this.element.updateComplete;
    this.pane.focusSearch();
  }

  /** @param {number} by */
  step(by) {
    const id = neighbour(this.pane.shown, this.chat.room?.id ?? null, by);
    if (id) this.chat.open(id);
  }
}

/** @typedef {HTMLElement & {renderRoot: ParentNode, updateComplete: Promise<unknown>}} LitElementLike */
