// What somebody prefers, on this device.

const DEFAULTS = { notify: false, sound: false, badge: true };
/** @typedef {keyof typeof DEFAULTS} Preference */

/** Preferences of one user, kept where there is a storage. */
export class Preferences {
  /** @param {string} user @param {Pick<Storage, "getItem" | "setItem"> | undefined} [storage] */
  constructor(user, storage = globalThis.localStorage) {
    this.storage = storage;
    // Not among what the client keeps for the rooms.
    this.name = `df_chat_preferences:${user}`;
  }

  /** As they are now, whichever tab set them. @returns {typeof DEFAULTS} */
  get all() {
    try {
      const kept = JSON.parse(this.storage?.getItem(this.name) ?? "{}");
      return { ...DEFAULTS, ...Object.fromEntries(Object.entries(kept ?? {}).filter(([name, value]) => name in DEFAULTS && typeof value === "boolean")) };
    } catch {
      return { ...DEFAULTS };
    }
  }

  /** @param {Preference} name @param {boolean} value */
  set(name, value) {
    try {
      this.storage?.setItem(this.name, JSON.stringify({ ...this.all, [name]: value }));
    } catch {
      // No room left, or none allowed: it stays as it was.
    }
  }
}
