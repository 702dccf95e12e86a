// The field that is written in.

const canFitItself = () => CSS.supports("field-sizing", "content");

/** Whether the device is worked with fingers first. */
export const isTouch = () => matchMedia("(pointer: coarse)").matches;

/** As high as its text, where the browser does not see to it. @param {HTMLTextAreaElement} field */
export function fit(field) {
  if (canFitItself()) return;
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + field.offsetHeight - field.clientHeight}px`;
}

/**
 * Replace a part of the text, as typing would: it can be undone, and is heard as `input`.
 * @param {HTMLTextAreaElement} field @param {number} from @param {number} to @param {string} text
 */
export function replace(field, from, to, text) {
  field.focus({ preventScroll: true });
  field.setSelectionRange(from, to);
  // Deprecated, and all there is that keeps the undo of the browser.
  if (document.execCommand(text ? "insertText" : "delete", false, text)) return;
  field.setRangeText(text, from, to, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Whether taking the focus takes it from nothing: from no field of the page around. @param {Element} element */
export function isFocusFree(element) {
  const { host } = /** @type {ShadowRoot} */ (element.getRootNode());
  const { activeElement } = document;
  return !activeElement || activeElement === document.body || activeElement === host;
}
