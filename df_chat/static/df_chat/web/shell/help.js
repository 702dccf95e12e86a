// The map of the keys.

import { html, nothing } from "../../vendor/lit.js";
import { gettext } from "../i18n.js";
import { KEYS as MESSAGE_KEYS } from "../messages/keys.js";
import { DialogPart } from "./dialog.js";
import { KEYS } from "./keys.js";

/** What the help lists: the keys of each part, below a name. @type {{name: () => string, keys: typeof KEYS}[]} */
const sections = [
  { name: () => gettext("Everywhere"), keys: KEYS },
  { name: () => gettext("Messages"), keys: MESSAGE_KEYS },
];

export class Help extends DialogPart {
  static dialog = "help";

  get heading() {
    return gettext("Keyboard");
  }

  body() {
    return sections.map(({ name, keys }) => html`<section class="keys">
      <h3>${name()}</h3>
      <dl>${keys.map((one) => html`<div><dt>${one.keys.map((key, index) => html`${index ? " " : nothing}<kbd>${key}</kbd>`)}</dt><dd>${one.text}</dd></div>`)}</dl>
    </section>`);
  }
}
customElements.define("df-chat-help", Help);
