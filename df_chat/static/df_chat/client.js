// The chat's client: a user's replica of the rooms, kept up to date through whatever the network does. No UI.
//
// The rules are in sync/, which knows neither network nor clock; this puts them on one WebSocket and REST.

import { backoff, ownerOf, request } from "./sync/effects.js";
import { Session } from "./sync/session.js";
import { Connection, SIGNED_OUT } from "./transport/connection.js";
import { Keep } from "./transport/keep.js";
import { csrfTokenOfPage, newId, socketAddress } from "./transport/page.js";
import { ATTEMPTS, isPassing, Refused, Rest } from "./transport/rest.js";
import { Uploads } from "./transport/upload.js";

export { Refused };

/** @typedef {import("./sync/effects.js").Effect} Effect */
/** @typedef {import("./sync/effects.js").Request} Request */

const SELF_CHECK_MS = 60_000;

/**
 * @typedef {object} Options
 * @property {string} [api] address of the REST API
 * @property {string} [socket] address of the WebSocket
 * @property {string[] | null} [rooms] keys of the rooms to hold; null for all of the user
 * @property {import("./transport/keep.js").WebStorage | null} [storage] where the outbox outlives the page, as `localStorage`
 * @property {string} [user] key of the user that this is for; needed with `storage`, which holds their outbox. Where
 *   somebody else is signed in, nobody is
 * @property {() => string} [csrfToken]
 * @property {import("./transport/connection.js").Authorization | null} [authorization] asked before each request and for
 *   each socket, where no session signs in: "Bearer ...", "Token ..."
 * @property {Record<string, string>} [headers] for REST
 * @property {Record<string, any>} [answers] of REST, by path below `api`, that came with the page; each is taken once
 * @property {typeof globalThis.fetch} [fetch]
 * @property {typeof globalThis.WebSocket} [WebSocket]
 * @property {typeof globalThis.XMLHttpRequest} [XMLHttpRequest] for uploads
 * @property {() => number} [random] as `Math.random`
 */

/**
 * Events: `change` (something held is different), `status` (`detail` is "connecting", "syncing" or "up_to_date"),
 * `frame` (`detail` is a frame of the socket), `rejected` (`detail` is `{room_id, client_id, status, errors}`), `removed`
 * (`detail` is `{room_id}`), `signedout`.
 */
export class ChatClient extends EventTarget {
  /** @param {Options} [options] */
  constructor({
    api = "/api/v1/chat/",
    socket = "/api/v1/chat/ws/",
    rooms = null,
    storage = null,
    user = "",
    csrfToken = csrfTokenOfPage,
    authorization = null,
    headers = {},
    answers = {},
    fetch = globalThis.fetch.bind(globalThis),
    WebSocket = globalThis.WebSocket,
    XMLHttpRequest = globalThis.XMLHttpRequest,
    random = Math.random,
  } = {}) {
    super();
    this.rooms = rooms;
    this.user = user;
    this.random = random;
    this.session = new Session(rooms);
    this.keep = storage && new Keep(storage, user);
    this.rest = new Rest(api, { fetch, csrfToken, headers, authorization, answers });
    this.uploads = new Uploads(this, XMLHttpRequest);
    this.connection = new Connection(socketAddress(socket), {
      WebSocket,
      csrfToken,
      authorization,
      random,
      onFrame: (frame) => this.take(frame),
      onDown: () => this.lose(),
      onSignedOut: () => this.tell("signedout"),
    });
    this.status = this.session.status;
    /** @type {Map<string, ReturnType<typeof setTimeout>>} */
    this.timers = new Map();
    /** @type {Map<string, {resolve: (message: any) => void, reject: (error: Error) => void}>} */
    this.sends = new Map();
    this.isTelling = false;
    this.stopping = new AbortController();
  }

  /** Take up what was kept, connect, and stay connected. */
  start() {
    for (const [roomId, { entries, draft }] of this.keep?.read() ?? []) {
      this.apply(this.session.restore(roomId, entries, draft, Date.now() / 1000));
    }
    for (const roomId of this.rooms ?? []) this.apply(this.session.watch(roomId));
    this.connection.open();
    const { signal } = this.stopping;
    globalThis.addEventListener?.("online", () => this.wake(), { signal });
    globalThis.document?.addEventListener("visibilitychange", () => document.hidden || this.wake(), { signal });
    globalThis.document?.addEventListener("resume", () => this.wake(), { signal });
    this.checkNowAndThen();
  }

  /** Close the connection, and give up what is under way; what is kept stays. */
  stop() {
    this.stopping.abort();
    clearTimeout(this.checking);
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.connection.close();
    this.session.disconnected();
  }

  /** Something may have been missed, or the network is back: compare with the server, and try again what waits. */
  wake() {
    this.connection.nudge();
    this.apply(this.session.wake());
  }

  // -- Looking ----------------------------------------------------------------------------------------------
  /** The replica of a room; undefined where none is held. @param {string} roomId */
  room(roomId) {
    return this.session.replicas.get(`room:${roomId}`);
  }

  /** A room's messages by `seq`; with `deleted`, tombstones too. @param {string} roomId @param {{deleted?: boolean}} [options] @returns {any[]} */
  messages(roomId, options) {
    return this.room(roomId)?.objects.messages(options) ?? [];
  }

  /** What is yet to be sent to a room, to be shown below its messages. @param {string} roomId */
  pending(roomId) {
    return this.room(roomId)?.pending() ?? [];
  }

  // -- The user's doing -------------------------------------------------------------------------------------
  /**
   * Send a message, however often the connection breaks.
   * @param {string} roomId @param {string} body @param {any} [fields] those of REST, such as `parent_id`
   * @returns {Promise<any>} its state, once it is in the room; rejected with `Refused` if it never will be
   */
  send(roomId, body, fields = {}) {
    const client_id = newId();
    const sent = new Promise((resolve, reject) => this.sends.set(client_id, { resolve, reject }));
    this.apply(this.session.send(roomId, client_id, { body, ...fields }, Date.now() / 1000));
    return sent;
  }

  /**
   * Upload an image or a file, to be sent by its id in `image_ids` or `file_ids`. Without a connection it waits for one.
   * @param {File} file @param {import("./transport/upload.js").UploadOptions} [options]
   * @returns {Promise<any>} its state; rejected with `Refused`, or with the signal's reason
   */
  upload(file, options = {}) {
    return this.uploads.upload(file, options);
  }

  /** Drop a message that failed for good. @param {string} roomId @param {string} clientId */
  discard(roomId, clientId) {
    this.apply(this.session.discard(roomId, clientId));
  }

  /** Keep what is written and not yet sent. @param {string} roomId @param {string} text */
  writeDraft(roomId, text) {
    this.apply(this.session.writeDraft(roomId, text));
  }

  /** @param {string} roomId @param {string} messageId @param {string} body @param {any} [fields] those of REST, such as `mention_ids` */
  edit(roomId, messageId, body, fields = {}) {
    return this.ask(this.session.write(roomId, "PATCH", `${messageId}/`, { body, ...fields }));
  }

  /** @param {string} roomId @param {string} messageId */
  delete(roomId, messageId) {
    return this.ask(this.session.write(roomId, "DELETE", `${messageId}/`));
  }

  /** @param {string} roomId @param {string} messageId @param {string} emoji @param {boolean} [on] */
  react(roomId, messageId, emoji, on = true) {
    return this.ask(this.session.write(roomId, "POST", `${messageId}/react/`, { emoji, on }));
  }

  /** @param {string} roomId @param {number} upTo */
  markSeen(roomId, upTo) {
    return this.ask(this.session.write(roomId, "POST", "seen/", { up_to: upTo }));
  }

  /** @param {string} roomId @param {number} upTo */
  markReceived(roomId, upTo) {
    return this.ask(this.session.write(roomId, "POST", "received/", { up_to: upTo }));
  }

  /** @param {string} roomId */
  async join(roomId) {
    const room = await this.request("POST", `rooms/${roomId}/join/`);
    this.apply(this.session.hold(roomId));
    return room;
  }

  /** @param {string} roomId */
  leave(roomId) {
    return this.request("POST", `rooms/${roomId}/leave/`);
  }

  /** Tell the others, if there is a connection. @param {string} roomId @param {boolean} [isTyping] */
  typing(roomId, isTyping = true) {
    this.connection.say({ action: "typing", room_id: roomId, is_typing: isTyping });
  }

  /** Hold one more room, such as a public one that is only read. @param {string} roomId @returns {Promise<void>} */
  async watch(roomId) {
    await Promise.all(this.apply(this.session.watch(roomId)));
  }

  /** Load the page of messages above those held. @param {string} roomId @returns {Promise<void>} */
  async older(roomId) {
    await Promise.all(this.apply(this.session.older(roomId)));
  }

  /**
   * Any other request of the API that may be repeated.
   * @param {string} method @param {string} path below the root of the API @param {any} [body]
   * @returns {Promise<any>} the decoded answer; rejected with `Refused`
   */
  request(method, path, body = null) {
    return this.ask(request("write", null, 0, method, path, body));
  }

  /** Ask until there is an answer, or the attempts are used up. @param {Request} asked @returns {Promise<any>} */
  async ask(asked) {
    for (let attempt = 1; ; attempt++) {
      const { status, body, retryAfter } = await this.perform(asked);
      if (status !== null && status < 400) return body;
      if (!isPassing(status) || attempt === ATTEMPTS) throw new Refused(status ?? 0, body?.errors ?? []);
      const seconds = (retryAfter ?? 0) + this.random() * backoff(attempt);
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    }
  }

  // -- Effects ----------------------------------------------------------------------------------------------
  /** Do what the session asks for. @param {Effect[]} effects @returns {Promise<any>[]} the requests begun */
  apply(effects) {
    const requests = [];
    for (const effect of effects) {
      if (effect.effect === "request") requests.push(this.perform(effect));
      else if (effect.effect === "wait") this.wait(effect);
      else if (effect.effect === "store") this.store(effect.stream);
      else if (effect.effect === "acked") this.settle(effect.client_id, (send) => send.resolve(effect.message));
      else if (effect.effect === "rejected") this.reject(effect);
      else this.forget(effect.stream);
    }
    this.tellLater();
    return requests;
  }

  /** Ask, tell the session what came of it, and do what it says then. @param {Request} asked */
  async perform(asked) {
    const outcome = await this.rest.ask(asked);
    if (!this.stopping.signal.aborted) this.apply(this.session.done(asked, outcome.status, outcome.body, outcome.retryAfter));
    return outcome;
  }

  /** @param {import("./sync/effects.js").Wait} wait */
  wait({ timer, stream, low, high }) {
    const key = `${timer} ${stream}`;
    clearTimeout(this.timers.get(key));
    const elapse = () => this.apply(this.session.elapsed(timer, stream));
    this.timers.set(key, setTimeout(elapse, (low + this.random() * (high - low)) * 1000));
  }

  /** @param {string} stream */
  store(stream) {
    const replica = this.session.replicas.get(stream);
    if (replica) this.keep?.write(replica);
  }

  /** @param {string} clientId @param {(send: {resolve: Function, reject: Function}) => void} how */
  settle(clientId, how) {
    const send = this.sends.get(clientId);
    this.sends.delete(clientId);
    if (send) how(send);
  }

  /** @param {import("./sync/effects.js").Rejected} effect */
  reject({ stream, client_id, status, errors }) {
    this.settle(client_id, (send) => send.reject(new Refused(status, errors)));
    this.tell("rejected", { room_id: ownerOf(stream), client_id, status, errors });
  }

  /** @param {string} stream */
  forget(stream) {
    this.keep?.purge(stream);
    this.tell("removed", { room_id: ownerOf(stream) });
  }

  // -- What goes on by itself -------------------------------------------------------------------------------
  /** @param {any} frame */
  take(frame) {
    // Somebody else has signed in meanwhile: what is held and kept is not theirs.
    if (frame.type === "ready" && this.user && frame.user_id !== this.user) return this.connection.lose(SIGNED_OUT);
    this.apply(this.session.receive(frame));
    this.tell("frame", frame);
  }

  lose() {
    this.session.disconnected();
    this.tellLater();
  }

  checkNowAndThen() {
    this.checking = setTimeout(() => {
      this.apply(this.session.check());
      this.checkNowAndThen();
    }, SELF_CHECK_MS * (0.75 + this.random() / 2));
  }

  /** Tell of changes once for all that come together. */
  tellLater() {
    if (this.isTelling) return;
    this.isTelling = true;
    queueMicrotask(() => {
      this.isTelling = false;
      if (this.status !== this.session.status) {
        this.status = this.session.status;
        this.tell("status", this.status);
      }
      this.tell("change");
    });
  }

  /** @param {string} type @param {any} [detail] */
  tell(type, detail = null) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
