// Where the power goes: from the utility to the racks. What no meter has seen is drawn, never hidden.

import { chart, colour, small, tip } from "../charts.js";
import { h } from "../dom.js";
import { kwh, percent, roleName } from "../format.js";
import { data, empty, explaining, note, when } from "../parts.js";
import { to } from "../place.js";

const MOST = 26;
const HUES = { utility: "accent", "ups-input": "cooling", "ups-output": "cooling", feed: "cooling", rack: "it", cooling: "cooling", unattributed: "rest" };
const LOST = { "ups-input": "lost in UPSs", "ups-output": "lost in distribution", feed: "lost in distribution" };
const UNSEEN = "unattributed";

export function flow(tree, zone) {
  const { nodes, links } = folded(tree), top = Math.max(...nodes.map((one) => one.value), 0);
  if (!links.length) return empty("Nothing flows from one meter to another yet: say with ", h("code", {}, "upstream:"), " which meter feeds which.");
  const opened = ({ meter, racks }) => (racks ? to("rack") : explaining(tree.hour, zone, { name: meter }));
  const option = () => ({
    tooltip: tip(({ dataType, data: one }) => (dataType === "edge" ? `${one.source} → ${one.target}  ${kwh(one.value)}` : `${one.name}  ${kwh(one.amount)}, ${percent(one.amount / top)}`)),
    series: [{ type: "sankey", left: 4, right: small() * 10, top: 8, bottom: 8, nodeAlign: "left", layoutIterations: 64, nodeGap: small() * 2.2, nodeWidth: 12, draggable: false, cursor: "pointer", emphasis: { focus: "adjacency" },
      label: { color: colour("ink"), fontSize: small(), formatter: ({ data: one }) => `${one.name}\n${kwh(one.amount)}`, lineHeight: small() + 3 }, lineStyle: { color: "source", opacity: 0.32 },
      data: nodes.map(({ value, hue, ...one }) => ({ ...one, amount: value, itemStyle: { color: colour(hue) } })), links }],
  });
  const link = (name) => h("a", { href: opened(nodes.find((one) => one.name === name)) }, name);
  return [chart("flow", option, "Energy of this hour from the utility to the racks", { size: "tall", picked: (item) => { location.hash = opened(item.name ? item : nodes.find((one) => one.name === item.target)); } }),
    note("Energy in the hour from ", when(tree.hour, zone), `. Unattributed is what no meter behind the first has seen: ${kwh(tree.unattributed_kwh)}.`),
    data([["From", (one) => link(one.source)], ["To", (one) => link(one.target)], ["Energy", (one) => kwh(one.value), "n"]], links)];
}

/** Nodes and links of the chain down to the racks; many of one kind behind one node are one. */
function folded({ nodes, links, unattributed_kwh: lost }) {
  const byId = new Map(nodes.map((one) => [one.id, one]));
  const shown = links.filter((one) => byId.has(one.source) && byId.has(one.target) && !["device", "outlet"].includes(byId.get(one.target).role) && one.kwh > 0);
  const role = ({ target }) => byId.get(target).role, beside = (one) => shown.filter((other) => other.source === one.source && role(other) === role(one)).length;
  const sums = new Map();
  for (const one of shown) {
    const many = shown.length > MOST ? beside(one) : 1;
    const target = many > 4 ? `${many} ${roleName(role(one)).toLowerCase()}s of ${one.source}` : one.target, key = `${one.source}\n${target}`;
    sums.set(key, { source: one.source, target, value: (sums.get(key)?.value ?? 0) + one.kwh, role: role(one) });
  }
  const flows = [...sums.values()];
  peel(flows, byId, lost);
  return { nodes: named(flows, byId), links: flows.map(({ source, target, value }) => ({ source, target, value })) };
}

const sum = (flows) => flows.reduce((total, one) => total + one.value, 0);
const into = (flows, name) => sum(flows.filter((one) => one.target === name));
const out = (flows, name) => sum(flows.filter((one) => one.source === name));

/** What goes into a node and not out of it again is lost, or not metered. */
function peel(flows, byId, unseen) {
  for (const name of new Set(flows.map((one) => one.source))) {
    const come = into(flows, name), own = come || byId.get(name)?.energy_kwh || 0, gone = own - out(flows, name);
    if (gone > own * 0.005) flows.push(come ? { source: name, target: LOST[byId.get(name)?.role] ?? `lost in ${name}`, value: gone } : { source: name, target: UNSEEN, value: unseen || gone });
  }
}

/** The nodes of some flows: what each is called, what goes through it, and what it opens. */
function named(flows, byId) {
  const roles = new Map(flows.flatMap((one) => [[one.source, byId.get(one.source)?.role], [one.target, one.role ?? (one.target === UNSEEN ? UNSEEN : "lost")]]));
  return [...roles].map(([name, role]) => ({ name, value: into(flows, name) || out(flows, name), hue: HUES[role] ?? "losses", meter: byId.has(name) ? name : "", racks: role === "rack" && !byId.has(name) }));
}
