// Parts that ask the server for something, and show where it was refused.

import { html, nothing } from "../vendor/lit.js";
import { Part } from "./part.js";

export class AskingPart extends Part {
  static properties = { ...Part.properties, isBusy: { state: true }, problem: { state: true } };

  constructor() {
    super();
    /** Something is under way: buttons wait. */
    this.isBusy = false;
    /** What the server said against it. */
    this.problem = "";
  }

  /**
   * Do what may be refused, one thing at a time.
   * @template T @param {() => Promise<T>} work @returns {Promise<T | undefined>} undefined where it was refused
   */
  async ask(work) {
    if (this.isBusy) return undefined;
    this.isBusy = true;
    this.problem = "";
    try {
      return await work();
    } catch (error) {
      this.problem = /** @type {Error} */ (error).message;
      return undefined;
    } finally {
      this.isBusy = false;
    }
  }

  /** @param {Map<string, any>} changed */
  updated(changed) {
    if (changed.has("problem") && this.problem) this.querySelector(".notice")?.scrollIntoView({ block: "nearest" });
  }

  problemShown() {
    return this.problem ? html`<p class="notice" role="alert">${this.problem}</p>` : nothing;
  }
}
