// What an own message is marked with, by how far the others have got.
import assert from "node:assert/strict";
import { test } from "node:test";

import { marksOf } from "../../df_chat/static/df_chat/web/messages/marks.js";
import { Objects } from "../../df_chat/static/df_chat/sync/objects.js";

const MESSAGE = { seq: 5, created: "2026-05-01T12:00:00Z" };

/** A room of "me" and others, each given as `[received_seq, seen_seq]` and what else is known of the member. */
function roomOf(others) {
  const objects = new Objects();
  const users = [{ user_id: "me" }, ...others.map(([, , more], index) => ({ user_id: `u${index}`, ...more }))];
  objects.merge({ users: users.map((user, index) => ({ id: `m${index}`, version: 1, is_active: true, joined_at: "2026-01-01T00:00:00Z", ...user })) });
  others.forEach(([received_seq, seen_seq], index) => received_seq === null || objects.receipts.set(`u${index}`, { received_seq, seen_seq }));
  return objects;
}

for (const [about, others, mark] of [
  ["alone", [], "sent"],
  ["nobody has it", [[4, 4]], "sent"],
  ["it arrived", [[5, 4]], "delivered"],
  ["it was seen", [[5, 5]], "read"],
  ["more was seen", [[9, 9]], "read"],
  ["one of two has it", [[5, 5], [4, 4]], "sent"],
  ["one of two has seen it", [[5, 5], [5, 4]], "delivered"],
  ["of one nothing is told", [[5, 5], [null, null]], "sent"],
  ["somebody came later", [[5, 5], [0, 0, { joined_at: "2026-06-01T00:00:00Z" }]], "read"],
  ["somebody has left", [[5, 5], [0, 0, { is_active: false }]], "read"],
]) {
  test(`${about}: ${mark}`, () => assert.equal(marksOf(roomOf(others), "me")(MESSAGE), mark));
}
