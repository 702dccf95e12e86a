// The map of the keys.

import { css, html, nothing } from "../../vendor/lit.js";
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

export const helpStyles = css`
  .keys h3 { margin: 0 0 0.35rem; font-size: 0.9rem; color: var(--muted); }
  .keys dl { margin: 0; display: grid; gap: 0.3rem; }
  .keys dl > div { display: flex; justify-content: space-between; gap: 1rem; }
  .keys dt { order: 1; white-space: nowrap; }
  .keys dd { margin: 0; }
  kbd { display: inline-block; min-width: 1.6rem; padding: 0 0.4rem; border: 1px solid var(--line); border-block-end-width: 2px; border-radius: 0.35rem; background: var(--page); font: inherit; font-size: 0.85rem; text-align: center; }
`;
