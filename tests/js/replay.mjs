// Replaying the vectors of tests/vectors on a session; what a vector is, tests/clients/vectors.py says.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";

const FOLDER = new URL("../vectors/", import.meta.url);
const read = (name) => JSON.parse(readFileSync(new URL(name, FOLDER), "utf8"));
const given = read("given.json");

const INPUTS = {
  receive: (session, step) => session.receive(step.frame),
  done: (session, step, requests) => session.done(requests[step.request - 1], step.status, step.body, step.retry_after),
  elapsed: (session, step) => session.elapsed(step.timer, step.stream),
  disconnected: (session) => session.disconnected(),
  check: (session) => session.check(),
  wake: (session) => session.wake(),
  watch: (session, step) => session.watch(step.room),
  send: (session, step) => session.send(step.room, step.client_id, step.fields, step.at),
  discard: (session, step) => session.discard(step.room, step.client_id),
  restore: (session, step) => session.restore(step.room, step.entries, step.draft, step.now),
  draft: (session, step) => session.writeDraft(step.room, step.text),
  older: (session, step) => session.older(step.room, step.limit),
  write: (session, step) => [session.write(step.room, step.method, step.path, step.body)],
};
const KEYS = { wait: "timer", store: "stream", purge: "stream", acked: "client_id", rejected: "client_id" };

function summary({ objects, ...replica }, entries) {
  const everything = objects.messages({ deleted: true });
  return {
    cursor: replica.cursor,
    gen: replica.gen,
    messages: objects.messages().map(({ id, version }) => `${id}@${version}`),
    deleted: everything.filter((message) => message.deleted).map(({ id }) => id),
    keys: Object.fromEntries(everything.filter(({ id }) => id === "z").map((message) => [message.id, Object.keys(message).sort()])),
    users: objects.active("users").map(({ user_id }) => user_id),
    room: objects.room?.version ?? null,
    receipts: Object.fromEntries(objects.receipts),
    floor: objects.floor,
    pending: entries.map(({ client_id }) => client_id),
    failed: entries.filter(({ error }) => error).map(({ client_id }) => client_id),
    draft: replica.draft,
  };
}

function stateOf(session, key) {
  if (key === "online") return [...session.online].sort();
  if (!key.includes(":")) return session[key];
  const replica = session.replicas.get(key);
  return replica ? summary(replica, replica.pending()) : null;
}

function holds(found, wanted) {
  if (typeof wanted !== "object" || wanted === null || typeof found !== "object" || found === null) return Object.is(found, wanted);
  if (Array.isArray(wanted)) return wanted.length === found.length && wanted.every((value, index) => holds(found[index], value));
  return Object.keys(wanted).every((key) => key in found && holds(found[key], wanted[key]));
}

function play(session, step, requests) {
  const effects = (INPUTS[step.do](session, step, requests) ?? []).map((effect) => {
    if (effect.effect !== "request") return { ...effect, [effect.effect]: effect[KEYS[effect.effect]] };
    requests.push(effect);
    return { ...effect, request: requests.length };
  });
  const expected = step.effects ?? [];
  assert.equal(effects.length, expected.length, `${step.do}: ${JSON.stringify(effects)}`);
  expected.forEach((wanted, index) => {
    assert.ok(holds(effects[index], wanted), `${step.do}: ${JSON.stringify(effects[index])} is not ${JSON.stringify(wanted)}`);
  });
  for (const [key, wanted] of Object.entries(step.state ?? {})) {
    const found = stateOf(session, key);
    const named = wanted && found && key.includes(":") ? Object.fromEntries(Object.keys(wanted).map((name) => [name, found[name]])) : found;
    assert.deepEqual(named, wanted, `${step.do}: ${key}`);
  }
}

export const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith(".json") && name !== "given.json").sort();

/** Play one vector; throws where the session does not do as it says. */
export function replay(name, Session) {
  const vector = read(name);
  const session = new Session(vector.follow ?? null);
  const requests = [];
  [...(vector.given ? given : []), ...vector.steps].forEach((step, number) => {
    try {
      play(session, step, requests);
    } catch (error) {
      error.message = `step ${number}: ${error.message}`;
      throw error;
    }
  });
}
