// The messages of a room: only those around what is on the screen are drawn, and more come as one scrolls.

import { html, nothing } from "../../vendor/lit.js";
import { gettext, interpolate } from "../i18n.js";
import { icon } from "../icons.js";
import { given } from "../part.js";
import { MessageList } from "./list.js";
import { marksOf } from "./marks.js";
import { Scroller } from "./scroller.js";
import { News } from "./news.js";
import { around, countNew, firstNew, held, higher, lower, NEWEST, placesOf, rowsOf } from "./timeline.js";

export class MessageLog extends MessageList {
  constructor() {
    super();
    /** Those held, once they are loaded. @type {any[]} */
    this.messages = given;
    /** @type {import("./timeline.js").Window} */
    this.window = NEWEST;
    this.scroller = new Scroller(this);
    this.news = new News(this);
    /** The newest message that was on the screen. */
    this.reached = 0;
    /** What the next drawing shows. @type {{seq: number, id: string, isLine?: boolean} | null} */
    this.goal = null;
    this.hasBegun = false;
    /** Whether the line of new messages was asked for. */
    this.wasAtLine = false;
    /** When the newest own message was sent. */
    this.sent = 0;
    this.onVisibility = () => this.requestUpdate();
    this.onFrame = (/** @type {any} */ { detail }) => this.news.take(detail);
  }

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.onVisibility);
    this.chat.addEventListener("frame", this.onFrame);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.onVisibility);
    this.chat.removeEventListener("frame", this.onFrame);
    this.scroller.stop();
    this.news.stop();
  }

  // -- What is shown ----------------------------------------------------------------------------------------
  get view() {
    return this.room.reading.view;
  }

  get isLoaded() {
    return this.room.isLoaded;
  }

  /** Whether the newest message is drawn last. */
  get endsWithNewest() {
    return Boolean(this.messages) && !this.view.hasNewer && placesOf(this.messages, this.window).to === this.messages.length;
  }

  /** Whether new messages stay above what is held: their line cannot be shown yet. */
  get isLineAbove() {
    const { readUpTo, reading } = this.room;
    return readUpTo !== null && !reading.holdsLine && this.view.hasOlder && (this.messages[0]?.seq ?? 0) > readUpTo;
  }

  get lineAt() {
    const { readUpTo } = this.room;
    return readUpTo === null || this.isLineAbove ? null : firstNew(this.messages, readUpTo, this.chat.user);
  }

  willUpdate() {
    if (this.hasBegun) this.scroller.before();
    this.messages = this.view.messages;
    if (!this.isLoaded) return;
    this.room.reading.begin();
    this.takeGoal();
    if (this.scroller.isFollowing && this.endsWithNewest) this.window = NEWEST;
    else if (this.window.first === null) this.window = held(this.messages, this.window);
    // At the very top, what goes from above the first row could not be made up for by scrolling.
    if (this.hasBegun && !this.scroller.isFollowing && this.scroller.isNearTop) this.window = higher(this.messages, this.window) ?? this.window;
    const { replica } = this.room;
    this.markOf = replica && this.room.isMember ? marksOf(replica.objects, this.chat.user) : null;
    this.followOwn();
  }

  /** Where to begin, and where somebody wants to go. */
  takeGoal() {
    const { reading } = this.room;
    const line = this.lineAt;
    if (!this.hasBegun && reading.hasBegun) {
      this.hasBegun = true;
      this.reached = this.view.live.at(-1)?.seq ?? 0;
      if (line !== null) this.goal = { seq: line, id: "", isLine: true };
    }
    const isOver = this.view.loading === "around";
    if (reading.target && !isOver) {
      this.goal = { ...reading.target, isLine: !reading.target.id };
      reading.target = null;
    }
    if (this.goal) {
      this.window = around(this.messages, this.goal.seq);
      this.scroller.isFollowing = false;
    }
  }

  /** Who writes wants to see what was written. */
  followOwn() {
    const own = this.chat.client.pending(this.room.id).filter(({ error, fields }) => !error && this.room.threadId !== (fields.parent_id ?? ""));
    const newest = own.at(-1)?.at ?? 0;
    if (newest > this.sent && this.hasBegun) this.toEnd();
    this.sent = Math.max(this.sent, newest);
  }

  render() {
    const { isLoaded, news } = this;
    return html`<div part="log" class="log" role="log" aria-label=${gettext("Messages")} aria-live="off" aria-busy=${isLoaded && !this.view.loading ? "false" : "true"}
        @scroll=${() => this.onScroll()}>
        ${isLoaded ? this.contentView() : skeleton()}
      </div>
      ${this.jumpsView()}
      <p class="visually-hidden" role="status">${news.text}</p>
      ${this.overView()}`;
  }

  contentView() {
    const { from, to } = placesOf(this.messages, this.window);
    const pending = this.endsWithNewest ? this.chat.client.pending(this.room.id) : [];
    const shown = this.messages.slice(from, to);
    const rows = rowsOf(shown, { me: this.chat.user, pending, lineAt: this.lineAt, before: this.messages[from - 1] });
    return html`<div class="content">
      ${this.edgeView(from)}
      ${rows.length ? nothing : html`<p class="empty">${gettext("No messages yet")}</p>`}
      ${this.rowsView(rows)}
      ${this.view.hasNewer ? html`<p class="loading">${gettext("Loading…")}</p>` : nothing}
    </div>`;
  }

  /** What stands above the first message: that there are more, or where it all began. @param {number} from */
  edgeView(from) {
    if (from || this.view.hasOlder) return html`<p class="loading">${gettext("Loading older messages…")}</p>`;
    if (!this.messages.length || this.isDirect) return nothing;
    return html`<p class="beginning">${interpolate(gettext("This is where “%(title)s” begins."), { title: this.room.summary?.title ?? "" })}</p>`;
  }

  jumpsView() {
    if (!this.isLoaded) return nothing;
    const count = this.scroller.isFollowing ? 0 : countNew(this.view.live, this.reached, this.chat.user);
    const isAway = !this.scroller.isFollowing || !this.endsWithNewest;
    const number = count > 99 ? "99+" : count;
    return html`
      ${this.isLineAbove && !this.wasAtLine ? html`<button type="button" class="jump to-unread" @click=${this.toUnread}>${icon("up")}${gettext("Jump to unread")}</button>` : nothing}
      ${isAway ? html`<button type="button" class="jump to-end" @click=${() => this.toEnd(true)}
        aria-label=${count ? `${gettext("Jump to the newest messages")}, ${gettext("New:")} ${number}` : gettext("Jump to the newest messages")}>
        ${icon("down")}${count ? html`<span class="badge" aria-hidden="true">${number}</span>` : nothing}</button>` : nothing}`;
  }

  // -- After drawing ----------------------------------------------------------------------------------------
  updated() {
    super.updated();
    if (!this.isLoaded) return;
    if (this.goal) this.showGoal(this.goal);
    else this.scroller.after();
    this.acknowledge();
    this.loadEdges();
  }

  /** @param {{seq: number, id: string, isLine?: boolean}} goal */
  showGoal({ id, isLine }) {
    this.goal = null;
    const row = isLine ? this.querySelector(".unread-line") : this.querySelector(`[data-id="${CSS.escape(id)}"]`);
    const key = /** @type {HTMLElement | null} */ (row)?.dataset.key;
    this.scroller.show(row, isLine ? 0.2 : 0.4);
    if (!key) return;
    this.light(key);
    this.activeKey = key;
    /** @type {HTMLElement} */ (row).focus({ preventScroll: true });
  }

  /** What is really on the screen is seen; the rest has only come. */
  acknowledge() {
    const newest = this.view.live.at(-1)?.seq ?? 0;
    const isShown = this.scroller.isFollowing && this.endsWithNewest && !document.hidden;
    if (isShown) this.reached = Math.max(this.reached, newest);
    if (this.room.isMember && newest && this.hasBegun) this.room.acknowledge(newest, isShown);
  }

  onScroll() {
    if (!this.isLoaded) return;
    const wasFollowing = this.scroller.isFollowing;
    this.scroller.onScroll();
    if (wasFollowing !== this.scroller.isFollowing) {
      this.window = this.scroller.isFollowing ? NEWEST : held(this.messages, this.window);
      this.requestUpdate();
    }
    this.loadEdges();
  }

  /** Draw more, or load more, where one comes near the end of what is drawn. */
  loadEdges() {
    const { isFollowing, isNearTop, isNearEnd } = this.scroller;
    const { from } = placesOf(this.messages, this.window);
    if (isNearTop && (from === 0 || !isFollowing)) this.step(higher(this.messages, this.window), () => this.view.older());
    if (isNearEnd && !isFollowing) this.step(lower(this.messages, this.window), () => this.view.newer());
  }

  /** @param {import("./timeline.js").Window | null} window @param {() => Promise<void>} load */
  step(window, load) {
    if (!window) return void load();
    this.window = window;
    this.requestUpdate();
  }

  // -- Going somewhere --------------------------------------------------------------------------------------
  /** @param {boolean} [withFocus] */
  toEnd(withFocus = false) {
    if (this.view.past) this.view.latest();
    this.window = NEWEST;
    this.scroller.isFollowing = true;
    this.messages = this.view.messages;
    this.activeKey = null;
    this.requestUpdate();
    if (withFocus) this.updateComplete.then(() => this.activeKey && this.rowElement(this.activeKey)?.focus({ preventScroll: true }));
  }

  toUnread() {
    this.wasAtLine = true;
    this.room.reading.goToSeq(/** @type {number} */ (this.room.readUpTo));
  }
}
customElements.define("df-chat-log", MessageLog);

const skeleton = () => html`<div class="skeleton" role="status"><span class="visually-hidden">${gettext("Loading…")}</span>
  ${[55, 35, 70, 45, 60].map((width) => html`<span class="bone w${width}"></span>`)}</div>`;
