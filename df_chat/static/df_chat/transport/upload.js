// Images and files on their way to the server: by XMLHttpRequest, for `fetch` does not tell how far it has got.

import { backoff } from "../sync/effects.js";
import { ATTEMPTS, isPassing, NO_ANSWER, outcome, Refused } from "./rest.js";

/** @typedef {import("./rest.js").Outcome} Outcome */

/**
 * @typedef {object} UploadOptions
 * @property {"image" | "file"} [as] what it is to be; by its type if it is not named
 * @property {(share: number) => void} [onProgress] told what share of the bytes is gone, from 0 to 1, anew with each attempt
 * @property {AbortSignal} [signal]
 */

// Without a sign of life for so long, nothing more comes: neither of the bytes nor of an answer to them.
const STALLED_MS = 60_000;
const IMAGE_TYPES = new Set(["image/png", "image/jpeg", "image/webp", "image/gif", "image/avif"]);

/** Whether a file goes as an image, which has thumbnails and is shown, or as a file. @param {Blob} file @returns {"image" | "file"} */
export const kindOf = (file) => (IMAGE_TYPES.has(file.type) ? "image" : "file");

export class Uploads {
  /** @param {import("../client.js").ChatClient} client @param {typeof globalThis.XMLHttpRequest} XMLHttpRequest */
  constructor(client, XMLHttpRequest) {
    this.client = client;
    this.XMLHttpRequest = XMLHttpRequest;
  }

  /** The socket may not know yet what the browser does. */
  get isConnected() {
    return this.client.session.isConnected && globalThis.navigator?.onLine !== false;
  }

  /** Upload until there is an answer, or the attempts are used up. @param {File} file @param {UploadOptions} options @returns {Promise<any>} */
  async upload(file, { as = kindOf(file), onProgress = () => {}, signal }) {
    const { stopping, random } = this.client;
    const ending = AbortSignal.any([stopping.signal, ...(signal ? [signal] : [])]);
    for (let attempt = 1, failures = 1; ; failures++) {
      const { status, body, retryAfter } = await this.post(as, file, ending, onProgress);
      ending.throwIfAborted();
      if (status !== null && status < 400) return body;
      if (!isPassing(status) || attempt === ATTEMPTS) throw new Refused(status ?? 0, body?.errors ?? []);
      // While everything else waits for the connection, so does this.
      if (status !== null || this.isConnected) attempt += 1;
      await this.pause((retryAfter ?? 0) + random() * backoff(failures), ending);
      onProgress(0);
    }
  }

  /** @param {"image" | "file"} field @param {File} file @param {AbortSignal} signal @param {(share: number) => void} onProgress */
  async post(field, file, signal, onProgress) {
    const { rest } = this.client;
    const form = new FormData();
    form.append(field, file);
    // The authorization may need the network too.
    const headers = await rest.headersOf("POST").catch(() => null);
    return headers && !signal.aborted ? this.send(`${rest.root}${field}s/`, form, headers, signal, onProgress) : NO_ANSWER;
  }

  /**
   * One request, which the signal ends.
   * @param {string} address @param {FormData} form @param {Record<string, string>} headers @param {AbortSignal} signal
   * @param {(share: number) => void} onProgress @returns {Promise<Outcome>}
   */
  send(address, form, headers, signal, onProgress) {
    return new Promise((resolve) => {
      const sent = new this.XMLHttpRequest();
      const abort = () => sent.abort();
      let stalled = setTimeout(abort, STALLED_MS);
      sent.open("POST", address);
      for (const [name, value] of Object.entries(headers)) sent.setRequestHeader(name, value);
      sent.upload.onprogress = ({ loaded, total }) => {
        clearTimeout(stalled);
        stalled = setTimeout(abort, STALLED_MS);
        onProgress(total > 0 ? loaded / total : 0);
      };
      sent.onloadend = () => {
        clearTimeout(stalled);
        signal.removeEventListener("abort", abort);
        resolve(outcome(sent.status || null, sent.responseText, sent.getResponseHeader("Retry-After")));
      };
      signal.addEventListener("abort", abort);
      sent.send(form);
    });
  }

  /** Wait, but not longer than until the connection is back. @param {number} seconds @param {AbortSignal} signal */
  async pause(seconds, signal) {
    const wasConnected = this.isConnected;
    const over = new AbortController();
    try {
      await new Promise((resolve, reject) => {
        const timer = setTimeout(resolve, seconds * 1000);
        over.signal.addEventListener("abort", () => clearTimeout(timer));
        const look = () => wasConnected || !this.isConnected || resolve(undefined);
        this.client.addEventListener("status", look, over);
        globalThis.addEventListener?.("online", look, over);
        signal.addEventListener("abort", () => reject(signal.reason), over);
      });
    } finally {
      over.abort();
    }
  }
}
