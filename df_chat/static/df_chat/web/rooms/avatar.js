// What stands for a room or a person: a picture, or initials on a colour of their own.

import { html, nothing } from "../../vendor/lit.js";
import { gettext } from "../i18n.js";
import { initialsOf, titleOf, toneOf } from "./describe.js";

/** @param {string} id @param {string} name @param {string | null | undefined} image @param {boolean} [isOnline] */
function avatar(id, name, image, isOnline = false) {
  return html`<span class="avatar tone-${toneOf(id)}">
    ${image ? html`<img src=${image} alt="" loading="lazy" decoding="async">` : html`<span aria-hidden="true">${initialsOf(name)}</span>`}
    ${isOnline ? html`<span class="dot online"><span class="visually-hidden">${gettext("online")}</span></span>` : nothing}
  </span>`;
}

/** @param {{id?: string, user_id?: string, name: string, image?: string | null}} person @param {boolean} isOnline */
export const personAvatar = (person, isOnline) => avatar(person.user_id ?? person.id ?? "", person.name, person.image, isOnline);

/** @param {any} room @param {boolean} isOnline whether the other person of a direct chat is */
export const roomAvatar = (room, isOnline) =>
  room.kind === "direct" ? avatar(room.peer?.id ?? room.id, titleOf(room), room.peer?.image, isOnline) : avatar(room.id, titleOf(room), room.image_small ?? room.image);
