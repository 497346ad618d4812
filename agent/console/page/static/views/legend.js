// What patterns mean, in words.

import { h } from "../dom.js";

/** Items are [class of the pattern, words]. */
export const legend = (items, label) => h("ul", { class: "key", "aria-label": label }, ...items.map(([pattern, words]) => h("li", {}, h("i", { class: pattern, "aria-hidden": "true" }), words)));
