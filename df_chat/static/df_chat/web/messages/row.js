// One row of a log: a message, one that is being sent, a day, or the line above what is new.

import { classMap, html, nothing } from "../../vendor/lit.js";
import { attachments, pendingAttachments } from "../attachments/view.js";
import { gettext, interpolate } from "../i18n.js";
import { personAvatar } from "../rooms/avatar.js";
import { icon } from "../icons.js";
import { lineOf, textOf } from "./text.js";
import { clock, day, full } from "../times.js";
import { toolbar } from "./toolbar.js";

/** @typedef {import("./list.js").MessageList} MessageList */

/** @param {import("./timeline.js").Row} row @param {MessageList} list */
export function rowOf(row, list) {
  switch (row.type) {
    case "day": return html`<li class="day"><span>${day(row.at)}</span></li>`;
    case "unread": return html`<li class="unread-line"><span>${gettext("New messages")}</span></li>`;
    case "pending": return pendingRow(row, list);
    default: return row.message.deleted ? tombstone(row, list) : messageRow(row, list);
  }
}

/** What all rows have that one can go to. @param {{key: string}} row @param {MessageList} list */
const tabindex = (row, list) => (row.key === list.activeKey ? "0" : "-1");

/** @param {any} row @param {MessageList} list */
function tombstone(row, list) {
  return html`<li class="message gone" data-id=${row.message.id} data-key=${row.key} tabindex=${tabindex(row, list)}>
    <div class="column"><p class="bubble">${gettext("Message deleted")}</p></div>
  </li>`;
}

/** @param {any} row @param {MessageList} list */
function messageRow(row, list) {
  const { message, isFirst, isLast, key } = row;
  const isSystem = message.user_id === null;
  const isMine = message.user_id === list.chat.user;
  const classes = classMap({ message: true, mine: isMine, system: isSystem, first: isFirst, last: isLast, lit: key === list.litKey });
  return html`<li part="message" class=${classes} data-id=${message.id} data-key=${key} tabindex=${tabindex(row, list)}>
    ${face(row, list, isMine || isSystem)}
    <div class="column">
      ${isSystem ? nothing : who(message, isFirst, isMine, list)}
      ${message.parent_id && !list.isThread ? quoteOf(message, list) : nothing}
      <div part="bubble" class="bubble">
        ${textOf(message, list.chat.user)}${attachments(message, list.opening)}${isSystem ? nothing : foot(message, isMine, list)}
      </div>
      ${message.reactions?.length ? reactions(message, list) : nothing}
      ${message.reply_count && !list.isThread ? html`<button type="button" class="replies" data-do="thread">${icon("thread")}${gettext("Replies:")} ${message.reply_count}</button>` : nothing}
      ${key === list.toolKey && !isSystem ? toolbar(message, list) : nothing}
    </div>
  </li>`;
}

/** @param {any} row @param {MessageList} list @param {boolean} isNone */
function face({ message, isFirst }, list, isNone) {
  if (isNone || list.isDirect) return nothing;
  if (!isFirst) return html`<span class="face"></span>`;
  return html`<span class="face">${personAvatar({ ...list.person(message.user_id), ...message.sender }, false)}</span>`;
}

/** Who wrote it: on the screen above the first of a group, for those who hear it always. */
function who(message, isFirst, isMine, list) {
  const isShown = isFirst && !isMine && !list.isDirect;
  return html`<p class=${isShown ? "who" : "visually-hidden"}><bdi>${isMine ? gettext("You") : message.sender.name}</bdi></p>`;
}

/** @param {any} message @param {MessageList} list */
function quoteOf(message, list) {
  const parent = list.room.reading.quoted(message.parent_id);
  const text = !parent ? "…" : parent.deleted ? gettext("Message deleted") : lineOf(parent) || gettext("Attachment");
  return html`<button type="button" class="quote" data-do="parent" aria-label=${interpolate(gettext("Reply to: %(text)s"), { text })}>
    ${parent?.sender ? html`<bdi class="quoted">${parent.sender.name}</bdi>` : nothing}<span dir="auto">${text}</span>
  </button>`;
}

/** @param {any} message @param {boolean} isMine @param {MessageList} list */
function foot(message, isMine, list) {
  return html`<span class="foot">
    ${message.edited_at ? html`<span title=${full(message.edited_at)}>${gettext("edited")}</span>` : nothing}
    <time datetime=${message.created}>${clock(message.created)}</time>
    ${isMine && list.markOf ? markView(list.markOf(message)) : nothing}
  </span>`;
}

/** @param {import("./marks.js").Mark} mark */
function markView(mark) {
  const names = { sent: gettext("Sent"), delivered: gettext("Delivered"), read: gettext("Read") };
  return html`<span class="mark ${mark}" title=${names[mark]}><span aria-hidden="true">${mark === "sent" ? "✓" : "✓✓"}</span><span class="visually-hidden">${names[mark]}</span></span>`;
}

/** @param {any} message @param {MessageList} list */
function reactions({ reactions }, list) {
  return html`<ul class="reactions" aria-label=${gettext("Reactions")}>${reactions.map(({ emoji, count, user_ids }) => {
    const names = user_ids.map((id) => list.nameOf(id)).join(", ");
    return html`<li><button type="button" class="chip" data-do="toggle" data-emoji=${emoji} ?disabled=${!list.room.isMember} title=${names}
      aria-label=${`${emoji} ${count}: ${names}`} aria-pressed=${user_ids.includes(list.chat.user) ? "true" : "false"}><span>${emoji}</span> ${count}</button></li>`;
  })}</ul>`;
}

/** @param {any} row @param {MessageList} list */
function pendingRow(row, list) {
  const { entry: { fields, error }, isFirst, isLast } = row;
  const classes = classMap({ message: true, mine: true, pending: true, failed: Boolean(error), first: isFirst, last: isLast });
  return html`<li part="message" class=${classes} data-key=${row.key} tabindex=${tabindex(row, list)}>
    <div class="column">
      <p class="visually-hidden">${gettext("You")}</p>
      ${fields.parent_id && !list.isThread ? quoteOf(fields, list) : nothing}
      <div part="bubble" class="bubble">${textOf(fields, list.chat.user)}${pendingAttachments(fields, list.opening)}<span class="foot">${error ? gettext("Not sent") : gettext("Sending…")}</span></div>
      ${error ? failure(error) : nothing}
    </div>
  </li>`;
}

/** @param {{status: number, errors: any[]}} error */
function failure({ status, errors }) {
  const isOld = errors.some(({ code }) => code === "expired");
  const reason = errors.map(({ detail, code }) => detail || (isOld ? "" : code)).join(" ") || (isOld ? gettext("It waited too long.") : `HTTP ${status}`);
  return html`<p class="failure"><bdi>${reason}</bdi>
    <button type="button" class="quiet" data-do="retry">${gettext("Retry")}</button>
    <button type="button" class="quiet" data-do="discard">${gettext("Discard")}</button>
  </p>`;
}
