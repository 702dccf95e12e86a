// How the list of names is drawn: the field keeps the focus, and points at the option.

import { html, nothing, repeat } from "../../vendor/lit.js";
import { gettext, interpolate } from "../i18n.js";

/** @param {import("./mention-list.js").MentionList} list @param {(person: any) => void} onPick */
export function mentionView(list, onPick) {
  const { isOpen, options, active, id } = list;
  const count = isOpen ? interpolate(gettext("Suggestions: %(count)s"), { count: options.length }) : "";
  return html`<p class="visually-hidden" role="status">${count}</p>
    ${isOpen ? html`<ul part="mentions" class="mention-list" id=${id} role="listbox" aria-label=${gettext("Members")}>
      ${repeat(options, (person) => person.user_id, (person, index) => html`<li id=${`${id}-${index}`} role="option"
        aria-selected=${index === active ? "true" : "false"} @pointerdown=${keepFocus} @click=${() => onPick(person)}>
        ${picture(person)}<bdi>${person.name}</bdi>
      </li>`)}
    </ul>` : nothing}`;
}

/** @param {Event} event */
const keepFocus = (event) => event.preventDefault();

/** @param {any} person */
const picture = ({ image, name }) => image
  ? html`<img class="mention-picture" src=${image} alt="" loading="lazy">`
  : html`<span class="mention-picture" aria-hidden="true">${[...name][0]?.toUpperCase()}</span>`;
