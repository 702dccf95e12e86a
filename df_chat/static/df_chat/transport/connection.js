// One WebSocket that comes back by itself.

import { backoff } from "../sync/effects.js";

// The server sends a heartbeat to a quiet socket every 25 s; one that is 45 s late is not coming.
const SILENCE_MS = 70_000;
export const SIGNED_OUT = 4401;
const SUBPROTOCOL = "df-chat";
// A socket that is lost is lost for reading too: it comes back sooner than a request is tried again.
const LONGEST_PAUSE_SECONDS = 10;

/** @typedef {() => string | null | Promise<string | null>} Authorization as the header of that name; null for nobody */

export class Connection {
  /**
   * @param {string} url
   * @param {{WebSocket: typeof globalThis.WebSocket, csrfToken: () => string, authorization: Authorization | null,
   *   random: () => number, onFrame: (frame: any) => void, onDown: () => void, onSignedOut: () => void}} options
   */
  constructor(url, { WebSocket, csrfToken, authorization, random, onFrame, onDown, onSignedOut }) {
    this.url = url;
    this.WebSocket = WebSocket;
    this.csrfToken = csrfToken;
    this.authorization = authorization;
    this.random = random;
    this.onFrame = onFrame;
    this.onDown = onDown;
    this.onSignedOut = onSignedOut;
    /** @type {WebSocket | null} */
    this.socket = null;
    this.failures = 0;
    /** @type {number | null} */
    this.comebackIn = null;
    this.hasHeartbeat = false;
  }

  open() {
    clearTimeout(this.timer);
    const socket = new this.WebSocket(this.url, this.subprotocols());
    this.socket = socket;
    this.hasHeartbeat = false;
    socket.onmessage = (event) => this.socket === socket && this.receive(event.data);
    socket.onclose = (event) => this.socket === socket && this.down(event.code);
  }

  /** A page's cookies count only beside the token that no other page can read. */
  subprotocols() {
    const token = this.authorization ? "" : this.csrfToken();
    return token ? [SUBPROTOCOL, `csrf.${token}`] : [SUBPROTOCOL];
  }

  /** The server asks who this is. */
  async authenticate() {
    const { socket } = this;
    let authorization, code = SIGNED_OUT;
    try {
      authorization = await this.authorization?.();
    } catch {
      code = 0; // it may well be the network again
    }
    if (this.socket !== socket) return;
    if (authorization) this.say({ action: "authenticate", authorization });
    else this.lose(code);
  }

  /** Connect now, if the next attempt is yet to come. */
  nudge() {
    if (this.socket === null) this.open();
  }

  close() {
    clearTimeout(this.timer);
    clearTimeout(this.silence);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  /** Send a command whose answer nobody waits for; without a connection, it is dropped. @param {any} command */
  say(command) {
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify({ ...command, request_id: null }));
  }

  /** @param {string} text */
  receive(text) {
    const content = JSON.parse(text);
    for (const frame of Array.isArray(content) ? content : [content]) {
      if (frame.type === "ready") this.failures = 0;
      else if (frame.type === "authenticate") this.authenticate();
      else if (frame.type === "heartbeat") this.hasHeartbeat = true;
      else if (frame.type === "going_away") this.comebackIn = frame.retry_in;
      this.onFrame(frame);
    }
    clearTimeout(this.silence);
    if (this.hasHeartbeat) this.silence = setTimeout(() => this.lose(), SILENCE_MS);
  }

  /** Give up a socket that is still open. @param {number} [code] as if it were closed so */
  lose(code = 0) {
    const socket = this.socket;
    this.down(code);
    socket?.close();
  }

  /** @param {number} code */
  down(code) {
    clearTimeout(this.silence);
    this.socket = null;
    this.onDown();
    if (code === SIGNED_OUT) this.onSignedOut();
    this.failures += 1;
    // The server names another pause for each socket: to spread them again would gather them at its beginning.
    const pause = this.comebackIn ?? this.random() * Math.min(backoff(this.failures), LONGEST_PAUSE_SECONDS);
    this.comebackIn = null;
    this.timer = setTimeout(() => this.open(), pause * 1000);
  }
}
