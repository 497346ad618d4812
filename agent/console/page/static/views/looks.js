// What needs a look: what is wrong, since when, and the way out.

import { h } from "../dom.js";
import { empty, when, worded } from "../parts.js";
import { to } from "../place.js";

/** A list of them; `nothing` is said where there are none. */
export function looks(troubles, zone, nothing) {
  if (!troubles.length) return empty(nothing);
  return h("ul", { class: "troubles" }, ...troubles.map((one) => h("li", {},
    h("strong", {}, linked(one)), " ", ...worded(one.what, zone), h("span", { class: "way" }, one.since ? ["since ", when(one.since, zone), ": "] : null, ...worded(one.way_out, zone)))));
}

function linked({ kind, name }) {
  if (kind === "device") return h("a", { href: to("device", name) }, name);
  if (kind === "meter") return h("a", { href: to("device", name.split("/")[0]) }, name);
  return kind === "grid" ? h("a", { href: to("grid", name) }, name) : name;
}

/** Those that are of some devices: themselves, their meters, and the nodes between them. */
export function of(troubles, devices) {
  const names = new Set(devices);
  return troubles.filter(({ kind, name }) => ["device", "meter", "node"].includes(kind) && name.split(" + ").some((one) => names.has(one.split("/")[0])));
}
/** The devices that do not answer. */
export const silent = (troubles) => new Set(troubles.filter((one) => one.kind === "device").map((one) => one.name));
