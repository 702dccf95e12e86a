// What is attached, above the text: how far each is, and what can be done about it.

import { html, nothing, repeat } from "../../vendor/lit.js";
import { sizeText } from "../attachments/measures.js";
import { fileTile } from "../attachments/view.js";
import { gettext, interpolate, pageLanguage } from "../i18n.js";
import { icon } from "../icons.js";
import "./preview.js";

/** @param {import("./tray.js").Tray} tray @param {boolean} isOnline */
export function trayView(tray, isOnline) {
  if (tray.isEmpty) return nothing;
  return html`<ul part="tray" class="tray" aria-label=${gettext("Attachments")}>
    ${repeat(tray.items, (item) => item.id, (item) => html`<li class="tray-item" data-state=${item.state}>
      ${item.as === "image" ? html`<df-chat-preview .file=${item.file}></df-chat-preview>` : fileTile(item.file.name, item.file.type)}
      <div class="tray-about"><bdi class="file-name">${item.file.name}</bdi>${progress(tray, item, isOnline)}</div>
      ${actions(tray, item)}
    </li>`)}
  </ul>`;
}

/** @param {import("./tray.js").Tray} tray @param {import("./tray.js").Item} item @param {boolean} isOnline */
function progress(tray, item, isOnline) {
  if (item.state === "failed") return failure(tray, item);
  if (item.state === "done") return html`<span class="file-size">${sizeText(item.file.size, pageLanguage())}</span>`;
  const label = interpolate(gettext("Uploading %(name)s"), { name: item.file.name });
  return html`<progress max="1" .value=${item.share} aria-label=${label}></progress>
    ${isOnline ? nothing : html`<span class="file-size">${gettext("Waits for the connection")}</span>`}`;
}

/** What is no image may still be a file. @param {import("./tray.js").Item} item */
const isNoImage = ({ as, error }) => as === "image" && Boolean(error?.errors?.some(({ code }) => code === "not_an_image"));

/** The server's words; where it had none, ours. @param {import("./tray.js").Item} item */
function reasonOf({ error }) {
  if (error?.errors?.length) return error.message;
  return error?.status === 413 ? gettext("The file is too large.") : gettext("The server did not answer.");
}

/** @param {import("./tray.js").Tray} tray @param {import("./tray.js").Item} item */
function failure(tray, item) {
  return html`<span class="tray-error" role="alert">${reasonOf(item)}</span>
    ${isNoImage(item) ? html`<button type="button" class="quiet" @click=${() => tray.retry(item, "file")}>${gettext("Attach as a file")}</button>` : nothing}`;
}

/** @param {import("./tray.js").Tray} tray @param {import("./tray.js").Item} item */
function actions(tray, item) {
  const { name } = item.file;
  const isOver = item.state === "done" || item.state === "failed";
  const remove = isOver ? gettext("Remove %(name)s") : gettext("Cancel %(name)s");
  const again = item.state === "failed" && !isNoImage(item);
  return html`<div class="tray-actions">
    ${again ? html`<button type="button" class="tray-button" aria-label=${interpolate(gettext("Try %(name)s again"), { name })}
      title=${gettext("Try again")} @click=${() => tray.retry(item)}>${icon("retry")}</button>` : nothing}
    <button type="button" class="tray-button" aria-label=${interpolate(remove, { name })} title=${isOver ? gettext("Remove") : gettext("Cancel")}
      @click=${() => tray.remove(item)}>${icon("close")}</button>
  </div>`;
}
