// The page of rooms.
import { ChatClient } from "./client.js";
import { bdi, byId, element, notice, shortTime } from "./dom.js";

const page = byId("chat-index");
const { api, page: home, socket, user, empty, members, join, open, deleted } = page.dataset;
const RELOAD_MS = 300;
const SEARCH_MS = 250;
// It holds no room, hears of all, and sends what was left unsent.
const client = new ChatClient({ api, socket, rooms: [], storage: localStorage, user });

const titleOf = (room) => room.peer?.name ?? (room.title || "—");
const pageOf = (room) => `${home}${room.id}/`;

function preview(room) {
  const last = room.last_message;
  if (!last) return empty;
  const text = last.deleted ? deleted : last.body;
  return last.sender && room.kind === "group" ? `${last.sender.name}: ${text}` : text;
}

function mine(room) {
  const link = element(
    "a",
    { href: pageOf(room) },
    bdi(titleOf(room), "name"),
    element("span", { className: "time", textContent: room.last_message ? shortTime(room.last_message.created) : "" }),
    bdi(preview(room), "preview"),
    room.unread_count ? element("span", { className: "badge", textContent: String(room.unread_count) }) : element("span"),
  );
  return element("li", {}, link);
}

function others(room) {
  const enter = element("button", { type: "button", className: "quiet", textContent: join, "aria-label": `${join} ${room.title}` });
  enter.onclick = () => attempt(async () => {
    await client.join(room.id);
    location.assign(pageOf(room));
  });
  const read = element("a", { href: pageOf(room), textContent: open, "aria-label": `${open} ${room.title}` });
  const about = [room.topic, `${members}: ${room.member_count}`].filter(Boolean).join(" · ");
  return element("li", {}, element("div", { className: "row" },
    element("div", {}, element("div", {}, bdi(room.title, "name")), element("div", {}, bdi(about, "preview"))),
    read, enter));
}

async function load() {
  const [own, open] = await Promise.all([client.request("GET", "rooms/"), client.request("GET", "rooms/?public=true")]);
  byId("rooms").replaceChildren(...own.results.map(mine));
  byId("no-rooms").hidden = own.results.length > 0;
  const joinable = open.results.filter((room) => !room.is_member);
  byId("public").replaceChildren(...joinable.map(others));
  byId("no-public").hidden = joinable.length > 0;
}

async function attempt(work) {
  try {
    notice();
    await work();
  } catch (error) {
    notice(error.message);
  }
}

byId("make").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  const body = { title: form.get("title"), topic: form.get("topic"), is_public: form.has("is_public") };
  attempt(async () => location.assign(pageOf(await client.request("POST", "rooms/", body))));
});

function person(user) {
  const dot = element("span", { className: user.is_online ? "dot online" : "dot" });
  const button = element("button", { type: "button" }, dot, bdi(user.name));
  button.onclick = () => attempt(async () => location.assign(pageOf(await client.request("POST", `direct/${encodeURIComponent(user.id)}/`))));
  return element("li", {}, button);
}

let searching;
byId("search").addEventListener("input", (event) => {
  clearTimeout(searching);
  searching = setTimeout(() => attempt(async () => {
    const text = event.target.value.trim();
    const found = text.length < 2 ? [] : (await client.request("GET", `users/?search=${encodeURIComponent(text)}&limit=8`)).results;
    byId("people").replaceChildren(...found.map(person));
  }), SEARCH_MS);
});

// Whatever happens in a room changes its line: read the list again, once for a burst.
let reloading;
const reload = () => {
  clearTimeout(reloading);
  reloading = setTimeout(() => attempt(load), RELOAD_MS);
};
const QUIET = new Set(["typing", "receipt", "presence", "heartbeat", "going_away"]);
client.addEventListener("frame", ({ detail }) => QUIET.has(detail.type) || reload());
client.addEventListener("signedout", () => location.reload());
client.start();
attempt(load);
