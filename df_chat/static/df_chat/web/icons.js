// Signs on buttons, drawn as lines. They say nothing by themselves: each button has a name.

import { html } from "../vendor/lit.js";

const PATHS = {
  add: "M12 5v14M5 12h14",
  attach: "m20 11-8.2 8.2a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 4.7 4.7L9.5 16.9a1.6 1.6 0 0 1-2.3-2.3L14.5 7.3",
  back: "m15 5-7 7 7 7",
  close: "M6 6l12 12M18 6 6 18",
  copy: "M9 9h10.5v10.5H9zM15 9V4.5H4.5V15H9",
  down: "M12 5v13M6 13l6 6 6-6",
  download: "M12 4v11m-5-5 5 5 5-5M5 20h14",
  edit: "M5 19l1-4L16.5 4.5l3 3L9 18z",
  forward: "m9 5 7 7-7 7",
  help: "M9.2 9a3 3 0 1 1 4.2 2.8c-.9.4-1.4 1-1.4 2.2M12 17.6v.1M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18",
  link: "M10.5 14.5a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.7l-1.3 1.3M13.5 9.5a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1.3-1.3",
  members: "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M2.5 20c0-3.6 2.9-6 6.5-6s6.5 2.4 6.5 6M16 4.8a3.5 3.5 0 0 1 0 6.4M18 14.5c2.200.8 3.5 2.8 3.5 5.5",
  more: "M5 13.3a1.3 1.3 0 1 0 0-2.6 1.3 1.3 0 0 0 0 2.6M12 13.3a1.3 1.3 0 1 0 0-2.6 1.3 1.3 0 0 0 0 2.6M19 13.3a1.3 1.3 0 1 0 0-2.6 1.3 1.3 0 0 0 0 2.6",
  muted: "M6 16V11a6 6 0 0 1 9-5M18 11v5l1.5 2H8M10.5 21h3M4 4l16 16",
  preferences: "M4 7h9M19 7h1M4 17h3M13 17h7M16 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5M10 19.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5",
  react: "M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17M8.5 14.5c.8 1.2 2 1.9 3.5 1.9s2.7-.7 3.5-1.9M9 9.5v.5M15 9.5v.5",
  reply: "M10 6 4 12l6 6M4.5 12H14a6 6 0 0 1 6 6v1",
  retry: "M19 12a7 7 0 1 1-2-4.9M19 3.5V8h-4.5",
  save: "m5 12.5 5 5L19.5 7",
  search: "M11 17.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13M16 16l4.5 4.5",
  seen: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 14.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6",
  send: "M4.5 12 4 5l16.5 7L4 19l.5-7H12",
  thread: "M5 5h14v10H11l-4.5 4v-4H5zM9 9h6M9 12h4",
  trash: "M5 7h14M10 7V4.5h4V7M7 7l1 12.5h8L17 7M10.5 10.5v6M13.5 10.5v6",
  up: "M12 19V6M6 11l6-6 6 6",
};

/** @param {keyof typeof PATHS} name */
export const icon = (name) => html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${PATHS[name]}></path></svg>`;
