// What patterns mean, in words.

import { h } from "../dom.js";

/** How the standing of an intensity is drawn everywhere. */
export const STANDINGS = [["key-final", "final"], ["key-estimated", "estimated, corrected when the final value comes"], ["key-forecast", "forecast"]];

/** Items are [class of the pattern, words], or [colour, words, "colour"]. */
export const legend = (items, label) => h("ul", { class: "key", "aria-label": label }, ...items.map(([drawn, words, kind]) =>
  h("li", {}, h("i", kind ? { style: { background: drawn }, "aria-hidden": "true" } : { class: drawn, "aria-hidden": "true" }), words)));
