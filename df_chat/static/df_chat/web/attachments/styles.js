// How attachments look.

import { css } from "../../vendor/lit.js";

export const attachmentsStyles = css`
  .images { display: grid; gap: 0.25rem; width: min(22rem, 66cqi); margin-block: 0.35rem; }
  .images[data-count="1"] { width: auto; }
  .images:is([data-count="2"], [data-count="3"], [data-count="4"]) { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  df-chat-image {
    display: block; position: relative; overflow: hidden; min-width: 0; aspect-ratio: 1; border-radius: calc(var(--radius) * 0.7);
    background: var(--line) center / cover no-repeat;
  }
  [data-count="1"] > df-chat-image {
    aspect-ratio: var(--ratio);
    width: min(22rem, 66cqi, 20rem * var(--ratio), max(var(--pixels), 6rem));
  }
  [data-count="3"] > df-chat-image:first-child { grid-row: span 2; aspect-ratio: auto; }
  .image-open, .image-state { position: absolute; inset: 0; width: 100%; height: 100%; padding: 0; border-radius: inherit; background: none; color: inherit; }
  .image-open:focus-visible { outline-offset: -3px; }
  .image-open { cursor: zoom-in; }
  .image-open img { display: block; width: 100%; height: 100%; object-fit: cover; border-radius: inherit; }
  .image-state { display: grid; place-items: center; padding: 0.5rem; background: rgb(0 0 0 / 0.55); color: #fff; font-size: 0.85rem; font-weight: 600; text-align: center; overflow-wrap: anywhere; }
  .image-more { position: absolute; inset: 0; display: grid; place-items: center; border-radius: inherit; background: rgb(0 0 0 / 0.55); color: #fff; font-size: 1.5rem; }
  .files { display: grid; gap: 0.35rem; margin-block: 0.35rem; }
  .file {
    display: flex; align-items: center; gap: 0.65rem; width: fit-content; max-width: min(22rem, 66cqi); min-height: 3rem; padding: 0.45rem 0.75rem 0.45rem 0.45rem;
    border: 1px solid var(--line); border-radius: calc(var(--radius) * 0.8); background: var(--surface); color: var(--text); text-decoration: none;
  }
  a.file:hover .file-name { text-decoration: underline; }
  .file-tile {
    flex: none; display: grid; place-items: center; width: 2.4rem; height: 2.4rem; border-radius: calc(var(--radius) * 0.6);
    background: var(--muted); color: var(--surface); font-size: 0.68rem; font-weight: 700; letter-spacing: 0.02em;
  }
  .file-tile[data-kind="text"] { background: var(--accent); color: var(--on-accent); }
  .file-tile[data-kind="table"] { background: var(--online); }
  .file-tile[data-kind="archive"] { background: var(--warn); }
  .file-tile:is([data-kind="audio"], [data-kind="video"]) { background: var(--danger); color: var(--on-danger); }
  .file-about { display: grid; min-width: 0; }
  .file-name { justify-self: start; max-width: 100%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-weight: 600; }
  .file-size, .attachments-unknown { color: var(--muted); font-size: 0.85rem; }
`;
