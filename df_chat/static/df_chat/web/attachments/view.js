// The images and files of a message.

import { html, nothing, repeat } from "../../vendor/lit.js";
import { gettext, pageLanguage } from "../i18n.js";
import "./image.js";
import { extensionOf, gridOf, kindOf, sizeText } from "./measures.js";
import { uploaded } from "./uploaded.js";

/** @typedef {(images: any[], index: number) => void} Open shows images large, beginning with one of them */

/**
 * What is attached to a message, below its text; nothing where nothing is.
 * @param {{images?: any[], files?: any[]}} message
 * @param {{onOpen: Open}} options
 */
export function attachments({ images = [], files = [] }, { onOpen }) {
  return html`${images.length ? imageGrid(images, onOpen) : nothing}${files.length ? fileList(files) : nothing}`;
}

/**
 * What is attached to a message that is yet to be sent: as it will look, where this page has uploaded it.
 * @param {{image_ids?: string[], file_ids?: string[]}} fields of the outbox's entry
 * @param {{onOpen: Open}} options
 */
export function pendingAttachments({ image_ids = [], file_ids = [] }, options) {
  const known = (ids) => ids.flatMap((id) => uploaded.get(id) ?? []);
  const [images, files] = [known(image_ids), known(file_ids)];
  const unknown = image_ids.length + file_ids.length - images.length - files.length;
  return html`${attachments({ images, files }, options)}${unknown ? html`<p class="attachments-unknown">${gettext("Attachments:")} ${unknown}</p>` : nothing}`;
}

/** @param {any[]} images @param {Open} onOpen */
function imageGrid(images, onOpen) {
  const { shown, more } = gridOf(images);
  const seen = images.filter((image) => image.url);
  const isOne = images.length === 1;
  return html`<div part="images" class="images" data-count=${shown.length}>
    ${repeat(shown, (image) => image.id, (image, index) => html`<df-chat-image
      .image=${image} .sizes=${isOne ? "22rem" : "11rem"} .more=${index === shown.length - 1 ? more : 0}
      @open=${() => onOpen(seen, seen.indexOf(image))}></df-chat-image>`)}
  </div>`;
}

/** @param {any[]} files */
function fileList(files) {
  return html`<ul part="files" class="files">${repeat(files, (file) => file.id, (file) => html`<li>${fileCard(file)}</li>`)}</ul>`;
}

/** @param {any} file */
function fileCard(file) {
  const what = html`${fileTile(file.name, file.content_type)}<span class="file-about">
    <bdi class="file-name">${file.name}</bdi>
    <span class="file-size">${file.url ? sizeText(file.size, pageLanguage()) : gettext("Being checked")}</span>
  </span>`;
  if (!file.url) return html`<span part="file" class="file">${what}</span>`;
  return html`<a part="file" class="file" href=${file.url} download=${file.name}>${what}<span class="visually-hidden">${gettext("Download")}</span></a>`;
}

/** What kind of file it is, at a glance. @param {string} name @param {string} type */
export const fileTile = (name, type) => html`<span class="file-tile" data-kind=${kindOf(type)} aria-hidden="true">${extensionOf(name)}</span>`;
