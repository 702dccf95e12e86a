// What the web client takes of Lit: .ci/bundle makes vendor/lit.js of it.
export { html, LitElement, nothing } from "lit";
export { classMap } from "lit/directives/class-map.js";
export { keyed } from "lit/directives/keyed.js";
export { live } from "lit/directives/live.js";
export { repeat } from "lit/directives/repeat.js";
