// What became of an own message, by how far the others have got.

/** @typedef {"sent" | "delivered" | "read"} Mark */

/**
 * The marks of messages: "delivered" once everybody else who was in the room has received one, "read" once they have seen it.
 * Of members whose receipts nobody tells, as in big rooms, it is taken that they have not.
 * @param {import("../../sync/objects.js").Objects} objects those of the room
 * @param {string} me key of the user who sent them
 * @returns {(message: {seq: number, created: string}) => Mark}
 */
export function marksOf(objects, me) {
  const others = objects.active("users").filter((member) => member.user_id !== me);
  return ({ seq, created }) => {
    const present = others.filter((member) => member.joined_at <= created);
    const everybody = (name) => present.every((member) => (objects.receipts.get(member.user_id)?.[name] ?? 0) >= seq);
    if (!present.length) return "sent";
    if (everybody("seen_seq")) return "read";
    return everybody("received_seq") ? "delivered" : "sent";
  };
}
