// What stands above the text: which message is answered, or changed.

import { html, nothing } from "../../vendor/lit.js";
import { gettext, interpolate } from "../i18n.js";
import { icon } from "../icons.js";
import { lineOf } from "../messages/text.js";

const QUOTE_CHARS = 200;

/** @param {import("./composer.js").Composer} composer */
export function barView({ room, edit, threadId }) {
  if (edit) return bar(gettext("Change the message"), edit.isGone ? gettext("The message was deleted meanwhile.") : edit.before, gettext("Cancel changing"), () => edit.end());
  if (room.replyTo === null || threadId) return nothing;
  const message = room.message(room.replyTo);
  const title = message?.sender ? interpolate(gettext("Reply to %(name)s"), { name: message.sender.name }) : gettext("Reply");
  return bar(title, message?.deleted ? gettext("The message was deleted meanwhile.") : quoteOf(message), gettext("Cancel the reply"), () => room.set({ replyTo: null }));
}

/** What a message says, in a line. @param {any} message */
function quoteOf(message) {
  if (!message) return "";
  return lineOf(message) || [...(message.images ?? []), ...(message.files ?? [])].map(({ name }) => name).join(", ");
}

/** @param {string} title @param {string} quote @param {string} cancel @param {() => void} onCancel */
const bar = (title, quote, cancel, onCancel) => html`<div part="composer-bar" class="composer-bar">
  <div><strong><bdi>${title}</bdi></strong><p dir="auto">${quote.slice(0, QUOTE_CHARS)}</p></div>
  <button type="button" class="tray-button" aria-label=${cancel} title=${gettext("Cancel")} @click=${onCancel}>${icon("close")}</button>
</div>`;
