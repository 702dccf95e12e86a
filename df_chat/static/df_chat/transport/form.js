// A form with a file, once, by `fetch`: what needs no progress.

import { Refused } from "./rest.js";

/**
 * @param {import("./rest.js").Rest} rest @param {string} method @param {string} path below the root of the API @param {FormData} form
 * @returns {Promise<any>} the decoded answer; rejected with `Refused`
 */
export async function sendForm(rest, method, path, form) {
  const authorization = await rest.authorization?.();
  const headers = { Accept: "application/json", "X-CSRFToken": rest.csrfToken(), ...rest.headers, ...(authorization && { Authorization: authorization }) };
  const { fetch } = rest;
  const response = await fetch(rest.root + path, { method, headers, body: form, credentials: "same-origin" }).catch(() => null);
  const body = await response?.json().catch(() => null);
  if (!response?.ok) throw new Refused(response?.status ?? 0, body?.errors ?? []);
  return body;
}
