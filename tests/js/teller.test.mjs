// How far somebody has got is told once in a while, and always the newest.
import assert from "node:assert/strict";
import { mock, test } from "node:test";

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
