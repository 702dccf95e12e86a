// Two people on one page, each with a chat of their own.
import { Pane } from "./pane.js";

const page = /** @type {HTMLElement} */ (document.getElementById("two-panes"));
const sections = /** @type {HTMLElement[]} */ ([...page.querySelectorAll(".pane")]);
await customElements.whenDefined("df-chat-room");

for (const section of sections) {
  const other = sections.find((one) => one !== section);
  new Pane(section, other.querySelector("df-chat-room").dataset.user, page.dataset).connect();
}
