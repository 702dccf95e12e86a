// Building elements from data: text only ever becomes text.

/**
 * @param {string} tag
 * @param {Record<string, any>} [properties]
 * @param {...(Node | string | null)} children
 * @returns {HTMLElement}
 */
export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("aria-") || name.startsWith("data-")) node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

/** Text of people's, kept from turning the direction of what is around it. */
export function bdi(text, className = "") {
  return element("bdi", { className, textContent: text });
}

/** @param {string} id */
export const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** Show a problem where the page shows problems; without one, clear it. */
export function notice(text = "") {
  const place = byId("notice");
  place.textContent = text;
  place.hidden = !text;
}

const sameDay = (one, other) => one.toDateString() === other.toDateString();

/** The time of day, and the day where it is not today. */
export function shortTime(iso) {
  const when = new Date(iso);
  return sameDay(when, new Date())
    ? when.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })
    : when.toLocaleDateString([], { month: "short", day: "numeric" });
}

/** @param {string} iso */
export const clock = (iso) => new Date(iso).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

/** @param {string} iso */
export const day = (iso) => new Date(iso).toLocaleDateString([], { weekday: "long", month: "long", day: "numeric" });
