// How messages look.

import { css } from "../../vendor/lit.js";
import { emojiStyles } from "./emoji-picker.js";
import { dialogStyles } from "./message-dialog.js";
import { searchStyles } from "./search.js";
import { textStyles } from "./text.js";
import { threadStyles } from "./thread.js";
import { toolbarStyles } from "./toolbar.js";

const logStyles = css`
  df-chat-log { position: relative; display: grid; grid-template: minmax(0, 1fr) / minmax(0, 1fr); min-height: 0; min-width: 0; }
  .log { overflow-y: auto; overflow-x: hidden; overflow-anchor: none; overscroll-behavior: contain; container: log / inline-size; }
  .content { display: flex; flex-direction: column; min-height: 100%; padding: 1rem; }
  .content > .rows { margin-block-start: auto; }
  .loading, .beginning, .empty { padding: 1rem; text-align: center; color: var(--muted); font-size: 0.88rem; }
  .empty { margin-block: auto; font-size: 1rem; }
  .day, .unread-line { display: flex; align-items: center; gap: 0.75rem; margin-block: 1rem 0.5rem; color: var(--muted); font-size: 0.82rem; font-weight: 600; }
  .day::before, .day::after, .unread-line::before { content: ""; flex: 1; border-block-start: 1px solid var(--line); }
  .unread-line { color: var(--danger); }
  .unread-line::before { border-color: currentColor; }
  .skeleton { display: grid; align-content: end; gap: 0.9rem; height: 100%; padding: 1rem; }
  .bone { height: 2.6rem; border-radius: 1rem; background: var(--line); opacity: 0.6; animation: breathe 1.4s ease-in-out infinite alternate; }
  .w35 { width: 35%; } .w45 { width: 45%; } .w55 { width: 55%; } .w60 { width: 60%; } .w70 { width: 70%; }
  @keyframes breathe { to { opacity: 0.25; } }
  .jump {
    position: absolute; z-index: 3; display: flex; align-items: center; gap: 0.5rem; padding: 0.4rem 0.9rem; min-height: 2.5rem; border: 1px solid var(--line); border-radius: 2rem;
    background: var(--surface); color: var(--accent); font-size: 0.88rem; box-shadow: 0 3px 12px rgb(0 0 0 / 0.18);
  }
  .jump.to-end { inset-block-end: 0.75rem; inset-inline-end: 1rem; padding: 0.4rem 0.6rem; }
  .jump.to-unread { inset-block-start: 0.75rem; inset-inline: 0; margin-inline: auto; width: max-content; }
`;

const messageStyles = css`
  .message { contain: layout style; position: relative; display: flex; gap: 0.6rem; padding-block: 0.1rem; border-radius: 0.75rem; scroll-margin: 1.5rem; }
  .message.first { margin-block-start: 0.55rem; }
  .message:focus-visible { outline-offset: -1px; }
  .message.mine { justify-content: flex-end; }
  .message.system { justify-content: center; }
  .message.lit { animation: lit 2s ease-out; }
  @keyframes lit { 0%, 40% { background: color-mix(in srgb, var(--accent) 22%, transparent); } }
  .face { flex: none; width: 2.1rem; }
  .face .avatar { width: 2.1rem; height: 2.1rem; font-size: 0.8rem; }
  .column { position: relative; display: flex; flex-direction: column; align-items: flex-start; min-width: 0; max-width: min(40rem, 82%); }
  .message.mine .column { align-items: flex-end; }
  .who { padding-inline: 0.75rem; font-size: 0.82rem; font-weight: 600; color: var(--muted); }
  .bubble { display: flex; flex-wrap: wrap; align-items: flex-end; justify-content: flex-end; column-gap: 0.75rem; max-width: 100%; padding: 0.45rem 0.75rem; border: 1px solid var(--line); border-radius: 1.1rem; background: var(--theirs); }
  .message:not(.mine) .bubble { border-start-start-radius: 0.4rem; }
  .message.first:not(.mine) .bubble { border-start-start-radius: 1.1rem; }
  .message:not(.mine, .last) .bubble { border-end-start-radius: 0.4rem; }
  .mine .bubble { border-color: transparent; background: var(--mine); border-start-end-radius: 0.4rem; }
  .mine.first .bubble { border-start-end-radius: 1.1rem; }
  .mine:not(.last) .bubble { border-end-end-radius: 0.4rem; }
  .bubble > * { min-width: 0; max-width: 100%; }
  .bubble > :not(.foot) { margin-inline-end: auto; }
  .bubble > .images, .bubble > .files { flex-basis: 100%; }
  .foot { flex: none; display: inline-flex; gap: 0.35rem; color: var(--muted); font-size: 0.75rem; line-height: 1.3; }
  .mine .foot { color: color-mix(in srgb, var(--muted) 80%, var(--text)); }
  .mark > [aria-hidden] { letter-spacing: -0.3em; padding-inline-end: 0.3em; }
  .mark.read { color: var(--read); font-weight: 700; }
  .gone .bubble { color: var(--muted); font-style: italic; background: none; border-style: dashed; font-size: 0.9rem; }
  .system .bubble { border: 0; background: none; color: var(--muted); font-size: 0.88rem; text-align: center; }
  .pending .text, .pending .images { opacity: 0.75; }
  .failed .bubble { opacity: 1; border-color: var(--danger); }
  .failed .foot, .failure { color: var(--danger); }
  .failure { display: flex; flex-wrap: wrap; align-items: center; justify-content: flex-end; gap: 0 0.25rem; font-size: 0.85rem; }
  .failure button { padding: 0.3rem 0.6rem; font-size: 0.85rem; }
  .quote {
    display: flex; flex-direction: column; max-width: 100%; margin-block-end: 0.15rem; padding: 0.2rem 0.65rem; border-inline-start: 3px solid var(--accent); border-radius: 0.3rem;
    background: none; color: var(--muted); font-size: 0.84rem; font-weight: 400; text-align: start;
  }
  .quote > * { max-width: 100%; align-self: flex-start; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .quoted { font-weight: 600; }
  .quote:hover { background: color-mix(in srgb, var(--accent) 10%, transparent); }
  .reactions { display: flex; flex-wrap: wrap; gap: 0.3rem; margin-block-start: 0.2rem; }
  .mine .reactions { justify-content: flex-end; }
  .chip { min-height: 1.75rem; padding: 0.05rem 0.6rem; border: 1px solid var(--line); border-radius: 1rem; background: var(--surface); color: var(--text); font-size: 0.85rem; font-weight: 500; }
  .chip[aria-pressed="true"] { border-color: var(--accent); background: var(--mine); }
  .chip:disabled { opacity: 1; }
  .replies { display: inline-flex; align-items: center; gap: 0.35rem; min-height: 1.75rem; padding: 0.1rem 0.5rem; background: none; color: var(--accent); font-size: 0.85rem; }
  .replies .icon { width: 1rem; height: 1rem; }
  @media (pointer: coarse) { .chip, .replies { min-height: 2.75rem; } }
`;

export const messagesStyles = [logStyles, messageStyles, textStyles, toolbarStyles, dialogStyles, emojiStyles, threadStyles, searchStyles];
