// The order of messages, kept while they come and change, is the order that sorting gives.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Objects } from "../../df_chat/static/df_chat/sync/objects.js";
import { placeOf } from "../../df_chat/static/df_chat/sync/ordered.js";

const message = (seq, version = seq, more = {}) => ({ id: `m${seq}`, seq, version, body: `${seq}`, ...more });

/** The same, sorted anew. */
function sorted(objects, deleted) {
  const held = [...objects.parts.messages.values()].filter((one) => deleted || !one.deleted);
  return held.sort((one, other) => one.seq - other.seq);
}

/** A small generator of numbers, the same in each run. */
function random(seed) {
  return (below) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
}

test("whatever comes in whatever order, looking now and then", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const next = random(seed);
    const objects = new Objects();
    for (let step = 1; step <= 120; step++) {
      const seq = next(60) + 1;
      const more = next(6) === 0 ? { deleted: true } : {};
      objects.merge({ messages: [message(seq, seq + next(1000), more)] });
      if (next(3)) assert.deepEqual(objects.messages(), sorted(objects, false));
    }
    assert.deepEqual(objects.messages({ deleted: true }), sorted(objects, true));
    assert.deepEqual(objects.messages(), sorted(objects, false));
  }
});

test("messages of one seq stay apart, and each is replaced by its own next version", () => {
  const objects = new Objects();
  objects.merge({ messages: [message(1), { ...message(1), id: "twin" }] });
  objects.merge({ messages: [{ ...message(1), id: "twin", version: 5, body: "new" }] });
  assert.deepEqual(objects.messages().map(({ id, body }) => [id, body]), [["m1", "1"], ["twin", "new"]]);
});

test("a message whose seq changes moves", () => {
  const objects = new Objects();
  objects.merge({ messages: [message(1), message(2)] });
  objects.merge({ messages: [{ ...message(1), seq: 3, version: 9 }] });
  assert.deepEqual(objects.messages().map(({ id }) => id), ["m2", "m1"]);
});

test("a look at 100,000 messages costs no sorting", () => {
  const objects = new Objects();
  objects.merge({ messages: Array.from({ length: 100_000 }, (_, index) => message(index + 1)) });
  // A second of sorting each time, were it not kept.
  for (let look = 0; look < 100_000; look++) objects.messages();
  assert.equal(objects.messages(), objects.messages());
  assert.equal(objects.messages().length, 100_000);
});

test("places", () => {
  const messages = [2, 4, 6].map((seq) => message(seq));
  assert.deepEqual([1, 2, 3, 6, 7].map((seq) => placeOf(messages, seq)), [0, 0, 1, 2, 3]);
  assert.equal(placeOf([], 1), 0);
});
