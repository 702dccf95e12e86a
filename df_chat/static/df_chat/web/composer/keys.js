// What keys do in the composer.

import { isTouch, replace } from "./field.js";
import { MARKS, wrap } from "./formatting.js";

/** @typedef {import("./composer.js").Composer} Composer */

/** @param {Composer} composer @param {KeyboardEvent} event */
export function onKey(composer, event) {
  // An input method takes its keys itself; Safari tells so by a code alone.
  if (event.isComposing || event.keyCode === 229) return;
  const isDone = inList(composer, event) || leaves(composer, event) || formats(composer, event) || recalls(composer, event) || sends(composer, event);
  if (isDone) {
    event.preventDefault();
    // Nothing around takes it for its own.
    event.stopPropagation();
    composer.drawNow();
  }
}

/** @param {Composer} composer @param {KeyboardEvent} event */
function inList(composer, { key, shiftKey }) {
  const { mentions } = composer;
  if (!mentions.isOpen || shiftKey) return false;
  if (key === "ArrowDown") mentions.move(1);
  else if (key === "ArrowUp") mentions.move(-1);
  else if (key === "Enter" || key === "Tab") composer.pick(mentions.options[mentions.active]);
  else if (key === "Escape") mentions.close();
  else return false;
  return true;
}

/** Escape leaves one thing at a time. @param {Composer} composer @param {KeyboardEvent} event */
function leaves(composer, { key }) {
  const { room, edit, threadId, draft } = composer;
  if (key !== "Escape") return false;
  if (composer.isEmojiOpen) composer.isEmojiOpen = false;
  else if (edit) edit.end();
  else if (draft?.isLocked) draft.unlock();
  else if (room.replyTo !== null && !threadId) room.set({ replyTo: null });
  else return false;
  return true;
}

/** @param {Composer} composer @param {KeyboardEvent} event */
function formats({ field }, { key, ctrlKey, metaKey, altKey }) {
  const isShortcut = (ctrlKey || metaKey) && !altKey && (key === "b" || key === "i");
  const isMark = !ctrlKey && !metaKey && "*`~".includes(key) && field.selectionStart !== field.selectionEnd;
  if (!isShortcut && !isMark) return false;
  const { from, to, text, start, end } = wrap(field.value, field.selectionStart, field.selectionEnd, MARKS[key]);
  replace(field, from, to, text);
  field.setSelectionRange(start, end);
  return true;
}

/** The arrow up, where nothing is written, changes what was sent last. @param {Composer} composer @param {KeyboardEvent} event */
function recalls({ chat, room, edit, field, threadId, draft }, { key, shiftKey, ctrlKey, metaKey, altKey }) {
  if (key !== "ArrowUp" || shiftKey || ctrlKey || metaKey || altKey || edit || field.value || !draft?.tray.isEmpty) return false;
  const isMine = (message) => message.user_id === chat.user && !message.is_reaction && (!threadId || message.parent_id === threadId);
  const last = chat.client.messages(room.id).findLast(isMine);
  if (!last) return false;
  room.set({ editing: last.id });
  return true;
}

/** On a touch screen, Enter is a new line and the button sends. @param {Composer} composer @param {KeyboardEvent} event */
function sends(composer, { key, shiftKey, ctrlKey, metaKey }) {
  if (key !== "Enter" || shiftKey || (isTouch() && !ctrlKey && !metaKey)) return false;
  composer.submit();
  return true;
}
