// What this page has uploaded, by id: so that a message shows it before the server has the message.

const MOST = 200;

/** @type {Map<string, any>} */
export const uploaded = new Map();

/** @param {any} attachment as the server answered */
export function remember(attachment) {
  uploaded.set(attachment.id, attachment);
  if (uploaded.size > MOST) uploaded.delete(/** @type {string} */ (uploaded.keys().next().value));
}
