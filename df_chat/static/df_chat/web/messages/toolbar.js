// What can be done with a message: the buttons beside it, and the menu with the rest.

import { html, nothing } from "../../vendor/lit.js";
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
