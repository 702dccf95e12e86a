// How messages look. What did not change keeps its element, so that focus and scrolling stay.
import { bdi, byId, clock, day, element } from "./dom.js";

const NEAR_END_PX = 80;
const FOLLOW_MS = 5 * 60_000;
const LIKE = "👍";

/** @type {Map<string, {key: string, node: HTMLElement}>} */
let drawn = new Map();

/**
 * @param {{messages: any[], pending: any[], me: string, words: DOMStringMap, onLike: ((message: any, on: boolean) => void) | null, toEnd: boolean}} what
 */
export function drawMessages({ messages, pending, me, words, onLike, toEnd }) {
  const log = byId("log");
  const fromEnd = log.scrollHeight - log.scrollTop;
  const wasAtEnd = fromEnd - log.clientHeight < NEAR_END_PX || drawn.size === 0;
  const firstBefore = drawn.keys().next().value;
  const byMessageId = new Map(messages.map((message) => [message.id, message]));
  const next = new Map();
  let previous = null;
  for (const message of messages) {
    const follows = previous && followsOn(previous, message);
    if (!previous || day(previous.created ?? "") !== day(message.created ?? "")) {
      if (message.created) keep(next, `day-${day(message.created)}`, "", () => element("li", { className: "day", textContent: day(message.created) }));
    }
    const parent = byMessageId.get(message.parent_id);
    const key = JSON.stringify([message.version, follows, parent?.version, Boolean(onLike)]);
    keep(next, message.id, key, () => drawMessage({ message, follows, parent, me, words, onLike }));
    if (message.created) previous = message;
  }
  for (const item of pending) {
    keep(next, item.client_id, String(item.error), () => drawPending(item, words));
  }
  byId("messages").replaceChildren(...[...next.values()].map(({ node }) => node));
  const grewAbove = firstBefore !== undefined && next.keys().next().value !== firstBefore;
  drawn = next;
  if (toEnd || wasAtEnd) log.scrollTo({ top: log.scrollHeight, behavior: "instant" });
  else if (grewAbove) log.scrollTo({ top: log.scrollHeight - fromEnd, behavior: "instant" });
}

/** @param {string[]} names @param {DOMStringMap} words */
export function drawTyping(names, words) {
  byId("typing").replaceChildren(...(names.length ? [bdi(names.join(", ")), ` ${words.typing}`] : []));
}

function keep(next, id, key, make) {
  const before = drawn.get(id);
  next.set(id, before && before.key === key ? before : { key, node: make() });
}

function followsOn(previous, message) {
  return previous.user_id === message.user_id && message.user_id !== null
    && new Date(message.created) - new Date(previous.created) < FOLLOW_MS;
}

function drawMessage({ message, follows, parent, me, words, onLike }) {
  if (message.deleted) {
    return element("li", { className: "message gone" }, element("p", { className: "bubble", textContent: words.deleted }));
  }
  const classes = ["message"];
  if (message.user_id === me) classes.push("mine");
  if (message.user_id === null) classes.push("system");
  if (follows) classes.push("follows");
  const quote = message.parent_id ? bdi(parent?.deleted ? words.deleted : parent?.body ?? words.reply, "quote") : null;
  const bubble = element("p", { className: "bubble", dir: "auto" }, quote, message.body);
  return element(
    "li",
    { className: classes.join(" "), "data-id": message.id },
    message.user_id === null ? null : element("p", { className: "who" }, bdi(message.sender?.name ?? "—")),
    bubble,
    message.user_id === null ? null : foot(message, me, words, onLike),
  );
}

function foot(message, me, words, onLike) {
  const parts = [element("time", { dateTime: message.created, textContent: clock(message.created) })];
  if (message.edited_at) parts.push(element("span", { textContent: words.edited }));
  const reactions = message.reactions.some(({ emoji }) => emoji === LIKE)
    ? message.reactions
    : [...message.reactions, { emoji: LIKE, count: 0, user_ids: [] }];
  for (const { emoji, count, user_ids } of reactions) {
    const isMine = user_ids.includes(me);
    const button = element("button", {
      type: "button",
      className: count ? "quiet" : "quiet like",
      textContent: count ? `${emoji} ${count}` : emoji,
      disabled: !onLike || emoji !== LIKE,
      "aria-pressed": String(isMine),
      "aria-label": `${emoji === LIKE ? words.like : emoji} ${count || ""}`.trim(),
    });
    if (onLike && emoji === LIKE) button.onclick = () => onLike(message, !isMine);
    if (count || onLike) parts.push(button);
  }
  return element("div", { className: "foot" }, ...parts);
}

function drawPending(item, words) {
  return element(
    "li",
    { className: "message mine pending" },
    element("p", { className: "bubble", dir: "auto", textContent: item.fields.body }),
    element("p", { className: "foot", textContent: item.error ? words.failed : words.pending }),
  );
}
