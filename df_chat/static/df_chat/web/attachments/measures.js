// What is shown of an attachment, in numbers and words. No DOM.

const SHOWN = 4;
// Thumbnails of the server, by the longer side.
const SMALL_SIDE = 320;
const MEDIUM_SIDE = 1024;
const NARROWEST = 0.5;
const WIDEST = 2.4;

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"];
/** @type {[string, RegExp][]} */
const KINDS = [
  ["image", /^image\//], ["audio", /^audio\//], ["video", /^video\//],
  ["archive", /zip|compressed|x-tar|gzip|rar/], ["table", /sheet|excel|csv/], ["text", /^text\/|pdf|word|document|presentation/],
];

/** `184320` as "184 kB", in a language. @param {number} bytes @param {string} [language] */
export function sizeText(bytes, language) {
  const step = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(bytes, 1)) / 3)));
  const value = bytes / 1000 ** step;
  const maximumFractionDigits = step > 1 && value < 100 ? 1 : 0;
  return new Intl.NumberFormat(language, { style: "unit", unit: UNITS[step], maximumFractionDigits }).format(value);
}

/** What follows the last dot of a name, for the tile of a file: at most four letters. @param {string} name */
export function extensionOf(name) {
  const [, extension] = name.match(/[^.]\.([\p{L}\p{N}]{1,4})$/u) ?? [];
  return (extension ?? "").toUpperCase();
}

/** The colour of a file's tile goes by this. @param {string} type as of MIME @returns {string} */
export const kindOf = (type) => KINDS.find(([, pattern]) => pattern.test(type))?.[0] ?? "other";

/** The first images, and how many more there are. @template T @param {T[]} images @returns {{shown: T[], more: number}} */
export const gridOf = (images) => ({ shown: images.slice(0, SHOWN), more: Math.max(0, images.length - SHOWN) });

/** Width by height, where a picture is shown alone: panoramas and scrolls are cut. @param {{width: number, height: number}} image */
export function ratioOf({ width, height }) {
  return width > 0 && height > 0 ? Math.min(WIDEST, Math.max(NARROWEST, width / height)) : 1;
}

/**
 * An image's addresses by width, for the browser to choose from.
 * @param {{width: number, height: number, url: string, medium?: string | null, small?: string | null}} image
 */
export function sourcesOf({ width, height, url, medium, small }) {
  const longest = Math.max(width, height);
  const scaled = (side) => Math.max(1, Math.round(width * Math.min(1, side / longest)));
  /** @type {[string | null | undefined, number][]} */
  const sources = [[small, scaled(SMALL_SIDE)], [medium, scaled(MEDIUM_SIDE)], [url, width]];
  // Of those of the same width, the one that was made for it.
  const byWidth = new Map(sources.filter(([address, pixels]) => address && pixels > 0).reverse().map(([address, pixels]) => [pixels, address]));
  return [...byWidth].reverse().map(([pixels, address]) => `${address} ${pixels}w`).join(", ");
}

/** A placeholder as an address; none where it is not what it should be. @param {string | undefined} placeholder base64 of a WebP */
export const placeholderOf = (placeholder) =>
  placeholder && /^[\w+/]+={0,2}$/.test(placeholder) ? `url("data:image/webp;base64,${placeholder}")` : "none";
