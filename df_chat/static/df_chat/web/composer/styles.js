// How the composer looks.

import { css } from "../../vendor/lit.js";

export const composerStyles = css`
  df-chat-composer { display: block; min-width: 0; }
  .composer {
    position: relative; margin: 0.25rem 0.75rem max(0.75rem, env(safe-area-inset-bottom)); border: 1px solid var(--line);
    border-radius: calc(var(--radius) * 1.4); background: var(--surface);
  }
  .composer:focus-within { border-color: var(--accent); box-shadow: 0 0 0 1px var(--accent); }
  .composer-row { display: flex; align-items: flex-end; gap: 0.15rem; padding: 0.3rem; }
  .composer textarea {
    flex: 1; min-width: 0; max-height: calc(8 * 1.45em + 1.1rem); padding: 0.55rem 0.4rem; border: 0; outline: 0; background: none;
    field-sizing: content; resize: none; overflow-y: auto; overflow-wrap: anywhere;
  }
  .composer textarea[readonly] { color: var(--muted); }
  .composer-button, .composer-send, .tray-button {
    flex: none; display: grid; place-items: center; width: 2.55rem; height: 2.55rem; padding: 0; border-radius: var(--radius); background: none; color: var(--muted);
  }
  .composer-button:hover:not(:disabled), .composer-button[aria-expanded="true"], .tray-button:hover { background: var(--page); color: var(--text); }
  .composer-send { background: var(--accent); color: var(--on-accent); }
  .composer-send:disabled { background: none; color: var(--muted); }
  .composer-send:dir(rtl) .icon { scale: -1 1; }
  .composer-left { align-self: center; padding-inline: 0.35rem; color: var(--muted); font-size: 0.85rem; font-variant-numeric: tabular-nums; }
  .composer-left.over { color: var(--danger); font-weight: 700; }
  .composer-notice, .composer-waiting { padding: 0.5rem 0.9rem 0; font-size: 0.9rem; }
  .composer-notice, .tray-error { color: var(--danger); }
  .composer-waiting { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 0.25rem; color: var(--muted); }
  .composer-waiting button { padding: 0.25rem 0.5rem; }
  .composer-bar { display: flex; align-items: center; gap: 0.5rem; margin: 0.45rem 0.45rem 0; padding-inline-start: 0.75rem; border-inline-start: 3px solid var(--accent); font-size: 0.9rem; }
  .composer-bar > div { flex: 1; min-width: 0; }
  .composer-bar strong { color: var(--accent); }
  .composer-bar p { width: fit-content; max-width: 100%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; color: var(--muted); }

  .tray { display: flex; flex-wrap: wrap; align-items: start; gap: 0.4rem; max-height: 11rem; overflow-y: auto; padding: 0.5rem 0.5rem 0; }
  .tray-item {
    flex: none; display: flex; align-items: center; gap: 0.55rem; width: min(16rem, 100%); min-height: 3.7rem; padding: 0.35rem; border: 1px solid var(--line);
    border-radius: calc(var(--radius) * 0.8); background: var(--page); font-size: 0.9rem;
  }
  .tray-item[data-state="failed"] { width: min(24rem, 100%); border-color: var(--danger); }
  .tray-about { flex: 1; display: grid; gap: 0.15rem; min-width: 0; }
  .tray-error { font-size: 0.85rem; overflow-wrap: anywhere; }
  .tray progress { width: 100%; height: 0.4rem; accent-color: var(--accent); }
  .tray-actions { flex: none; display: flex; align-items: center; }
  .tray-about .quiet { justify-self: start; padding: 0.15rem 0; font-size: 0.85rem; }
  .tray-button { width: 2rem; height: 2rem; }
  df-chat-preview { flex: none; overflow: hidden; width: 3rem; height: 3rem; border-radius: calc(var(--radius) * 0.6); background: var(--line); }
  df-chat-preview canvas { display: block; width: 100%; height: 100%; }

  .mention-list, .composer-emoji { position: absolute; inset-inline: -1px; bottom: calc(100% + 0.35rem); z-index: 3; }
  .mention-list {
    max-height: min(20rem, 45cqh); overflow-y: auto; padding: 0.3rem; border: 1px solid var(--line); border-radius: var(--radius);
    background: var(--surface); box-shadow: 0 6px 24px rgb(0 0 0 / 0.18); max-width: 24rem;
  }
  .mention-list li { display: flex; align-items: center; gap: 0.6rem; min-height: 2.5rem; padding: 0.3rem 0.5rem; border-radius: calc(var(--radius) * 0.7); cursor: pointer; }
  .mention-list li:hover { background: var(--page); }
  .mention-list li[aria-selected="true"] { background: var(--mine); }
  .mention-list bdi { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .mention-picture { flex: none; display: grid; place-items: center; width: 1.75rem; height: 1.75rem; border-radius: 50%; background: var(--line); object-fit: cover; font-size: 0.8rem; font-weight: 700; }
  .composer-emoji { inset-inline-start: auto; padding: 0.5rem; border: 1px solid var(--line); border-radius: var(--radius); background: var(--surface); box-shadow: 0 6px 24px rgb(0 0 0 / 0.18); }

  df-chat-room-pane, df-chat-thread { position: relative; }
  .drop-zone {
    position: absolute; inset: 0.5rem; z-index: 5; display: grid; place-items: center; pointer-events: none; border: 2px dashed var(--accent);
    border-radius: var(--radius); background: color-mix(in srgb, var(--surface) 85%, transparent); color: var(--accent); font-weight: 700; font-size: 1.1rem;
  }
  @media (pointer: coarse) {
    .composer-button, .composer-send { width: 2.75rem; height: 2.75rem; }
    .tray-button { width: 2.75rem; height: 2.75rem; }
    .composer textarea { padding-block: 0.65rem; font-size: max(1rem, 16px); }
    .mention-list li { min-height: 2.75rem; }
  }
`;
