// How far somebody has got is told once in a while, and always the newest.
import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Chat } from "../../df_chat/static/df_chat/web/chat.js";
import { Receiver } from "../../df_chat/static/df_chat/web/messages/receiver.js";
import { Teller } from "../../df_chat/static/df_chat/web/messages/teller.js";

const settle = async () => { for (let turn = 0; turn < 10; turn++) await Promise.resolve(); };

async function after(ms) {
  mock.timers.tick(ms);
  await settle();
}

test("a burst is two requests, and what is known is not told again", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const told = [];
  const teller = new Teller(async (seq) => told.push(seq));
  for (let seq = 1; seq <= 500; seq++) teller.tell(seq);
  await settle();
  assert.deepEqual(told, [1]);
  await after(1_000);
  assert.deepEqual(told, [1, 500]);
  teller.tell(499);
  await after(5_000);
  assert.deepEqual(told, [1, 500]);
  teller.tell(501);
  await settle();
  assert.deepEqual(told, [1, 500, 501]);
  mock.timers.reset();
});

test("what failed is told again, and not at once", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const told = [];
  let isDown = true;
  const teller = new Teller(async (seq) => {
    told.push(seq);
    if (isDown) throw new Error("no answer");
  });
  for (let draw = 0; draw < 100; draw++) {
    teller.tell(7);
    await settle();
  }
  assert.deepEqual(told, [7]);
  isDown = false;
  await after(1_000);
  for (let draw = 0; draw < 100; draw++) {
    teller.tell(7);
    await after(1_000);
  }
  assert.deepEqual(told, [7, 7]);
  mock.timers.reset();
});

test("receipts of many rooms go one by one, and one that fails holds up no other", async () => {
  const chat = Object.assign(Object.create(Chat.prototype), { turn: Promise.resolve() });
  const begun = [];
  const ends = [];
  const work = (name) => chat.inTurn(() => new Promise((resolve, reject) => (begun.push(name), ends.push({ resolve, reject }))));
  const refused = assert.rejects(work("a"));
  const done = work("b");
  await settle();
  assert.deepEqual(begun, ["a"]);
  ends[0].reject(new Error("no answer"));
  await refused;
  await settle();
  assert.deepEqual(begun, ["a", "b"]);
  ends[1].resolve("told");
  assert.equal(await done, "told");
});

const room = (id, seq, fields) => ({ id, is_member: true, unread_count: 1, last_message: { seq }, ...fields });

/** A receiver whose list holds `rooms`; `told` is what it tells. */
function receiving(rooms, memberships) {
  const told = [];
  const own = { cursor: 1, objects: { active: () => memberships } };
  const chat = {
    user: "me",
    client: { session: { replicas: new Map([["user:me", own]]) } },
    rooms: { mine: rooms, unread: ({ unread_count }) => unread_count },
    state: (id) => ({ received: { tell: (seq) => told.push(`${id} ${seq}`) } }),
  };
  return { receiver: new Receiver(chat), told, own, rooms };
}

test("what is unread in the list has come, and each is told once", () => {
  const rooms = [room("new", 7), room("read", 8, { unread_count: 0 }), room("empty", 0, { last_message: null }), room("elsewhere", 9), room("later", 5)];
  const { receiver, told } = receiving(rooms, [{ room_id: "new", received_seq: 6 }, { room_id: "elsewhere", received_seq: 9 }]);
  receiver.look();
  receiver.look();
  assert.deepEqual(told, ["new 7", "later 5"]);
  rooms[0] = room("new", 12, { unread_count: 6 });
  receiver.look();
  assert.deepEqual(told, ["new 7", "later 5", "new 12"]);
});

test("nothing is told before it is known what other pages have told", () => {
  const { receiver, told, own } = receiving([room("new", 7)], [{ room_id: "new", received_seq: 7 }]);
  own.cursor = null;
  receiver.look();
  own.cursor = 3;
  receiver.look();
  assert.deepEqual(told, []);
});
