// How the parts of the messenger stand together: the list or a room where it is narrow, both where it is wide.

import { css } from "../../vendor/lit.js";
import { directoryStyles } from "../rooms/directory.js";
import { newStyles } from "../rooms/new-dialog.js";
import { pickerStyles } from "../rooms/people-picker.js";
import { dialogStyles } from "./dialog.js";
import { helpStyles } from "./help.js";
import { iconStyles } from "../icons.js";
import { statusStyles } from "./status.js";

const layout = css`
  .chat { display: grid; grid-template: "notice" auto "main" minmax(0, 1fr) "status" auto / 100%; height: 100%; min-height: 0; }
  .chat > * { min-height: 0; min-width: 0; }
  df-chat-notice { grid-area: notice; }
  df-chat-rooms, df-chat-room-pane, .no-room { grid-area: main; }
  df-chat-status { grid-area: status; }
  .no-room { place-self: center; color: var(--muted); }
  @container chat (min-width: 48rem) {
    .chat:not(.one-room) { grid-template: "notice notice" auto "rooms main" minmax(0, 1fr) "status main" auto / minmax(16rem, 22rem) minmax(0, 1fr); }
    .chat:not(.one-room) > df-chat-rooms { grid-area: rooms; }
    .chat:not(.one-room) .status { border-inline-end: 1px solid var(--line); }
  }
  @container chat (max-width: 47.99rem) {
    .chat.has-room > df-chat-rooms, .no-room { display: none; }
    .chat.has-room .status.up_to_date { position: absolute; clip-path: inset(50%); }
  }
  .one-room .status.up_to_date { position: absolute; clip-path: inset(50%); }
`;

export const shellStyles = [layout, iconStyles, dialogStyles, helpStyles, statusStyles, pickerStyles, newStyles, directoryStyles];
