// All streams of one user: where frames and outcomes go, and whether everything is up to date. No network, no clock.

import { backoff, request, store, wait } from "./effects.js";
import { Replica } from "./replica.js";

/** @typedef {import("./effects.js").Effect} Effect */
/** @typedef {import("./effects.js").Request} Request */
/** @typedef {"connecting" | "syncing" | "up_to_date"} Status */

// Streams that one request of `sync` names at most.
const MAX_STREAMS = 500;
// How long clients spread the request that an event of an unknown stream makes them send, in seconds.
const STRANGE_SECONDS = 0.3;
// The answer for a stream that an answer of `sync` leaves out.
const UNCHANGED = { next: 0, more: false };

/** @param {any} body */
const isMessage = (body) => "seq" in body && "version" in body;

/** The pure core of a client: inputs return what to do next. */
export class Session {
  /** @param {Iterable<string> | null} [follow] keys of the rooms to hold; null for all rooms of the user */
  constructor(follow = null) {
    /** @type {string | null} */
    this.me = null;
    /** @type {Map<string, Replica>} */
    this.replicas = new Map();
    /** @type {Set<string>} */
    this.online = new Set();
    this.isConnected = false;
    this.followed = follow && new Set([...follow].map((roomId) => `room:${roomId}`));
    /** @type {Set<string>} */
    this.watched = new Set();
    let generation = 0;
    this.nextGeneration = () => ++generation;
    /** The generations of the streams that each request of sync named, by its own. @type {Map<number, Map<string, number>>} */
    this.syncs = new Map();
    /** The requests of sync that began after the socket said it is ready. @type {Set<number>} */
    this.awaited = new Set();
    this.isSynced = false;
    this.isSyncDue = false;
    this.failures = 0;
  }

  /** @returns {Status} */
  get status() {
    if (!this.isConnected) return "connecting";
    return this.isSynced && [...this.replicas.values()].every((replica) => !replica.isLagging) ? "up_to_date" : "syncing";
  }

  /** Whether everything is up to date, and nothing left to ask for or to send. */
  get isIdle() {
    const isIdle = [...this.replicas.values()].every((replica) => replica.isIdle && replica.outbox.isIdle);
    return this.status === "up_to_date" && isIdle && !this.syncs.size && !this.isSyncDue;
  }

  // -- The socket -------------------------------------------------------------------------------------------
  /** Take what the socket brought: a frame, or many in a list. Frames of an unknown type are left alone. @param {any} frame @returns {Effect[]} */
  receive(frame) {
    if (Array.isArray(frame)) return frame.flatMap((one) => this.receive(one));
    switch (frame.type) {
      case "ready": return this.ready(frame);
      case "changes": return this.changes(frame);
      case "subscribed": return this.follows(frame.stream) ? this.open(frame.stream).announced(frame.gen, frame.version) : [];
      case "removed": return this.purge(frame.stream);
      case "receipt": this.replicas.get(`room:${frame.room_id}`)?.objects.mark(frame); break;
      case "presence": frame.is_online ? this.online.add(frame.user_id) : this.online.delete(frame.user_id);
    }
    return [];
  }

  /** The socket is gone; requests under way still count. */
  disconnected() {
    this.isConnected = false;
    this.online.clear();
  }

  /** @param {any} frame @returns {Effect[]} */
  ready(frame) {
    // Somebody else may have signed in.
    const isOther = this.me !== null && this.me !== frame.user_id;
    const effects = isOther ? [...this.replicas.keys()].flatMap((name) => this.purge(name)) : [];
    this.me = frame.user_id;
    this.isConnected = true;
    this.isSynced = false;
    for (const [name, replica] of this.replicas) {
      replica.me = this.me;
      effects.push(...replica.ready(frame.streams[name]), ...replica.wake());
    }
    // What committed before the socket heard the streams is known only to a request that began after it did.
    this.awaited.clear();
    return [...effects, ...this.sync()];
  }

  /** @param {any} frame @returns {Effect[]} */
  changes(frame) {
    const replica = this.replicas.get(frame.stream);
    if (replica) return [...replica.event(frame), ...(replica.kind === "user" ? this.forgetLeft() : [])];
    if (!this.follows(frame.stream)) return [];
    this.isSyncDue = true;
    return [wait("sync", null, 0, STRANGE_SECONDS)];
  }

  // -- Streams ----------------------------------------------------------------------------------------------
  /** The replica of a stream, made if there is none. Ask it for its `load` to fill it. @param {string} name @returns {Replica} */
  open(name) {
    let replica = this.replicas.get(name);
    if (!replica) this.replicas.set(name, (replica = new Replica(name, this.nextGeneration, this.me)));
    return replica;
  }

  /** Hold one more room, such as a public one that is only read, until it is out of reach. @param {string} roomId @returns {Effect[]} */
  watch(roomId) {
    this.watched.add(`room:${roomId}`);
    return this.hold(roomId);
  }

  /** Hold a room as long as the user is a member of it. @param {string} roomId @returns {Effect[]} */
  hold(roomId) {
    this.followed?.add(`room:${roomId}`);
    const replica = this.open(`room:${roomId}`);
    return replica.cursor === null ? replica.load() : [];
  }

  /** @param {string} name */
  follows(name) {
    if (name.startsWith("user:")) return this.me === null || name === `user:${this.me}`;
    return this.followed === null || this.followed.has(name);
  }

  /**
   * Let go of rooms that the user's own stream says were left: public ones may still be read, so no answer does.
   * A room that was joined again since is kept: its `gen` ends with a later number of the membership.
   * @returns {Effect[]}
   */
  forgetLeft() {
    const memberships = this.replicas.get(`user:${this.me}`)?.objects.parts.memberships.values() ?? [];
    return [...memberships].filter((one) => !one.is_active).flatMap((left) => {
      const name = `room:${left.room_id}`;
      const gen = this.replicas.get(name)?.gen;
      const isOver = gen && !this.watched.has(name) && Number(gen.split(".")[1]) <= left.member_epoch;
      return isOver ? this.purge(name) : [];
    });
  }

  /** @param {string} name @returns {Effect[]} */
  purge(name) {
    const replica = this.replicas.get(name);
    this.replicas.delete(name);
    return replica ? [...replica.outbox.abandon(), { effect: "purge", stream: name }] : [];
  }

  // -- Sync -------------------------------------------------------------------------------------------------
  /** Compare every cursor with the server's: now and then, and whenever something may have been missed. @returns {Effect[]} */
  check() {
    return this.syncs.size ? [] : this.sync();
  }

  /** The network may be back: compare every cursor, and try at once what waits. @returns {Effect[]} */
  wake() {
    return [...[...this.replicas.values()].flatMap((replica) => replica.wake()), ...this.check()];
  }

  /** @returns {Effect[]} */
  sync() {
    this.isSyncDue = false;
    const named = [...this.replicas.values()].filter((replica) => replica.cursor !== null);
    const effects = [];
    for (let start = 0; start < Math.max(named.length, 1); start += MAX_STREAMS) {
      const chunk = named.slice(start, start + MAX_STREAMS);
      const serial = this.nextGeneration();
      this.syncs.set(serial, new Map(chunk.map((replica) => [replica.name, replica.generation])));
      this.awaited.add(serial);
      const streams = Object.fromEntries(chunk.map((replica) => [replica.name, replica.position()]));
      effects.push(request("sync", null, serial, "POST", "sync/", { streams }));
    }
    return effects;
  }

  /** @param {Request} asked @param {number | null} status @param {any} body @returns {Effect[]} */
  synced(asked, status, body) {
    const named = this.syncs.get(asked.generation) ?? new Map();
    this.syncs.delete(asked.generation);
    this.awaited.delete(asked.generation);
    if (status !== 200) {
      this.failures += 1;
      this.isSyncDue = true;
      return [wait("sync", null, 0, backoff(this.failures))];
    }
    this.failures = 0;
    const effects = Object.entries(body.streams).flatMap(([name, answer]) => this.answer(name, answer, named));
    effects.push(...this.forgetLeft());
    if (!this.awaited.size && !this.isSyncDue) this.isSynced = true;
    return effects;
  }

  /** @param {string} name @param {any} answer @param {Map<string, number>} named @returns {Effect[]} */
  answer(name, answer, named) {
    const replica = this.replicas.get(name);
    if (!named.has(name)) {
      // One that has no cursor yet, or had none when we asked.
      const isNew = !replica || replica.cursor === null;
      return isNew && this.follows(name) ? this.open(name).load() : [];
    }
    if (!replica || replica.generation !== named.get(name)) return [];
    return answer.removed ? this.purge(name) : replica.caughtUp(answer);
  }

  // -- Outcomes ---------------------------------------------------------------------------------------------
  /**
   * Take the outcome of a request.
   * @param {Request} asked
   * @param {number | null} status of HTTP; null where no answer came, and nobody knows what became of the request
   * @param {any} content the decoded answer, if it had one
   * @param {number | null} [retryAfter] seconds, if the server named them
   * @returns {Effect[]}
   */
  done(asked, status, content, retryAfter = null) {
    const body = content && typeof content === "object" ? content : {};
    if (asked.kind === "sync") return this.synced(asked, status, body);
    const replica = this.replicas.get(asked.stream ?? "");
    if (!replica) return [];
    const isCurrent = replica.generation === asked.generation;
    const isReply = isCurrent && (status === 200 || status === 201) && isMessage(body);
    if (asked.kind === "send") {
      const effects = replica.outbox.answered(asked.client_id ?? "", status, body, retryAfter, replica.generation);
      return isReply ? [...effects, ...replica.replied(body)] : effects;
    }
    if (asked.kind === "write") return isReply ? replica.replied(body) : [];
    return isCurrent ? [...this.landed(replica, asked, status, body), ...this.forgetLeft()] : [];
  }

  /** @param {Replica} replica @param {Request} asked @param {number | null} status @param {any} body @returns {Effect[]} */
  landed(replica, asked, status, body) {
    const isOk = status === 200;
    switch (asked.kind) {
      case "history":
        if (isOk) return replica.historyLanded(body);
        replica.objects.dropPage();
        return [];
      case "users":
        return isOk ? replica.usersLanded(body) : replica.usersFailed();
    }
    if (status === 404) return this.purge(replica.name);
    if (!isOk) return replica.failed();
    if (asked.kind === "snapshot") return replica.snapshotLanded(body);
    return replica.changesLanded(replica.kind === "user" ? (body.streams[replica.name] ?? UNCHANGED) : body);
  }

  /** The time of a `wait` is over. @param {string} timer @param {string | null} stream @returns {Effect[]} */
  elapsed(timer, stream) {
    if (stream === null) return this.isSyncDue ? this.sync() : [];
    return this.replicas.get(stream)?.elapsed(timer) ?? [];
  }

  // -- The user's doing -------------------------------------------------------------------------------------
  /**
   * Queue a message.
   * @param {string} roomId @param {string} client_id @param {any} fields the body of the request
   * @param {number} at the local time in seconds
   * @returns {Effect[]}
   */
  send(roomId, client_id, fields, at) {
    const effects = this.hold(roomId);
    const replica = this.open(`room:${roomId}`);
    return [...effects, ...replica.outbox.add(client_id, fields, at, replica.generation)];
  }

  /** Drop a message that failed for good. @param {string} roomId @param {string} client_id @returns {Effect[]} */
  discard(roomId, client_id) {
    return this.replicas.get(`room:${roomId}`)?.outbox.discard(client_id) ?? [];
  }

  /**
   * Take up what was persisted of a room's outbox and draft.
   * @param {string} roomId @param {import("./outbox.js").Entry[]} entries @param {string} draft @param {number} now
   * @returns {Effect[]}
   */
  restore(roomId, entries, draft, now) {
    const effects = this.hold(roomId);
    const replica = this.open(`room:${roomId}`);
    replica.outbox.restore(entries, now);
    replica.draft = draft;
    return [...effects, ...replica.outbox.next(replica.generation)];
  }

  /** Keep what is written and not yet sent. @param {string} roomId @param {string} text @returns {Effect[]} */
  writeDraft(roomId, text) {
    const replica = this.replicas.get(`room:${roomId}`);
    if (!replica) return [];
    replica.draft = text;
    return [store(replica.name)];
  }

  /**
   * A change to one message: an edit, a deletion, a reaction.
   * @param {string} roomId @param {string} method @param {string} path below the room's messages @param {any} [body]
   * @returns {Request}
   */
  write(roomId, method, path, body = null) {
    const generation = this.replicas.get(`room:${roomId}`)?.generation ?? 0;
    return request("write", `room:${roomId}`, generation, method, `rooms/${roomId}/messages/${path}`, body);
  }

  /** Ask for the page of messages above those held; nothing where none is older or one is under way. @param {string} roomId @param {number} [limit] @returns {Effect[]} */
  older(roomId, limit = 50) {
    return this.replicas.get(`room:${roomId}`)?.older(limit) ?? [];
  }
}
