// The open room in the address bar: `page` + id + "/"; and the message that a link to one names: "#message-" + id.

const ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const ROOM = new RegExp(`^(${ID})/?$`, "i");
const MESSAGE = new RegExp(`^#message-(${ID})$`, "i");

/** The room that an address names. @param {string} page @param {string} path @returns {string | null} */
export function roomIn(page, path) {
  if (!path.startsWith(page)) return null;
  const [, id] = path.slice(page.length).match(ROOM) ?? [];
  return id?.toLowerCase() ?? null;
}

/** The message that an address names. @param {string} hash @returns {string | null} */
export const messageIn = (hash) => hash.match(MESSAGE)?.[1].toLowerCase() ?? null;

/** Where a message is to be found. @param {string} page @param {string} roomId @param {string} messageId */
export const linkTo = (page, roomId, messageId) => new URL(`${page}${roomId}/#message-${messageId}`, globalThis.location.href).href;

export class AddressBar {
  /** @param {import("../chat.js").Chat} chat @param {string} page the path of the list @param {Pick<Window, "location" | "history" | "addEventListener">} [window] */
  constructor(chat, page, window = globalThis.window) {
    this.chat = chat;
    this.page = page;
    this.window = window;
    /** The room that the address names. @type {string | null} */
    this.shown = null;
  }

  /** @param {AbortSignal} signal */
  start(signal) {
    this.shown = this.chat.room?.id ?? null;
    this.chat.addEventListener("opened", (/** @type {any} */ { detail }) => this.write(detail), { signal });
    if (!this.shown) this.read();
    else this.follow();
    this.window.addEventListener("popstate", () => this.read(), { signal });
  }

  read() {
    const { pathname } = this.window.location;
    if (!pathname.startsWith(this.page)) return;
    this.shown = roomIn(this.page, pathname);
    this.chat.open(this.shown);
    this.follow();
  }

  follow() {
    const id = messageIn(this.window.location.hash);
    if (id) this.chat.room?.reading.follow(id);
  }

  /** @param {string | null} roomId */
  write(roomId) {
    const { history, location } = this.window;
    const path = roomId === null ? this.page : `${this.page}${roomId}/`;
    // A room that is gone is nothing to go back to.
    const isGone = this.shown !== null && !this.chat.states.has(this.shown);
    this.shown = roomId;
    if (location.pathname === path) return;
    if (isGone) history.replaceState(null, "", path);
    else history.pushState(null, "", path);
  }
}
