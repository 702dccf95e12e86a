// What all parts of the chat know: the client, the rooms, which one is open, and what went wrong.

import { ChatClient, Refused } from "../client.js";
import { request } from "../sync/effects.js";
import { gettext, interpolate } from "./i18n.js";
import { RoomState } from "./room-state.js";
import { titleOf } from "./rooms/describe.js";
import { RoomList } from "./rooms/room-list.js";
import { Preferences } from "./shell/preferences.js";

/**
 * Events: `change` (something to be shown is different, at most once a frame), `frame` (one of the socket's),
 * `opened` (another room, or none, is shown), `signedout`.
 */
export class Chat extends EventTarget {
  /** @param {import("../client.js").Options & {user: string, mayCreateRooms?: boolean, page?: string}} options `page` as of the element */
  constructor({ mayCreateRooms = false, page = "", ...options }) {
    super();
    this.user = options.user;
    this.page = page;
    this.mayCreateRooms = mayCreateRooms;
    // It holds the rooms that are looked at, hears of all, and sends what was left unsent.
    this.client = new ChatClient({ rooms: [], storage: globalThis.localStorage, ...options });
    this.rooms = new RoomList(this);
    this.preferences = new Preferences(this.user);
    /** @type {Map<string, RoomState>} */
    this.states = new Map();
    /** The room that is shown. @type {RoomState | null} */
    this.room = null;
    /** Who was told to have gone, since REST said otherwise. @type {Set<string>} */
    this.offline = new Set();
    /** The room that the user is leaving, or deleting. @type {string | null} */
    this.departing = null;
    /** The images that are shown large, and which of them. @type {{images: any[], index: number} | null} */
    this.lightbox = null;
    /** What the user has to know. */
    this.notice = "";
    /** What an attempt failed of. */
    this.failure = "";
    /** The dialog that is open, by its name. @type {string | null} */
    this.dialog = null;
    /** What the dialog "confirm" asks. @type {import("./shell/confirm.js").Question | null} */
    this.question = null;
    /** Whether the server has let this user in, since the page was loaded. */
    this.wasReady = false;
    this.isTelling = false;
    /** @type {Promise<any>} */
    this.turn = Promise.resolve();
    this.stopping = new AbortController();
  }

  start() {
    const { signal } = this.stopping;
    for (const event of ["change", "status"]) this.client.addEventListener(event, () => this.tell(), { signal });
    this.client.addEventListener("frame", (/** @type {any} */ { detail }) => this.take(detail), { signal });
    this.client.addEventListener("rejected", (/** @type {any} */ { detail }) => this.reject(detail), { signal });
    this.client.addEventListener("removed", (/** @type {any} */ { detail }) => this.lose(detail.room_id), { signal });
    this.client.addEventListener("signedout", () => this.dispatchEvent(new CustomEvent("signedout")), { signal });
    for (const event of ["online", "offline"]) globalThis.addEventListener(event, () => this.tell(), { signal });
    this.client.start();
  }

  stop() {
    this.stopping.abort();
    this.rooms.refresher.stop();
    this.client.stop();
  }

  /** @returns {"offline" | import("../sync/session.js").Status} */
  get status() {
    return navigator.onLine ? this.client.status : "offline";
  }

  /** How many messages wait to be sent, in all rooms; those that were refused do not. */
  get queued() {
    const entries = [...this.client.session.replicas.values()].flatMap((replica) => replica.outbox.entries);
    return entries.filter((entry) => entry.error === null).length;
  }

  /** Whether somebody is there: as told since the socket opened, or as REST said before. @param {{id?: string, user_id?: string, is_online?: boolean} | null} person */
  isOnline(person) {
    if (!person) return false;
    const id = person.user_id ?? person.id ?? "";
    return this.client.session.online.has(id) || (Boolean(person.is_online) && !this.offline.has(id));
  }

  // -- Rooms ------------------------------------------------------------------------------------------------
  /** Show a room, or none. @param {string | null} roomId */
  async open(roomId) {
    if (roomId === (this.room?.id ?? null)) return;
    this.room?.close();
    this.room = roomId === null ? null : this.state(roomId);
    this.dispatchEvent(new CustomEvent("opened", { detail: roomId }));
    this.tell();
    await this.room?.open();
  }

  /** What is known of a room and of how it is looked at. @param {string} roomId */
  state(roomId) {
    let state = this.states.get(roomId);
    if (!state) this.states.set(roomId, (state = new RoomState(this, roomId)));
    return state;
  }

  /** Go to a room that an answer of REST has brought. @param {any} room */
  enter(room) {
    this.rooms.put(room);
    this.show(null);
    return this.open(room.id);
  }

  /** Go to the one chat with somebody. @param {string} userId */
  async openDirect(userId) {
    return this.enter(await this.client.request("POST", `direct/${userId}/`));
  }

  /** Leave a room, by `work`. @param {string} roomId @param {() => Promise<any>} work */
  async depart(roomId, work) {
    this.departing = roomId;
    try {
      await work();
      this.lose(roomId);
    } finally {
      this.departing = null;
    }
  }

  /** The user is no longer let into a room, or never was. @param {string} roomId */
  lose(roomId) {
    const room = this.rooms.get(roomId);
    const isOpen = this.room?.id === roomId;
    this.states.delete(roomId);
    this.rooms.drop(roomId);
    if (!isOpen) return;
    this.open(null);
    if (this.departing === roomId) return;
    const gone = interpolate(gettext("%(room)s is no longer open to you."), { room: titleOf(room) });
    if (!room) this.say(gettext("This room does not exist, or it is not open to you."));
    // What was not sent there may have been told just now.
    else this.say(`${gone} ${this.notice}`.trim());
  }

  /** @param {any} frame */
  take(frame) {
    if (frame.type === "presence") this.notePresence(frame);
    else if (frame.type === "ready") {
      this.wasReady = true;
      this.offline.clear();
    }
    this.rooms.take(frame);
    for (const state of this.states.values()) state.take(frame);
    this.dispatchEvent(new CustomEvent("frame", { detail: frame }));
  }

  /** @param {{user_id: string, is_online: boolean}} frame */
  notePresence({ user_id, is_online }) {
    if (is_online) this.offline.delete(user_id);
    else this.offline.add(user_id);
    this.tell();
  }

  /** Show images large. @param {any[]} images @param {number} index which of them first */
  enlarge(images, index) {
    this.lightbox = { images, index };
    this.tell();
  }

  // -- What goes wrong --------------------------------------------------------------------------------------
  /** Do what may be refused, and say so. @template T @param {() => Promise<T>} work @returns {Promise<T | undefined>} */
  async attempt(work) {
    try {
      const done = await work();
      // Another notice is none of ours.
      if (this.notice === this.failure) this.say("");
      return done;
    } catch (error) {
      this.say((this.failure = /** @type {Error} */ (error).message));
      return undefined;
    }
  }

  /** What may not be done twice: without an answer, nobody knows, and nothing is tried again. @param {string} method @param {string} path @param {any} [body] */
  async askOnce(method, path, body = null) {
    const { status, body: answer } = await this.client.perform(request("write", null, 0, method, path, body));
    if (status === null || status >= 400) throw new Refused(status ?? 0, answer?.errors ?? []);
    return answer;
  }

  /** Do what has time, such as the receipts of many rooms, when what came before is done. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  inTurn(work) {
    const done = this.turn.then(work);
    this.turn = done.catch(() => {});
    return done;
  }

  /** A message will never be sent. In the open room it is shown where it stands, unless the room is gone. @param {{room_id: string, errors: any[]}} rejection */
  reject({ room_id, errors }) {
    this.tell();
    const isGone = errors.some((error) => error.code === "removed");
    if (room_id === this.room?.id && !isGone) return;
    const room = titleOf(this.rooms.get(room_id));
    this.say([interpolate(gettext("A message in %(room)s was not sent."), { room }), ...errors.map((error) => error.detail)].join(" ").trim());
  }

  /** Open a dialog by its name, or none. @param {string | null} dialog */
  show(dialog) {
    this.dialog = dialog;
    this.tell();
  }

  /** Ask before something is done that cannot be undone. @param {import("./shell/confirm.js").Question} question */
  confirm(question) {
    this.question = question;
    this.show("confirm");
  }

  /** @param {string} notice */
  say(notice) {
    this.notice = notice;
    this.tell();
  }

  /** Draw anew, once for all that changes before the next frame; a page that nobody sees is drawn as well. */
  tell() {
    if (this.isTelling) return;
    this.isTelling = true;
    const draw = () => {
      this.isTelling = false;
      this.dispatchEvent(new CustomEvent("change"));
    };
    if (document.hidden) setTimeout(draw, 100);
    else requestAnimationFrame(draw);
  }
}
