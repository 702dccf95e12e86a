// How the composer is drawn.

import { html, live, nothing } from "../../vendor/lit.js";
import { gettext, interpolate } from "../i18n.js";
import { icon } from "../icons.js";
import { barView } from "./bar.js";
import { lengthOf, MAX_CHARS } from "./draft.js";
import { isTouch } from "./field.js";
import { mentionView } from "./mention-view.js";
import { trayView } from "./tray-view.js";

// From here on, the characters that are left are counted.
const FEW_LEFT = 500;
const SAID_EVERY = 50;

/** @typedef {import("./composer.js").Composer} Composer */

/** @param {Composer} composer */
export function composerView(composer) {
  const { chat, draft, edit, writing, mentions } = composer;
  const isOnline = chat.status !== "offline" && chat.status !== "connecting";
  return html`${composer.isDropping ? html`<div part="drop-zone" class="drop-zone"><p>${gettext("Drop files to attach them")}</p></div>` : nothing}
    <form part="composer" class="composer" @submit=${composer.onSubmit} @focusout=${composer.onFocusOut}>
      ${barView(composer)}
      ${edit ? nothing : trayView(draft.tray, isOnline)}
      ${writing.notice ? html`<p class="composer-notice" role="alert">${writing.notice}</p>` : nothing}
      ${waiting(composer)}
      ${mentionView(mentions, (person) => composer.pick(person))}
      ${composer.isEmojiOpen ? html`<div class="composer-emoji" @keydown=${composer.onEmojiKey}><df-chat-emoji .chat=${chat} @pick=${composer.onEmoji}></df-chat-emoji></div>` : nothing}
      <div class="composer-row">
        ${edit ? nothing : attaching(composer)}
        ${field(composer)}
        <button type="button" class="composer-button" aria-label=${gettext("Emoji")} title=${gettext("Emoji")}
          aria-expanded=${composer.isEmojiOpen ? "true" : "false"} @click=${() => (composer.isEmojiOpen = !composer.isEmojiOpen)}>${icon("react")}</button>
        ${sending(composer)}
      </div>
    </form>`;
}

/** @param {Composer} composer */
function field(composer) {
  const { writing, mentions } = composer;
  return html`<textarea rows="1" dir="auto" autocomplete="off" enterkeyhint=${isTouch() ? "enter" : "send"}
    aria-label=${gettext("Message")} aria-autocomplete="list" aria-controls=${mentions.isOpen ? mentions.id : nothing}
    aria-activedescendant=${mentions.activeId ?? nothing} placeholder=${placeholder(composer)}
    .value=${live(writing.text)} ?readonly=${writing.isLocked} @input=${composer.onInput} @keydown=${composer.onKey}
    @paste=${composer.onPaste} @click=${composer.onCaret} @keyup=${composer.onCaret}></textarea>`;
}

/** @param {Composer} composer */
function placeholder({ edit, threadId }) {
  if (edit) return gettext("Change the message");
  return threadId ? gettext("Write a reply") : gettext("Write a message");
}

/** @param {Composer} composer */
function attaching(composer) {
  const choose = (event) => event.currentTarget.nextElementSibling.click();
  return html`<button type="button" class="composer-button" aria-label=${gettext("Attach files")} title=${gettext("Attach files")}
      ?disabled=${composer.draft.isLocked} @click=${choose}>${icon("attach")}</button>
    <input type="file" multiple hidden @change=${composer.onChoose}>`;
}

/** @param {Composer} composer */
function sending({ edit, writing }) {
  const name = edit ? gettext("Save") : gettext("Send");
  return html`${counter(writing.text)}<button type="submit" class="composer-send" aria-label=${name} title=${name}
    ?disabled=${!writing.canSend}>${icon(edit ? "save" : "send")}</button>`;
}

/** @param {Composer} composer */
function waiting({ draft, edit }) {
  if (edit || !draft.isLocked) return nothing;
  return html`<p class="composer-waiting" role="status">${gettext("Will be sent when everything is uploaded.")}
    <button type="button" class="quiet" @click=${() => draft.unlock()}>${gettext("Write on")}</button></p>`;
}

/** @param {string} text */
function counter(text) {
  const left = MAX_CHARS - lengthOf(text);
  if (left > FEW_LEFT) return nothing;
  // Read aloud now and then, not with every letter.
  const label = interpolate(gettext("Characters left: %(count)s"), { count: left < 0 ? left : Math.ceil(left / SAID_EVERY) * SAID_EVERY });
  return html`<span class=${left < 0 ? "composer-left over" : "composer-left"} aria-hidden="true">${left}</span>
    <span class="visually-hidden" role="status">${label}</span>`;
}
