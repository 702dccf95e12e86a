// The words of the page's language: `gettext("Send")` in the code, translated in Django's `djangojs` catalogs.

/** @type {Record<string, string>} */
let catalog = {};

/** Speak as this catalog says; what it lacks stays in English. @param {Record<string, string>} words */
export function speak(words) {
  catalog = words;
}

/** @param {string} text @returns {string} */
export const gettext = (text) => catalog[text] ?? text;

/** `interpolate(gettext("%(name)s is typing"), { name })`: names stand in the text as Django's do. @param {string} text @param {Record<string, any>} values */
export const interpolate = (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => String(values[name]));

/** The page's language, for `Intl`; the browser's where the page's is none. @returns {string | undefined} */
export function pageLanguage() {
  try {
    return Intl.getCanonicalLocales(document.documentElement.lang)[0];
  } catch {
    return undefined;
  }
}
