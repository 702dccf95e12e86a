// What stands for a room or a person: a picture, or initials on a colour of their own.

import { css, html, nothing } from "../../vendor/lit.js";
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

export const avatarStyles = css`
  .avatar {
    position: relative; flex: none; display: grid; place-items: center; width: 2.75rem; height: 2.75rem; border-radius: 50%;
    font-size: 0.95rem; font-weight: 600; color: #fff; background: #4b5563; user-select: none;
  }
  .avatar > img { width: 100%; height: 100%; border-radius: 50%; object-fit: cover; }
  .avatar .dot { position: absolute; inset-block-end: 0; inset-inline-end: 0; width: 0.8rem; height: 0.8rem; border: 2px solid var(--surface); }
  .avatar.small { width: 2.1rem; height: 2.1rem; font-size: 0.8rem; }
  .tone-0 { background: #b4232f; }
  .tone-1 { background: #a04a00; }
  .tone-2 { background: #7a5c00; }
  .tone-3 { background: #2f7031; }
  .tone-4 { background: #0f6f74; }
  .tone-5 { background: #2462c2; }
  .tone-6 { background: #6b46c1; }
  .tone-7 { background: #a02c82; }
`;
