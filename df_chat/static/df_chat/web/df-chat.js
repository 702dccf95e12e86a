// The elements that a page uses: <df-chat>, the whole messenger, and <df-chat-room room="...">, one room.

import { html, keyed, LitElement, nothing } from "../vendor/lit.js";
import "./attachments/lightbox.js";
import { Chat } from "./chat.js";
import { gettext, speak } from "./i18n.js";
import { isFresh } from "../transport/page.js";
import { given } from "./part.js";
import "./room-pane.js";
import "./rooms/members.js";
import "./rooms/new-dialog.js";
import "./rooms/rooms-pane.js";
import "./rooms/settings.js";
import "./shell/confirm.js";
import "./shell/help.js";
import "./shell/preferences-dialog.js";
import { Shell } from "./shell/shell.js";
import "./shell/status.js";
import { tellWhole } from "./times.js";

// A page where somebody has just logged out is on its way elsewhere: to load it again would hold it back.
const SETTLING_MS = 1_000;
const LEAVING_MS = 10_000;
// How long the messages that came with the page may wait for those of the chat.
const PATIENCE_MS = 3_000;

/**
 * What both elements are configured with; the template tags write these attributes. With `data-wait`, nothing happens
 * before `start()`. `df-chat-signedout` tells that the session has ended; prevented, the page is not loaded again.
 */
class ChatElement extends LitElement {
  static properties = {
    api: { attribute: "data-api" },
    socket: { attribute: "data-socket" },
    user: { attribute: "data-user" },
    /** The words of the page's language: a JSON object. */
    words: { attribute: "data-words", type: Object },
    /** Where a room's page is below, for links and the address bar; without it, the address stays. */
    page: { attribute: "data-page" },
    /** Address of df-chat.css, where it is not beside the script and nothing in the element tells. */
    sheet: { attribute: "data-sheet" },
    mayCreateRooms: { attribute: "data-may-create-rooms", type: Boolean },
    roomId: { attribute: "room" },
  };

  constructor() {
    super();
    /** @type {string} */
    this.api = given;
    /** @type {string} */
    this.socket = given;
    /** @type {string} */
    this.user = given;
    /** @type {Record<string, string>} */
    this.words = given;
    /** @type {string} */
    this.page = given;
    /** @type {string} */
    this.sheet = given;
    this.mayCreateRooms = false;
    /** @type {string | null} */
    this.roomId = null;
    /** When the page was last about to be left. */
    this.left = 0;
    /** The newest messages as they came with the page, until the chat is drawn. @type {Element | null} */
    this.firstView = null;
    /** The room that they are of. @type {string | null} */
    this.firstRoom = null;
    /** Whether the chat may still take its time. */
    this.isPatient = true;
    /** The sheet on its way. @type {Promise<unknown> | null} */
    this.styling = null;
  }

  /** Asked for each request and socket where no session signs in; set before `start()`. @type {import("../transport/connection.js").Authorization | null} */
  authorization = null;
  /** What is shown, by `start()`. @type {Chat | null} */
  chat = null;

  createRenderRoot() {
    const isDeclared = this.shadowRoot !== null;
    const root = /** @type {ShadowRoot} */ (super.createRenderRoot());
    root.addEventListener("pointerover", tellWhole);
    // What a script puts into a page has its shadow root still to come, and so has a copy.
    const template = /** @type {HTMLTemplateElement | null} */ (this.querySelector(":scope > template"));
    if (!isDeclared && template) root.append(template.content.cloneNode(true));
    if (!root.querySelector("link")) root.append(this.link());
    if (!isDeclared) this.styling = settled(/** @type {HTMLLinkElement} */ (root.querySelector("link")));
    this.firstView = root.querySelector(".first-view");
    this.firstRoom = this.roomId;
    return root;
  }

  link() {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = this.sheet || new URL("df-chat.css", import.meta.url).href;
    return link;
  }

  /** Nothing is drawn without its sheet. */
  async scheduleUpdate() {
    if (this.styling) await this.styling;
    super.scheduleUpdate();
  }

  connectedCallback() {
    super.connectedCallback();
    if (this.hasAttribute("data-wait")) return;
    if (this.firstView) this.startLater();
    else this.start();
  }

  /** Start when what came with the page is on the screen, and leave it there until the chat can take its place. */
  async startLater() {
    // No frame is drawn of a page that nobody looks at.
    if (!document.hidden) await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    if (this.isConnected && !this.chat) this.start();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.stop();
    // It was not drawn: elsewhere in the page, it begins again.
    if (this.firstView) this.chat = null;
  }

  /** Connect, and stay connected. */
  start() {
    this.stop();
    speak(this.words ?? {});
    const { api, socket, user, mayCreateRooms, page, authorization } = this;
    const { csrf } = this.dataset;
    const answers = this.takeAnswers();
    this.chat = new Chat({ answers, api, socket, user, mayCreateRooms, page, authorization, ...(csrf && { csrfToken: () => csrf }) });
    this.chat.addEventListener("change", () => this.requestUpdate());
    this.chat.addEventListener("signedout", () => this.leave());
    addEventListener("beforeunload", () => (this.left = Date.now()), { signal: this.chat.stopping.signal });
    this.chat.start();
    this.begin(this.chat);
    if (this.firstView) setTimeout(() => this.hurry(), PATIENCE_MS);
    this.requestUpdate();
  }

  /** The answers of REST that came with the page, once. A page that the browser has kept is as old as they are. @returns {Record<string, any>} */
  takeAnswers() {
    const script = this.querySelector(":scope > script[type='application/json']");
    script?.remove();
    return script && isFresh() ? JSON.parse(script.textContent ?? "") : {};
  }

  /** What the element does with a chat that has begun. @param {Chat} chat */
  begin(chat) {}

  /** @param {Chat} chat @returns {unknown} */
  draw(chat) {
    return nothing;
  }

  /** Disconnect. What is shown stays. */
  stop() {
    this.chat?.stop();
  }

  /** The page, loaded again, says how one signs in. One that never was signed in would be loaded over and over. */
  leave() {
    const told = new CustomEvent("df-chat-signedout", { bubbles: true, composed: true, cancelable: true });
    if (!this.dispatchEvent(told) || this.authorization) return;
    if (!this.chat?.wasReady) return this.chat?.say(gettext("You are not signed in."));
    // What is still planned would be refused.
    this.stop();
    setTimeout(() => this.reload(), SETTLING_MS);
  }

  reload() {
    if (Date.now() - this.left < LEAVING_MS) setTimeout(() => this.reload(), LEAVING_MS);
    else globalThis.location.reload();
  }

  /** @param {Map<string, unknown>} changed */
  updated(changed) {
    if (changed.has("roomId")) this.chat?.open(this.roomId || null);
    if (!this.chat || this.isReadFirst(this.chat)) return;
    this.firstView?.remove();
    this.firstView = null;
  }

  hurry() {
    this.isPatient = false;
    this.requestUpdate();
  }

  /** Whether what came with the page is still what there is to read. @param {Chat} chat */
  isReadFirst({ room, notice }) {
    return this.firstView !== null && this.isPatient && room?.id === this.firstRoom && !room?.isLoaded && !notice;
  }

  render() {
    const { chat } = this;
    // Another chat is drawn by other parts.
    return chat && !this.isReadFirst(chat) ? keyed(chat, this.draw(chat)) : nothing;
  }
}

/** @param {HTMLLinkElement} link @returns {Promise<unknown>} */
const settled = (link) => new Promise((done) => (link.onload = link.onerror = done));

export class DfChat extends ChatElement {
  /** @param {Chat} chat */
  begin(chat) {
    chat.rooms.load();
    if (this.roomId) chat.open(this.roomId);
    new Shell(chat, this).start();
  }

  /** @param {Chat} chat */
  draw(chat) {
    return html`<div part="chat" class=${chat.room ? "chat has-room" : "chat"}>
      <df-chat-notice .chat=${chat}></df-chat-notice>
      <df-chat-rooms .chat=${chat}></df-chat-rooms>
      ${chat.room ? html`<df-chat-room-pane .chat=${chat} .room=${chat.room} .canGoBack=${true}></df-chat-room-pane>` : html`<section class="no-room" aria-label=${gettext("Room")}><p>${gettext("Choose a chat, or start one.")}</p></section>`}
      <df-chat-status .chat=${chat}></df-chat-status>
      <df-chat-new .chat=${chat}></df-chat-new>
      <df-chat-help .chat=${chat}></df-chat-help>
      <df-chat-preferences .chat=${chat}></df-chat-preferences>
      <df-chat-confirm .chat=${chat}></df-chat-confirm>
      <df-chat-lightbox .chat=${chat}></df-chat-lightbox>
    </div>`;
  }
}

export class DfChatRoom extends ChatElement {
  /** @param {Chat} chat */
  begin(chat) {
    chat.open(this.roomId || null);
  }

  /** @param {Chat} chat */
  draw(chat) {
    return html`<div part="chat" class="chat one-room">
      <df-chat-notice .chat=${chat}></df-chat-notice>
      ${chat.room ? html`<df-chat-room-pane .chat=${chat} .room=${chat.room} .canGoBack=${false}></df-chat-room-pane>` : nothing}
      <df-chat-status .chat=${chat}></df-chat-status>
      <df-chat-confirm .chat=${chat}></df-chat-confirm>
      <df-chat-lightbox .chat=${chat}></df-chat-lightbox>
    </div>`;
  }
}

customElements.define("df-chat", DfChat);
customElements.define("df-chat-room", DfChatRoom);
