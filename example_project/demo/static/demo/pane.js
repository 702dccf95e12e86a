// One person's side of the talk: a chat that signs in by itself, and a button that connects it.
import { Access } from "./access.js";

export class Pane {
  /**
   * @param {HTMLElement} section @param {string} peer key of the other person @param {DOMStringMap} page addresses and words
   */
  constructor(section, peer, page) {
    this.section = section;
    this.peer = peer;
    this.page = page;
    this.access = new Access(page.signIn, section.dataset.userUuid);
    this.element = section.querySelector("df-chat-room");
    this.element.authorization = () => this.access.header();
    // The chat comes back by itself, with a new token.
    this.element.addEventListener("df-chat-signedout", () => this.access.forget());
    this.isWanted = false;
    this.button = section.querySelector(".connection");
    this.button.onclick = () => (this.isWanted ? this.disconnect() : this.connect());
    this.show("disconnected");
  }

  async connect() {
    const { element, peer } = this;
    this.isWanted = true;
    this.show("connecting");
    element.start();
    const { chat } = element;
    const { client } = chat;
    client.addEventListener("status", ({ detail }) => element.chat === chat && this.show(detail === "connecting" ? detail : "connected"));
    try {
      const room = await client.request("POST", `direct/${peer}/`);
      if (element.chat === chat) element.setAttribute("room", room.id);
    } catch (error) {
      if (element.chat !== chat) return;
      this.disconnect();
      this.notice(error.message);
    }
  }

  disconnect() {
    this.isWanted = false;
    this.element.stop();
    this.show("disconnected");
  }

  // -- Showing ------------------------------------------------------------------------
  /** @param {"connecting" | "connected" | "disconnected"} state */
  show(state) {
    const { page, section, element } = this;
    if (!this.isWanted) state = "disconnected";
    section.dataset.state = state;
    section.querySelector(".state").textContent = page[state];
    this.button.textContent = this.isWanted ? page.disconnect : page.connect;
    this.button.classList.toggle("quiet", this.isWanted);
    element.inert = !this.isWanted;
    if (this.isWanted) this.notice("");
  }

  /** @param {string} text */
  notice(text) {
    const place = this.section.querySelector(".notice");
    place.textContent = text;
    place.hidden = !text;
  }
}
