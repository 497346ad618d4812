// Where the power goes: from the utility to the racks. What no meter has seen is drawn, never hidden.

import { chart, colour } from "../charts.js";
import { kwh, roleName } from "../format.js";
import { data, empty, note, when } from "../parts.js";

const MOST = 26;

export function flow(tree, zone) {
  const { nodes, links } = folded(tree);
  if (!links.length) return empty("Nothing flows from one meter to another yet: say with upstream: which meter feeds which.");
  const option = () => ({
    tooltip: { renderMode: "richText", confine: true, backgroundColor: colour("card"), borderColor: colour("line"), textStyle: { color: colour("ink"), fontSize: 12 },
      formatter: ({ dataType, data: one }) => (dataType === "edge" ? `${one.source} → ${one.target}  ${kwh(one.value)}` : one.name) },
    series: [{ type: "sankey", left: 4, right: 118, top: 8, bottom: 8, nodeAlign: "left", layoutIterations: 64, nodeGap: 7, nodeWidth: 12, draggable: false, emphasis: { focus: "adjacency" },
      label: { color: colour("ink"), fontSize: 11 }, lineStyle: { color: "source", opacity: 0.32 },
      data: nodes.map((one) => ({ name: one.name, itemStyle: { color: colour(one.hue) } })), links }],
  });
  return [chart("flow", option, "Energy of this hour from the utility to the racks", { size: "tall" }),
    note("Energy of the hour that began at ", when(tree.hour, zone), `; unattributed ${kwh(tree.unattributed_kwh)}.`),
    data([["From", (one) => one.source], ["To", (one) => one.target], ["Energy", (one) => kwh(one.value), "n"]], links)];
}

const HUES = { utility: "accent", "ups-input": "cooling", "ups-output": "cooling", feed: "cooling", rack: "it", cooling: "cooling" };

/** Nodes and links of the chain down to the racks; many of one kind behind one node are one. */
function folded({ nodes, links, unattributed_kwh: lost }) {
  const byId = new Map(nodes.map((one) => [one.id, one]));
  const shown = links.filter((one) => byId.has(one.source) && byId.has(one.target) && !["device", "outlet"].includes(byId.get(one.target).role) && one.kwh > 0);
  const many = new Map();
  for (const one of shown) {
    const key = `${one.source} ${byId.get(one.target).role}`;
    many.set(key, (many.get(key) ?? 0) + 1);
  }
  const crowded = shown.length > MOST;
  const sums = new Map();
  for (const one of shown) {
    const role = byId.get(one.target).role, count = many.get(`${one.source} ${role}`);
    const target = crowded && count > 4 ? `${count} ${roleName(role).toLowerCase()}, ${one.source}` : one.target;
    const key = `${one.source}\n${target}`;
    sums.set(key, { source: one.source, target, value: (sums.get(key)?.value ?? 0) + one.kwh, role });
  }
  const flows = [...sums.values()];
  peel(flows, byId, lost);
  const names = new Map(flows.flatMap((one) => [[one.source, byId.get(one.source)?.role], [one.target, one.role]]));
  return { nodes: [...names].map(([name, role]) => ({ name, hue: HUES[role] ?? "losses" })), links: flows.map(({ role, ...one }) => one) };
}

/** What goes into a node and not out of it again is lost, or not metered. */
function peel(flows, byId, lost) {
  const into = (name) => flows.filter((one) => one.target === name).reduce((sum, one) => sum + one.value, 0);
  const out = (name) => flows.filter((one) => one.source === name).reduce((sum, one) => sum + one.value, 0);
  for (const name of new Set(flows.map((one) => one.source))) {
    const own = into(name) || byId.get(name)?.energy_kwh || 0, gone = own - out(name);
    const top = !into(name);
    if (gone > own * 0.005) flows.push({ source: name, target: top ? "unattributed" : `lost in ${name}`, value: top && lost ? lost : gone, role: "lost" });
  }
}

