// How the chat looks: light or dark as the page around it. A host changes the properties that begin with --chat, or styles
// the parts.

import { css } from "../vendor/lit.js";
import { lightboxStyles } from "./attachments/lightbox.js";
import { attachmentsStyles } from "./attachments/styles.js";
import { composerStyles } from "./composer/composer.js";
import { messagesStyles } from "./messages/log.js";
import { roomStyles } from "./room-pane.js";
import { membersStyles } from "./rooms/members.js";
import { roomsStyles } from "./rooms/rooms-pane.js";
import { settingsStyles } from "./rooms/settings.js";
import { shellStyles } from "./shell/styles.js";

const tokens = css`
  :host {
    --page: var(--chat-page, light-dark(#f5f6f8, #14171d));
    --surface: var(--chat-surface, light-dark(#ffffff, #1d222b));
    --text: var(--chat-text, light-dark(#1b1f27, #e8ebf0));
    --muted: var(--chat-muted, light-dark(#5a6372, #a3adbb));
    --line: var(--chat-line, light-dark(#d9dde4, #343b47));
    --accent: var(--chat-accent, light-dark(#2456c8, #8db1ff));
    --on-accent: var(--chat-on-accent, light-dark(#ffffff, #101725));
    --mine: var(--chat-mine, light-dark(#dbe6ff, #25417d));
    --theirs: var(--chat-theirs, light-dark(#ffffff, #262c37));
    --warn: var(--chat-warn, light-dark(#8a3b00, #ffb27a));
    --danger: var(--chat-danger, light-dark(#b3261e, #ff8f86));
    --on-danger: var(--chat-on-danger, light-dark(#ffffff, #2b0704));
    --read: var(--chat-read, light-dark(#0b62d6, #7fd4ff));
    --online: var(--chat-online, light-dark(#1f8a4c, #4cc27f));
    --radius: var(--chat-radius, 0.75rem);
    font: 1rem/1.45 var(--chat-font, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif);
    color: var(--text);
    background: var(--page);
    display: block;
    height: 100%;
    container: chat / inline-size;
  }
`;

const base = css`
  * { box-sizing: border-box; }
  [hidden] { display: none !important; }
  h1, h2, h3, p, ul, ol { margin: 0; padding: 0; }
  ul, ol { list-style: none; }
  a { color: var(--accent); }
  :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
  .visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  button {
    font: inherit; font-weight: 600; padding: 0.55rem 1rem; border: 0; border-radius: var(--radius);
    background: var(--accent); color: var(--on-accent); cursor: pointer;
  }
  button.quiet { background: none; color: var(--accent); }
  button.danger { background: var(--danger); color: var(--on-danger); }
  button:disabled { opacity: 0.55; cursor: default; }
  input, textarea, select {
    font: inherit; color: inherit; background: var(--surface);
    border: 1px solid var(--line); border-radius: var(--radius); padding: 0.55rem 0.75rem; width: 100%;
  }
  input[type="checkbox"] { width: auto; }
  ::placeholder { color: var(--muted); opacity: 1; }
  .notice { padding: 0.5rem 0.75rem; border: 1px solid currentColor; border-radius: var(--radius); color: var(--warn); }
  .dot { display: inline-block; width: 0.6rem; height: 0.6rem; border-radius: 50%; background: var(--line); }
  .dot.online { background: var(--online); }
  .badge { min-width: 1.5rem; padding: 0 0.45rem; border-radius: 1rem; background: var(--accent); color: var(--on-accent); font-size: 0.8rem; font-weight: 700; text-align: center; }
  dialog {
    width: min(28rem, calc(100vw - 2rem)); padding: 1.25rem; border: 1px solid var(--line); border-radius: 1rem;
    background: var(--surface); color: var(--text);
  }
  dialog::backdrop { background: rgb(0 0 0 / 0.45); }
  .bar { display: flex; align-items: center; gap: 0.75rem; padding: 0.6rem 1rem; background: var(--surface); border-block-end: 1px solid var(--line); }
  @media (prefers-reduced-motion: reduce) { * { transition: none !important; animation: none !important; scroll-behavior: auto !important; } }
`;

export const styles = [tokens, base, roomsStyles, membersStyles, settingsStyles, shellStyles, roomStyles, messagesStyles, composerStyles, attachmentsStyles, lightboxStyles];
