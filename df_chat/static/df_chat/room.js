// The page of one room: what the client holds of it, shown.
import { ChatClient } from "./client.js";
import { byId, notice } from "./dom.js";
import { drawMessages, drawTyping } from "./log.js";

const page = byId("chat-room");
const { api, room: roomId, user: me, index, socket } = page.dataset;
const LIKE = "👍";
const TYPING_MS = 6_000;
const TYPING_EVERY_MS = 3_000;

const client = new ChatClient({ api, socket, rooms: [roomId], storage: localStorage, user: me });
let isMember = page.dataset.member === "true";
let seenSeq = 0;
let typedAt = 0;
const typists = new Map();

// -- What the client tells ----------------------------------------------------------
const leave = () => location.assign(index);
client.addEventListener("change", () => draw());
client.addEventListener("status", showStatus);
client.addEventListener("frame", ({ detail }) => onFrame(detail));
client.addEventListener("removed", ({ detail }) => detail.room_id === roomId && leave());
client.addEventListener("signedout", leave);
client.addEventListener("rejected", ({ detail }) => notice(detail.errors.map((error) => error.detail).join(" ")));
for (const event of ["online", "offline"]) addEventListener(event, showStatus);

function showStatus() {
  const names = { connecting: "connecting", syncing: "syncing", up_to_date: "live" };
  const state = navigator.onLine ? names[client.status] : "offline";
  const place = byId("state");
  place.textContent = page.dataset[state];
  place.dataset.state = state;
}

function onFrame(frame) {
  if (frame.type === "typing" && frame.room_id === roomId) noteTyping(frame);
  else if (frame.type === "subscribed" && frame.stream === `room:${roomId}`) setMember(true);
  // Who has just written no longer types.
  for (const { user_id } of frame.messages ?? []) if (typists.has(user_id)) noteTyping({ user_id });
}

// -- Writing ------------------------------------------------------------------------
byId("body").value = "";
byId("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const body = byId("body").value.trim();
  if (!body) return;
  byId("body").value = "";
  // Whoever types after this types something new.
  if (typedAt) client.typing(roomId, false);
  typedAt = 0;
  client.writeDraft(roomId, "");
  // What becomes of it, `change` and `rejected` tell.
  client.send(roomId, body).catch(() => {});
  draw({ toEnd: true });
});

byId("body").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  byId("composer").requestSubmit();
});
byId("body").addEventListener("input", () => {
  client.writeDraft(roomId, byId("body").value);
  if (Date.now() - typedAt < TYPING_EVERY_MS) return;
  typedAt = Date.now();
  client.typing(roomId);
});

/** Do what may be refused, and say so. */
async function attempt(work) {
  try {
    await work();
    notice();
  } catch (error) {
    notice(error.message);
  }
}

const like = (message, on) => attempt(() => client.react(roomId, message.id, LIKE, on));

byId("join").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(async () => {
    await client.join(roomId);
    setMember(true);
  });
});

function setMember(value) {
  isMember = value;
  byId("composer").hidden = !value;
  byId("join").hidden = value;
}

// -- Showing ------------------------------------------------------------------------
function draw({ toEnd = false } = {}) {
  const replica = client.room(roomId);
  if (!replica) return;
  const messages = client.messages(roomId, { deleted: true });
  const pending = client.pending(roomId);
  drawMessages({ messages, pending, me, words: page.dataset, onLike: isMember ? like : null, toEnd });
  byId("older").hidden = !replica.objects.floor;
  const { room } = replica.objects;
  if (room?.kind === "group") {
    byId("title").textContent = room.title;
    byId("topic").textContent = room.topic;
    byId("members").textContent = `· ${page.dataset.members}: ${replica.objects.active("users").length}`;
  }
  if (replica.cursor !== null) markSeen(messages);
}

function markSeen(messages) {
  const newest = messages.at(-1)?.seq ?? 0;
  if (document.hidden || !isMember || newest <= seenSeq) return;
  seenSeq = newest;
  client.markSeen(roomId, newest).catch(() => (seenSeq = 0));
}
document.addEventListener("visibilitychange", () => document.hidden || draw());
byId("older").addEventListener("click", () => client.older(roomId));

function noteTyping({ user_id, name, is_typing }) {
  clearTimeout(typists.get(user_id)?.timer);
  typists.delete(user_id);
  if (is_typing) typists.set(user_id, { name, timer: setTimeout(() => noteTyping({ user_id }), TYPING_MS) });
  drawTyping([...typists.values()].map((typist) => typist.name), page.dataset);
}

client.start();
byId("body").value = client.room(roomId)?.draft ?? "";
showStatus();
