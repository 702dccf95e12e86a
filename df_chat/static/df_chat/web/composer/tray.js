// What is attached to a message that is being written: uploaded at once, a few at a time, in the order it was chosen.

import { kindOf } from "../../transport/upload.js";
import { remember } from "../attachments/uploaded.js";

/**
 * `as`: what it is uploaded as; `share`: how much of it is gone, from 0 to 1; `attachment`: what the server made of it;
 * `error`: why it is not there.
 * @typedef {{id: number, file: File, as: "image" | "file", state: "waiting" | "going" | "done" | "failed", share: number,
 *   attachment: any, error: (Error & {status?: number, errors?: any[]}) | null, giveUp: AbortController}} Item
 */

// What is left of the browser's connections is for messages.
const AT_ONCE = 2;
// Less than this share of a file more is not worth drawing.
const STEP = 0.04;

let lastId = 0;

export class Tray {
  /** @param {import("../../client.js").ChatClient} client @param {() => void} onChange */
  constructor(client, onChange) {
    this.client = client;
    this.onChange = onChange;
    /** @type {Item[]} */
    this.items = [];
  }

  get isEmpty() {
    return this.items.length === 0;
  }

  /** Whether there is something to wait for. */
  get isBusy() {
    return this.items.some(({ state }) => state === "waiting" || state === "going");
  }

  get hasFailed() {
    return this.items.some(({ state }) => state === "failed");
  }

  /** The fields of the message; those that would be empty are left out. @returns {{image_ids?: string[], file_ids?: string[]}} */
  get fields() {
    const ids = (as) => this.items.filter((item) => item.as === as && item.attachment).map((item) => item.attachment.id);
    const [image_ids, file_ids] = [ids("image"), ids("file")];
    return { ...(image_ids.length && { image_ids }), ...(file_ids.length && { file_ids }) };
  }

  /** @param {Iterable<File>} files */
  add(files) {
    for (const file of files) this.items.push(begin(file, kindOf(file)));
    this.go();
  }

  /** Try again what failed; perhaps as a file, where it is no image. @param {Item} item @param {"image" | "file"} [as] */
  retry(item, as = item.as) {
    this.items = this.items.map((other) => (other === item ? begin(item.file, as) : other));
    this.go();
  }

  /** Take one away: its upload ends, or what was uploaded is deleted. @param {Item} item */
  remove(item) {
    this.items = this.items.filter((other) => other !== item);
    item.giveUp.abort();
    // What remains is swept.
    if (item.attachment) this.client.request("DELETE", `${item.as}s/${item.attachment.id}/`).catch(() => {});
    this.go();
  }

  /** They are part of a message now. */
  empty() {
    this.items = [];
  }

  go() {
    const free = AT_ONCE - this.items.filter(({ state }) => state === "going").length;
    for (const item of this.items.filter(({ state }) => state === "waiting").slice(0, Math.max(free, 0))) this.upload(item);
    this.onChange();
  }

  /** @param {Item} item */
  async upload(item) {
    item.state = "going";
    const onProgress = (share) => {
      const isSeen = Math.abs(share - item.share) >= STEP || share === 1;
      if (!isSeen && share !== 0) return;
      item.share = share;
      this.onChange();
    };
    try {
      item.attachment = await this.client.upload(item.file, { as: item.as, onProgress, signal: item.giveUp.signal });
      remember(item.attachment);
      item.state = "done";
    } catch (error) {
      item.error = /** @type {Error} */ (error);
      item.state = "failed";
    }
    this.go();
  }
}

/** @param {File} file @param {"image" | "file"} as @returns {Item} */
const begin = (file, as) =>
  ({ id: ++lastId, file, as, state: "waiting", share: 0, attachment: null, error: null, giveUp: new AbortController() });
