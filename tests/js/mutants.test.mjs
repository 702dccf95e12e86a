// The vectors can fail here too: a core that breaks a rule is told from a whole one.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { NAMES, replay } from "./replay.mjs";

const CORE = new URL("../../df_chat/static/df_chat/sync/", import.meta.url);
const MUTANTS = {
  "events below the cursor are applied": ["replica.js", "if (frame.version <= this.cursor) return [];", ""],
  "objects below the cursor are applied": ["replica.js", "this.merge(frame, this.cursor ?? 0)", "this.merge(frame)"],
  "events are applied over a gap": ["replica.js", "if (frame.prev > this.cursor) {", "if (false) {"],
  "events of another epoch are applied": ["replica.js", "if (!this.isOfThisLife(frame)) {", "if (false) {"],
  "pokes are not heard": ["replica.js", "if (isPoke(frame)) {", "if (false) {"],
  "null is content": ["replica.js", " && value !== null", ""],
  "the cursor goes to the newest version": ["replica.js", "Math.max(this.cursor ?? 0, answer.next)", "answer.version"],
  "events that never were are held for ever": ["replica.js", "this.held.filter((held) => !held.isAsked)", "this.held"],
  "a reset keeps the objects": ["replica.js", "this.objects = new Objects();", "this.objects ??= new Objects();"],
  "a reset keeps the generation": ["replica.js", "this.generation = this.nextGeneration();\n    this.gen = null", "this.generation ??= this.nextGeneration();\n    this.gen = null"],
  "a snapshot begins no new life": ["replica.js", "this.generation = this.nextGeneration();\n    this.gen = body", "this.gen = body"],
  "an echo is matched by its key alone": ["replica.js", "this.me !== null && user_id === this.me && client_id", "client_id"],
  "the last state wins": ["objects.js", "objects.get(state.id).version >= state.version", "false"],
  "no overlay": ["objects.js", "if (!this.isPaging) return false;", "return false;"],
  "changes above the window are shown": ["objects.js", "state.seq < this.floor", "false"],
  "objects hold what is the viewer's": ["objects.js", "!VIEWER_FIELDS[part].has(key)", "true"],
  "several are under way": ["outbox.js", "this.inFlight !== null || ", ""],
  "a new message does not wait": ["outbox.js", " || this.isWaiting)", ")"],
  "too many is for good": ["outbox.js", "425, 429]", "425]"],
  "old entries are sent": ["outbox.js", "(isTooOld ? expired : null)", "null"],
  "ready needs no sync of its own": ["session.js", "return [...effects, ...this.sync()];", "return [...effects, ...this.check()];"],
  "answers of an earlier life are taken": ["session.js", "return isCurrent ? [", "return true ? ["],
  "syncs of an earlier life are taken": ["session.js", "|| replica.generation !== named.get(name)", ""],
  "rooms that the own stream says were left are kept": ["session.js", "!one.is_active", "false"],
  "rooms only watched are forgotten": ["session.js", "!this.watched.has(name) && ", ""],
  "rooms joined again are forgotten": ["session.js", "<= left.member_epoch", "<= left.member_epoch + 99"],
  "ready's gen is not looked at": ["replica.js", "here && here.gen !== this.gen ? this.reset()", "false ? this.reset()"],
  "a snapshot from before ready lacks nothing": ["replica.js", "if (here) return this.announced", "if (false) return this.announced"],
  "a guest's snapshot from before ready lacks nothing": ["replica.js", "if (this.loading !== null) this.known = Infinity;", ""],
  "a guest's snapshot from after ready is not enough": ["replica.js", "if (this.loading !== null) this.known = Infinity;", "this.known = Infinity;"],
  "a removed room stays": ["session.js", "this.replicas.delete(name);", ""],
  "somebody else's rooms stay": ["session.js", "this.me !== null && this.me !== frame.user_id", "false"],
  "only the first of a list is read": ["session.js", "frame.flatMap((one)", "frame.slice(0, 1).flatMap((one)"],
};

const folders = [];
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

/** The core with one text replaced, imported anew. */
async function build(file, old, instead) {
  const folder = mkdtempSync(join(tmpdir(), "df-chat-core-"));
  folders.push(folder);
  writeFileSync(join(folder, "package.json"), '{"type": "module"}');
  for (const name of readdirSync(CORE)) {
    const source = readFileSync(new URL(name, CORE), "utf8");
    if (name === file) assert.equal(source.split(old).length, 2, `${old} is not once in ${name}`);
    writeFileSync(join(folder, name), name === file ? source.replace(old, () => instead) : source);
  }
  return (await import(pathToFileURL(join(folder, "session.js")))).Session;
}

function killers(Session) {
  return NAMES.filter((name) => {
    try {
      replay(name, Session);
      return false;
    } catch {
      return true;
    }
  });
}

test("nothing broken kills nothing", async () => assert.deepEqual(killers(await build()), []));

for (const [name, mutant] of Object.entries(MUTANTS)) {
  test(name, async () => assert.notDeepEqual(killers(await build(...mutant)), [], "no vector tells"));
}
