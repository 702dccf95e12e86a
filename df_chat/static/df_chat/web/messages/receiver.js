// Tells the server which messages have come to this page, in any room of the user's: as the list of rooms knows them,
// whether they were just told of or written while nobody was there.

export class Receiver {
  /** @param {import("../chat.js").Chat} chat */
  constructor(chat) {
    this.chat = chat;
    /** What the list held when it was looked at: a room that changes is another object there. @type {WeakSet<object>} */
    this.looked = new WeakSet();
  }

  /** @param {AbortSignal} signal */
  start(signal) {
    this.chat.addEventListener("change", () => this.look(), { signal });
  }

  look() {
    const { chat, looked } = this;
    const own = chat.client.session.replicas.get(`user:${chat.user}`);
    const fresh = chat.rooms.mine.filter((room) => !looked.has(room));
    // How far other pages have told is not known yet.
    if (!fresh.length || !own || own.cursor === null) return;
    const told = new Map(own.objects.active("memberships").map((one) => [one.room_id, one.received_seq]));
    for (const room of fresh) {
      looked.add(room);
      const newest = room.last_message?.seq ?? 0;
      if (chat.rooms.unread(room) && newest > (told.get(room.id) ?? 0)) chat.state(room.id).received.tell(newest);
    }
  }
}
