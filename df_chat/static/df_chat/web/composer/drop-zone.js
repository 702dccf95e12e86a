// Files that are dragged onto a part of the page.

const hasFiles = (event) => Boolean(event.dataTransfer?.types.includes("Files"));

/** Those that were dropped; folders cannot be uploaded. @param {DataTransfer} dropped @returns {File[]} */
function filesOf({ items }) {
  const files = [...items].filter((item) => item.kind === "file" && !item.webkitGetAsEntry?.()?.isDirectory);
  return files.flatMap((item) => item.getAsFile() ?? []);
}

export class DropZone {
  /** @param {(files: File[]) => void} onDrop @param {(isOver: boolean) => void} onOver */
  constructor(onDrop, onOver) {
    this.onDrop = onDrop;
    this.onOver = onOver;
    /** @type {Element | null} */
    this.element = null;
    /** How many elements below were entered and not left. */
    this.depth = 0;
    this.handle = (event) => this.take(/** @type {DragEvent} */ (event));
  }

  /** Files may be dropped there, and nowhere else. @param {Element | null} element */
  watch(element) {
    if (element === this.element) return;
    this.leave();
    this.element = element;
    for (const type of ["dragenter", "dragover", "dragleave", "drop"]) element?.addEventListener(type, this.handle);
  }

  leave() {
    for (const type of ["dragenter", "dragover", "dragleave", "drop"]) this.element?.removeEventListener(type, this.handle);
    this.element = null;
    this.depth = 0;
  }

  /** @param {DragEvent} event */
  take(event) {
    if (!hasFiles(event)) return;
    // Otherwise the browser opens the file. A zone inside another has it alone.
    event.preventDefault();
    event.stopPropagation();
    if (event.type === "dragenter") this.depth += 1;
    else if (event.type === "dragleave") this.depth = Math.max(0, this.depth - 1);
    else if (event.type === "drop") this.depth = 0;
    this.onOver(this.depth > 0);
    if (event.type === "drop" && event.dataTransfer) this.onDrop(filesOf(event.dataTransfer));
  }
}
