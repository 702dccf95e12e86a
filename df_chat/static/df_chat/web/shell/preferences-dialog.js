// The dialog that asks what somebody prefers.

import { html } from "../../vendor/lit.js";
import { gettext } from "../i18n.js";
import { DialogPart } from "./dialog.js";
import { playTone } from "./sound.js";

/** @typedef {import("./preferences.js").Preference} Preference */

export class PreferencesDialog extends DialogPart {
  static dialog = "preferences";

  get heading() {
    return gettext("Preferences");
  }

  body() {
    const { notify, sound, badge } = this.chat.preferences.all;
    return html`<div class="form">
      ${this.problemShown()}
      ${this.box("notify", notify, gettext("Notify me of new messages while this page is hidden"))}
      ${this.box("sound", sound, gettext("Play a tone with new messages"))}
      ${this.box("badge", badge, gettext("Count unread messages in the page's title"))}
      <p class="hint">${gettext("These are for this browser. Muted rooms never notify.")}</p>
    </div>`;
  }

  /** @param {Preference} name @param {boolean} isOn @param {string} text */
  box(name, isOn, text) {
    return html`<label class="check"><input type="checkbox" .checked=${isOn} @change=${(event) => this.choose(name, event.target)}><span>${text}</span></label>`;
  }

  /** @param {Preference} name @param {HTMLInputElement} box */
  async choose(name, box) {
    if (name === "notify" && box.checked && !(await this.mayNotify())) box.checked = false;
    if (name === "sound" && box.checked) playTone();
    this.chat.preferences.set(name, box.checked);
    // As it was kept.
    box.checked = this.chat.preferences.all[name];
    this.chat.tell();
  }

  /** Asked for once, by the browser, because somebody wants it. */
  async mayNotify() {
    this.problem = "";
    if (!("Notification" in globalThis)) this.problem = gettext("This browser shows no notifications here.");
    else if ((await Notification.requestPermission()) !== "granted") this.problem = gettext("The browser does not allow notifications of this site. Allow them in its settings first.");
    return !this.problem;
  }
}
customElements.define("df-chat-preferences", PreferencesDialog);
