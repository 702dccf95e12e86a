// The fields of a room, as they are filled in for a new one and changed in one that is there.

import { html } from "../../vendor/lit.js";
import { gettext } from "../i18n.js";

/** What a room is called, and who may see it. @param {any} room */
export const roomFields = (room) => html`
  <label class="field">${gettext("Title")}
    <input name="title" required maxlength="255" autocomplete="off" dir="auto" .value=${room.title ?? ""}></label>
  <label class="field">${gettext("Topic")}
    <input name="topic" maxlength="255" autocomplete="off" dir="auto" .value=${room.topic ?? ""}></label>
  <label class="check"><input name="is_public" type="checkbox" .checked=${Boolean(room.is_public)}>
    <span>${gettext("Public: everybody may read and join")}</span></label>`;

/** What else may be said of it. @param {any} room */
export const moreRoomFields = (room) => html`
  <label class="field">${gettext("Description")}
    <textarea name="description" maxlength="4000" rows="3" dir="auto" .value=${room.description ?? ""}></textarea></label>
  <label class="field">${gettext("Most members")}
    <input name="max_users" type="number" min="1" max="2147483647" step="1" inputmode="numeric" placeholder=${gettext("As many as the site allows")} .value=${String(room.max_users ?? "")}></label>`;

/** What a form says of a room, as REST takes it. @param {HTMLFormElement} form @returns {Record<string, any>} */
export function fieldsOf(form) {
  /** @type {Record<string, any>} */
  const fields = {};
  for (const input of /** @type {Iterable<HTMLInputElement>} */ (form.elements)) {
    if (!input.name) continue;
    if (input.type === "checkbox") fields[input.name] = input.checked;
    else if (input.type === "number") fields[input.name] = input.value === "" ? null : Number(input.value);
    else fields[input.name] = input.value;
  }
  return fields;
}

/** The fields that are not as the room has them. @param {Record<string, any>} fields @param {any} room */
export const changed = (fields, room) => Object.fromEntries(Object.entries(fields).filter(([name, value]) => value !== (room[name] ?? null)));
