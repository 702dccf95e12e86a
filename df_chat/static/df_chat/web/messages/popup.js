// Where something that opens stands: beside what it belongs to, and always on the screen.

const GAP_PX = 6;

/** @param {HTMLElement} popup @param {DOMRect} beside */
export function place(popup, beside) {
  const { width, height } = popup.getBoundingClientRect();
  const isLeftward = getComputedStyle(popup).direction === "rtl";
  const below = beside.bottom + GAP_PX;
  const top = below + height <= innerHeight - GAP_PX ? below : beside.top - height - GAP_PX;
  const left = isLeftward ? beside.left : beside.right - width;
  popup.style.setProperty("top", `${clamp(top, innerHeight - height)}px`);
  popup.style.setProperty("left", `${clamp(left, innerWidth - width)}px`);
}

/** @param {number} value @param {number} most */
const clamp = (value, most) => Math.max(GAP_PX, Math.min(value, most - GAP_PX));
