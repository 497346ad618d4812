// The racks at a glance: a box each, the fuller the nearer to the strongest one.

import { h } from "../dom.js";
import { percent, watts } from "../format.js";
import { empty } from "../parts.js";
import { to } from "../place.js";

/** Racks by their tag, each with the power of its PDUs; the fuller the box, the nearer to the strongest rack. */
export function boxes(tree, troubles) {
  const byRack = new Map();
  for (const node of tree.nodes.filter((one) => one.role === "rack")) {
    const name = node.tags.rack ?? node.id;
    byRack.set(name, [...(byRack.get(name) ?? []), node]);
  }
  if (!byRack.size) return empty("No rack yet. Add a PDU with `role: rack`, and `rack: 07` to say where it stands.");
  const bad = new Set(troubles.filter((one) => one.kind === "device").map((one) => one.name));
  const found = [...byRack].sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true })).map(([name, nodes]) => ({
    name, silent: nodes.some((one) => bad.has(one.id)), power: nodes.every((one) => one.power_watts !== null) ? nodes.reduce((sum, one) => sum + one.power_watts, 0) : null }));
  const most = Math.max(...found.map((one) => one.power ?? 0), 1);
  return h("div", { class: "racks" }, ...found.map(({ name, power: drawn, silent }) =>
    h("a", { class: `rack ${silent ? "bad" : ""}`, href: to("rack", name), title: `${percent(drawn === null ? null : drawn / most)} of the strongest rack` },
      h("span", { class: "level", style: { height: `${((drawn ?? 0) / most) * 100}%` } }), h("b", {}, name), h("span", {}, watts(drawn)))));
}
