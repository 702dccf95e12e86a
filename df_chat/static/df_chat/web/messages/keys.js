// The keys of the log, as the help shows them.

import { gettext } from "../i18n.js";

/** @param {string[]} keys @param {() => string} say in the page's language, which is known only later */
const key = (keys, say) => ({ keys, get text() { return say(); } });

/** @type {{keys: string[], readonly text: string}[]} */
export const KEYS = [
  key(["↑", "↓"], () => gettext("Go from message to message")),
  key(["Home", "End"], () => gettext("Go to the first or the newest message shown")),
  key(["R"], () => gettext("Reply")),
  key(["T"], () => gettext("Open the thread")),
  key(["+"], () => gettext("React")),
  key(["E"], () => gettext("Edit an own message")),
  key(["Delete"], () => gettext("Delete a message")),
  key(["C"], () => gettext("Copy the text")),
  key(["Enter"], () => gettext("Show what can be done with a message")),
  key(["Esc"], () => gettext("Back to where one writes")),
];
