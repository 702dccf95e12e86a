// One room's stream as a value: state and frame in, state out. No network, no DOM.
//
// The rules: an object replaces an older version of itself, never a newer one; the cursor moves only by a frame that
// follows on it, by an answer of `changes`, or by a snapshot.

/**
 * @typedef {{gen: string, cursor: number, messages: Map<string, any>, users: Map<string, any>, room: any}} Stream
 */

/** @returns {Stream} */
export function emptyStream() {
  return { gen: "", cursor: 0, messages: new Map(), users: new Map(), room: null };
}

/**
 * Start from a snapshot, dropping whatever was there.
 * @param {any} snapshot
 * @returns {Stream}
 */
export function fromSnapshot(snapshot) {
  const stream = { ...emptyStream(), gen: snapshot.gen, cursor: snapshot.version };
  merge(stream, snapshot);
  return stream;
}

/**
 * Take in a live frame.
 * @param {Stream} stream
 * @param {any} frame
 * @returns {"applied" | "stale" | "gap"} `gap`: ask for the changes since the cursor
 */
export function applyFrame(stream, frame) {
  if (frame.version <= stream.cursor) return "stale";
  if (frame.prev > stream.cursor || isPoke(frame)) return "gap";
  merge(stream, frame, stream.cursor);
  stream.cursor = frame.version;
  return "applied";
}

/**
 * Take in an answer of `changes`.
 * @param {Stream} stream
 * @param {any} answer
 * @returns {boolean} whether there is more to ask for
 */
export function applyChanges(stream, answer) {
  merge(stream, answer);
  stream.cursor = Math.max(stream.cursor, answer.next);
  return answer.more;
}

/**
 * Take in a page of older messages; the cursor stays.
 * @param {Stream} stream
 * @param {any[]} messages
 */
export function applyHistory(stream, messages) {
  merge(stream, { messages });
}

/**
 * The messages to show, oldest first.
 * @param {Stream} stream
 * @returns {any[]}
 */
export function shownMessages(stream) {
  return [...stream.messages.values()].sort((one, other) => one.seq - other.seq);
}

/** A poke tells only that there is something new. */
function isPoke(frame) {
  return !frame.messages && !frame.users && !frame.room;
}

function merge(stream, lists, above = -1) {
  for (const message of lists.messages ?? []) put(stream.messages, message, above);
  for (const user of lists.users ?? []) put(stream.users, user, above);
  if (lists.room && lists.room.version > Math.max(above, stream.room?.version ?? -1)) stream.room = lists.room;
}

function put(objects, object, above) {
  if (object.version > Math.max(above, objects.get(object.id)?.version ?? -1)) objects.set(object.id, object);
}
