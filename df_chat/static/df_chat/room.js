// The page of one room: the stream kept in step, the outbox, and what is shown of both.
import { ApiError, Socket, call, newId } from "./api.js";
import { byId, notice } from "./dom.js";
import { applyChanges, applyFrame, applyHistory, emptyStream, fromSnapshot, shownMessages } from "./stream.js";
import { drawMessages, drawTyping } from "./log.js";

const page = byId("chat-room");
const { api, room: roomId, user: me, index, socket: socketPath } = page.dataset;
const roomUrl = `${api}rooms/${roomId}/`;
const streamName = `room:${roomId}`;
const GAP_MS = 250;
const CHECK_MS = 60_000;
const RETRY_MS = 3_000;
const TYPING_MS = 6_000;
const TYPING_EVERY_MS = 3_000;

let stream = emptyStream();
/** Sends that the server has not answered, in order; `failed` holds why one never will be. */
const outbox = [];
let isSending = false;
let retry;
let isMember = page.dataset.member === "true";
let seenSeq = 0;
let typedAt = 0;
/** @type {Promise<void> | null} */
let syncing = null;
const typists = new Map();

// -- The stream -----------------------------------------------------------------
function show(state) {
  const place = byId("state");
  place.textContent = page.dataset[state];
  place.dataset.state = state;
}

/** Catch up with the server: from the cursor where that can be, else from a snapshot. One run at a time. */
function catchUp() {
  syncing ??= run().finally(() => (syncing = null));
  return syncing;

  async function run() {
    show("syncing");
    try {
      while (stream.gen) {
        const answer = await call(`${roomUrl}changes/?since=${stream.cursor}&gen=${encodeURIComponent(stream.gen)}`);
        if (answer.reset) stream = emptyStream();
        else if (!applyChanges(stream, answer)) break;
      }
      if (!stream.gen) stream = fromSnapshot(await call(`${roomUrl}snapshot/`));
      show("live");
      draw();
      flush();
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) location.assign(index);
      else setTimeout(catchUp, RETRY_MS);
    }
  }
}

function onFrame(frame) {
  if (frame.type === "ready") catchUp();
  else if (frame.type === "typing" && frame.room_id === roomId) noteTyping(frame);
  else if (frame.type === "removed" && frame.stream === streamName) location.assign(index);
  else if (frame.type === "subscribed" && frame.stream === streamName) setMember(true), catchUp();
  else if (frame.type === "changes" && frame.stream === streamName) onChanges(frame);
}

async function onChanges(frame) {
  // While a snapshot or a page of changes is under way, what comes meanwhile waits for it.
  if (syncing) await syncing;
  const outcome = applyFrame(stream, frame);
  if (outcome === "gap") setTimeout(() => frame.version > stream.cursor && catchUp(), GAP_MS * (1 + Math.random()));
  if (outcome !== "applied") return;
  // Who has just written no longer types.
  for (const { user_id } of frame.messages ?? []) if (typists.has(user_id)) noteTyping({ user_id });
  draw();
}

const socket = new Socket(socketPath, { onFrame, onDown: () => show(navigator.onLine ? "connecting" : "offline") });
addEventListener("offline", () => show("offline"));
// The socket may have outlived the break, or not know yet that it did not: REST tells.
addEventListener("online", () => catchUp());
setInterval(() => stream.gen && catchUp(), CHECK_MS);

// -- Sending ----------------------------------------------------------------------
byId("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const body = byId("body").value.trim();
  if (!body) return;
  byId("body").value = "";
  typedAt = 0;
  outbox.push({ client_id: newId(), body });
  draw({ toEnd: true });
  flush();
});

/** Send what waits, in order and one at a time; the same client_id until the server has answered. */
async function flush() {
  if (isSending) return;
  isSending = true;
  try {
    for (let next; (next = outbox.find((item) => !item.failed)); draw()) await send(next);
  } catch {
    clearTimeout(retry);
    retry = setTimeout(flush, RETRY_MS * (0.5 + Math.random()));
  } finally {
    isSending = false;
  }
}

async function send(item) {
  try {
    const message = await socket.ask("send_message", { room_id: roomId, body: item.body, client_id: item.client_id });
    outbox.splice(outbox.indexOf(item), 1);
    if (!message.hidden) applyHistory(stream, [message]);
  } catch (error) {
    const isRefused = error instanceof ApiError && error.status < 500 && error.status !== 429;
    if (!isRefused) throw error;
    item.failed = error.message;
    notice(error.message);
  }
}

async function like(message, on) {
  try {
    applyHistory(stream, [await socket.ask("react", { room_id: roomId, message_id: message.id, emoji: "👍", on })]);
    notice();
    draw();
  } catch (error) {
    notice(error.message);
  }
}

byId("body").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  byId("composer").requestSubmit();
});
byId("body").addEventListener("input", () => {
  if (Date.now() - typedAt < TYPING_EVERY_MS) return;
  typedAt = Date.now();
  socket.ask("typing", { room_id: roomId }).catch(() => {});
});

byId("join").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await call(`${roomUrl}join/`, { method: "POST" });
    setMember(true);
  } catch (error) {
    notice(error.message);
  }
});

function setMember(value) {
  isMember = value;
  byId("composer").hidden = !value;
  byId("join").hidden = value;
}

// -- Showing ----------------------------------------------------------------------
function draw({ toEnd = false } = {}) {
  const messages = shownMessages(stream);
  const sent = new Set(messages.filter((message) => message.user_id === me).map((message) => message.client_id));
  const pending = outbox.filter((item) => !sent.has(item.client_id));
  drawMessages({ messages, pending, me, words: page.dataset, onLike: isMember ? like : null, toEnd });
  byId("older").hidden = !messages.length || messages[0].seq <= oldestKnown;
  if (stream.room && stream.room.kind === "group") {
    byId("title").textContent = stream.room.title;
    byId("topic").textContent = stream.room.topic;
    const active = [...stream.users.values()].filter((user) => user.is_active).length;
    byId("members").textContent = `· ${page.dataset.members}: ${active}`;
  }
  markSeen(messages);
}

function markSeen(messages) {
  const newest = messages.at(-1)?.seq ?? 0;
  if (document.hidden || !isMember || newest <= seenSeq) return;
  seenSeq = newest;
  socket.ask("mark_seen", { room_id: roomId, up_to: newest }).catch(() => (seenSeq = 0));
}
document.addEventListener("visibilitychange", () => !document.hidden && (markSeen(shownMessages(stream)), catchUp()));

/** Nothing is older than this `seq`. */
let oldestKnown = 0;
byId("older").addEventListener("click", async () => {
  const first = shownMessages(stream)[0];
  const before = stream;
  const answer = await call(`${roomUrl}messages/?before=${first.seq}`).catch((error) => notice(error.message));
  // A page asked for before a reset is of another life of the room.
  if (!answer || before !== stream) return;
  applyHistory(stream, answer.results);
  if (!answer.next) oldestKnown = shownMessages(stream)[0].seq;
  draw();
});

function noteTyping({ user_id, name, is_typing }) {
  clearTimeout(typists.get(user_id)?.timer);
  typists.delete(user_id);
  if (is_typing) typists.set(user_id, { name, timer: setTimeout(() => noteTyping({ user_id }), TYPING_MS) });
  drawTyping([...typists.values()].map((typist) => typist.name), page.dataset);
}
