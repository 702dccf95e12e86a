// What can be done with a message: the buttons beside it, and the menu with the rest.

import { css, html, nothing } from "../../vendor/lit.js";
import { gettext } from "../i18n.js";
import { icon } from "../icons.js";

/**
 * What this user may do with a message: by name, as `data-do` has it.
 * @param {any} message @param {import("./list.js").MessageList} list @returns {Set<string>}
 */
export function actionsOf(message, { room, chat, isThread }) {
  const isMine = message.user_id === chat.user;
  const may = new Set();
  if (message.deleted || message.user_id === null) return may;
  if (room.isMember) may.add("react");
  if (room.isMember && !isThread) may.add("reply");
  if (!isThread) may.add("thread");
  if (message.body && navigator.clipboard) may.add("copy");
  if (chat.page && navigator.clipboard) may.add("link");
  if (isMine && room.isMember) may.add("edit").add("readers");
  if ((isMine && room.isMember) || room.summary?.can_manage) may.add("delete");
  return may;
}

const names = () => ({
  react: gettext("React"), reply: gettext("Reply"), thread: gettext("Thread"), edit: gettext("Edit"),
  copy: gettext("Copy text"), link: gettext("Copy link"), readers: gettext("Seen by"), delete: gettext("Delete"),
});
const ICONS = { readers: "seen", delete: "trash" };
const MENU = ["edit", "copy", "link", "readers", "delete"];

/** @param {any} message @param {import("./list.js").MessageList} list */
export function toolbar(message, list) {
  const may = actionsOf(message, list);
  const button = (name) => html`<button type="button" data-do=${name} aria-label=${names()[name]} title=${names()[name]}>${icon(name)}</button>`;
  return html`<div class="tools" role="group" aria-label=${gettext("Actions")}>
    ${["react", "reply", "thread"].filter((name) => may.has(name)).map(button)}
    ${MENU.some((name) => may.has(name)) ? html`<button type="button" data-do="menu" aria-haspopup="menu" aria-label=${gettext("More")} title=${gettext("More")}>${icon("more")}</button>` : nothing}
  </div>`;
}

/** @param {any} message @param {import("./list.js").MessageList} list */
export function menu(message, list) {
  const may = actionsOf(message, list);
  return html`<div class="menu" role="menu" aria-label=${gettext("More")}>
    ${MENU.filter((name) => may.has(name)).map((name) => html`<button type="button" role="menuitem" tabindex="-1" class=${name === "delete" ? "risky" : ""} data-do=${name}>
      ${icon(ICONS[name] ?? name)}${names()[name]}</button>`)}
  </div>`;
}

export const toolbarStyles = css`
  .tools {
    position: absolute; z-index: 2; inset-block-start: -1.1rem; inset-inline-start: 0.5rem; display: flex; padding: 0.1rem;
    border: 1px solid var(--line); border-radius: 0.7rem; background: var(--surface); box-shadow: 0 2px 8px rgb(0 0 0 / 0.12);
  }
  .message.mine .tools { inset-inline: auto 0.5rem; }
  .tools button { display: grid; place-items: center; width: 2rem; height: 2rem; padding: 0; border-radius: 0.55rem; background: none; color: var(--muted); }
  .tools button:hover { background: color-mix(in srgb, var(--accent) 14%, transparent); color: var(--accent); }
  @media (pointer: coarse) { .tools { inset-block-start: -2.4rem; } .tools button { width: 2.75rem; height: 2.75rem; } }
  .popup {
    position: fixed; inset: auto; margin: 0; padding: 0.35rem; border: 1px solid var(--line); border-radius: 0.8rem;
    background: var(--surface); color: var(--text); box-shadow: 0 8px 30px rgb(0 0 0 / 0.25); max-width: calc(100vw - 1rem); overflow: auto;
  }
  .menu { display: grid; min-width: 11rem; }
  .menu button { display: flex; align-items: center; gap: 0.65rem; min-height: 2.5rem; padding: 0.35rem 0.7rem; border-radius: 0.55rem; background: none; color: var(--text); font-weight: 500; text-align: start; }
  .menu button:hover, .menu button:focus-visible { background: color-mix(in srgb, var(--accent) 14%, transparent); outline-offset: -2px; }
  .menu button.risky { color: var(--danger); }
`;
