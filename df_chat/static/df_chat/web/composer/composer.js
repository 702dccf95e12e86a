// Where messages are written, answered and changed.

import { given, Part } from "../part.js";
import { draftOf, Edit, isUnderWay } from "./draft.js";
import { DropZone } from "./drop-zone.js";
import { fit, isFocusFree, isTouch, replace } from "./field.js";
import { onKey } from "./keys.js";
import { MentionList } from "./mention-list.js";
import { TypingNotices } from "./typing.js";
import { composerView } from "./view.js";

export class Composer extends Part {
  static properties = {
    ...Part.properties,
    room: { attribute: false },
    /** The message whose thread is written in; null for the room itself. */
    threadId: { attribute: false },
    isEmojiOpen: { state: true },
    isDropping: { state: true },
  };

  constructor() {
    super();
    /** @type {import("../room-state.js").RoomState} */
    this.room = given;
    // What belongs to the room, as soon as that is drawn.
    /** @type {import("./draft.js").Draft} */
    this.draft = given;
    /** @type {MentionList} */
    this.mentions = given;
    /** @type {string | null} */
    this.threadId = null;
    this.isEmojiOpen = this.isDropping = false;
    /** The message that is changed here, instead of one that is written. @type {Edit | null} */
    this.edit = null;
    /** The field is to be written in, once it is drawn. */
    this.wantsFocus = false;
    this.zone = new DropZone((files) => this.attach(files), (isDropping) => (this.isDropping = isDropping));
    this.keep = () => this.draft?.keep();
    this.warn = (event) => [...this.chat.states.values()].some(isUnderWay) && event.preventDefault();
    this.onKey = (event) => onKey(this, event);
  }

  connectedCallback() {
    super.connectedCallback();
    addEventListener("pagehide", this.keep);
    addEventListener("beforeunload", this.warn);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    removeEventListener("pagehide", this.keep);
    removeEventListener("beforeunload", this.warn);
    this.leave();
    this.zone.leave();
  }

  // -- What is written ------------------------------------------------------------------------------------
  /** @param {Map<string, any>} changed */
  willUpdate(changed) {
    const isOther = changed.has("room") || changed.has("threadId");
    if (isOther) this.enter();
    const { room } = this;
    const editing = this.isEditingHere ? room.editing : null;
    if (editing !== (this.edit?.id ?? null)) {
      this.edit = editing === null ? null : new Edit(room, room.message(editing));
      this.wantsFocus = true;
    }
    this.mentions.refresh();
    if (!isOther && room.replyTo !== this.replyTo) this.wantsFocus ||= room.replyTo !== null && !this.threadId;
    this.replyTo = room.replyTo;
  }

  /** Of two composers, the thread's changes the messages of the thread. */
  get isEditingHere() {
    const { room, threadId, edit } = this;
    if (room.editing !== null && edit?.id === room.editing) return true;
    const message = room.message(room.editing);
    if (!message || message.deleted) return false;
    const isOfThread = room.threadId !== null && message.parent_id === room.threadId;
    return isOfThread === Boolean(threadId);
  }

  get writing() {
    return this.edit ?? this.draft;
  }

  get field() {
    return /** @type {HTMLTextAreaElement} */ (this.querySelector("textarea"));
  }

  enter() {
    this.leave();
    const { room, threadId, chat } = this;
    this.draft = draftOf(room, threadId);
    this.typing = new TypingNotices((isTyping) => chat.client.typing(room.id, isTyping));
    this.mentions = new MentionList(room, `mentions-${threadId ?? "room"}`, () => this.requestUpdate());
    this.isEmojiOpen = false;
    this.edit = null;
    this.isEntering = true;
  }

  leave() {
    this.draft?.keep();
    this.typing?.end();
  }

  // -- Showing --------------------------------------------------------------------------------------------
  render() {
    return composerView(this);
  }

  /** Draw at once: the next key is for what is shown then. */
  drawNow() {
    this.requestUpdate();
    this.performUpdate();
  }

  updated() {
    const { field } = this;
    fit(field);
    this.querySelector(".mention-list [aria-selected=true]")?.scrollIntoView({ block: "nearest" });
    this.zone.watch(this.threadId ? this.parentElement : this.closest("df-chat-room-pane"));
    if (this.wantsFocus || (this.isEntering && !isTouch() && isFocusFree(this))) {
      field.focus({ preventScroll: true });
      field.setSelectionRange(field.value.length, field.value.length);
    }
    this.isEntering = this.wantsFocus = false;
  }

  // -- Writing --------------------------------------------------------------------------------------------
  onInput() {
    const { field, edit, writing } = this;
    writing.write(field.value);
    if (!edit) this.typing?.note(!field.value.trim());
    this.onCaret();
    this.requestUpdate();
  }

  /** A name may be written at the caret. */
  onCaret() {
    const { field } = this;
    if (field.selectionStart === field.selectionEnd) this.mentions.look(field.value, field.selectionStart);
  }

  /** @param {SubmitEvent} event */
  onSubmit(event) {
    event.preventDefault();
    this.submit();
  }

  submit() {
    this.mentions.close();
    this.isEmojiOpen = false;
    if (!this.edit) this.typing?.end();
    this.writing.submit();
    this.requestUpdate();
    this.field.focus({ preventScroll: true });
  }

  /** Put a text where the caret is. @param {string} text @param {number} [from] @param {number} [to] */
  insert(text, from = this.field.selectionStart, to = this.field.selectionEnd) {
    replace(this.field, from, to, text);
  }

  /** @param {import("./mentions.js").Person} person */
  pick(person) {
    const { field, mentions, writing } = this;
    const start = mentions.range?.start ?? field.selectionStart;
    const end = field.selectionStart;
    writing.picked.push({ user_id: person.user_id, name: person.name });
    mentions.close();
    this.insert(`@${person.name} `, start, field.value[end] === " " ? end + 1 : end);
  }

  /** @param {CustomEvent<string>} event */
  onEmoji(event) {
    this.isEmojiOpen = false;
    this.field.focus({ preventScroll: true });
    this.insert(event.detail);
  }

  /** @param {KeyboardEvent} event */
  onEmojiKey(event) {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    this.isEmojiOpen = false;
    this.field.focus({ preventScroll: true });
  }

  /** What is open closes when one goes elsewhere. @param {FocusEvent} event */
  onFocusOut(event) {
    if (event.relatedTarget && this.contains(/** @type {Node} */ (event.relatedTarget))) return;
    this.mentions.close();
    this.draft?.keep();
    if (event.relatedTarget) this.isEmojiOpen = false;
  }

  // -- Attaching ------------------------------------------------------------------------------------------
  /** @param {Iterable<File>} files */
  attach(files) {
    if (!this.edit && !this.draft?.isLocked) this.draft?.tray.add(files);
  }

  /** @param {Event} event */
  onChoose(event) {
    const input = /** @type {HTMLInputElement} */ (event.currentTarget);
    this.attach(input.files ?? []);
    // The same file may be chosen again.
    input.value = "";
    this.field.focus({ preventScroll: true });
  }

  /** Text stays text: office programs put a picture of it beside it. @param {ClipboardEvent} event */
  onPaste(event) {
    const { files, types } = /** @type {DataTransfer} */ (event.clipboardData);
    if (this.edit || !files.length || types.includes("text/plain")) return;
    event.preventDefault();
    this.attach(files);
  }
}
customElements.define("df-chat-composer", Composer);
