// How much is known, what is not, and what a register did beside counting.

import { ask, askAll, path } from "../api.js";
import { chart, colour, hatch, points, saved, timeAxis, tooltip, valueAxis } from "../charts.js";
import { h } from "../dom.js";
import { MISSING, digits, kwh, percent, utc } from "../format.js";
import { bar, card, data, empty, hoursHere, note, ranges, span, table, when } from "../parts.js";
import { changed, to } from "../place.js";

export const title = "Data quality";
const SUMS = { "": "The site", facility: "Facility", it: "IT", grid: "From the grid", onsite: "On site", water: "Water", reused: "Reused heat", unattributed: "Unattributed" };

export async function show({ place, site, zone, now }) {
  const hours = hoursHere(48), range = { site: site.name, ...span(now, hours) };
  const [coverage, meters, findings, repairs, tree] = await Promise.all([
    ask("coverage", { ...range, step: hours <= 24 * 14 ? "hour" : "day" }),
    ask("coverage/meters", { ...range, limit: 25 }),
    ask("findings", { site: site.name, limit: 50 }),
    askAll("repairs", {}, 200),
    ask(`sites/${encodeURIComponent(site.name)}/tree`),
  ]);
  return h("div", { class: "grid loose" },
    card("Coverage", { tools: [saved("coverage", "coverage"), link("CSV", "coverage", range)] }, ranges(48), choice(coverage, place.sum), over(coverage, place.sum, zone)),
    card("Least known meters", { wide: "w6", tools: [link("CSV", "coverage/meters", range)] }, least(meters.items)),
    card("Nodes that contradict each other", { wide: "w6" }, broken(tree, zone)),
    card("Findings", { wide: "w8", tools: [link("CSV", "findings", { site: site.name })] }, found(findings.items, zone)),
    card("Repairs", { wide: "w4" }, repaired(repairs, zone)));
}

const link = (text, name, asked) => h("a", { href: path(name, { ...asked, format: "csv" }), download: `${name.replace("/", "-")}.csv` }, text);

function choice({ sums }, chosen = "") {
  const there = ["", ...Object.keys(sums ?? {})];
  return h("p", { class: "range", "aria-label": "Of which sum" }, ...there.map((sum) =>
    h("a", { href: changed({ sum }), "aria-current": sum === chosen ? "true" : null }, SUMS[sum] ?? sum)));
}

function over(coverage, sum, zone) {
  const shown = (sum && coverage.sums?.[sum]) || coverage, { times } = coverage;
  const layers = [["Measured", shown.measured, "accent"], ["Interpolated", shown.interpolated, "losses"], ["Missing", shown.missing, "line"]];
  const option = () => ({ xAxis: timeAxis(zone), yAxis: valueAxis("%", { max: 100 }), tooltip: tooltip(zone, (value) => `${digits(value)} %`),
    series: layers.map(([name, shares, hue], at) => ({ name, type: "bar", stack: "known", barCategoryGap: "4%", itemStyle: { color: colour(hue), decal: at === 1 ? hatch() : undefined },
      data: points(times, shares.map((one) => (one === null ? null : one * 100))) })) });
  const rows = times.map((at, i) => [at, ...layers.map(([, shares]) => shares[i])]).filter(([, measured]) => measured === null || measured < 0.9995);
  return [chart("coverage", option, "Share of the energy that is measured, interpolated and missing"),
    rows.length ? data([["Time", ([at]) => h("span", { title: utc(at) }, when(at, zone))], ...layers.map(([name], i) => [name, (row) => percent(row[i + 1]), "n"])], rows)
      : note("All of it is measured in this time.")];
}

function least(items) {
  const poor = items.filter((one) => one.missing > 0.0005 || one.interpolated > 0.0005);
  if (!poor.length) return empty("Every meter is measured for all of this time.");
  return table("The least known first", [
    ["Meter", (one) => h("a", { href: to("device", one.meter.split("/")[0]) }, one.meter)],
    ["", (one) => bar({ measured: one.measured, interpolated: one.interpolated }, `measured ${percent(one.measured)}`)],
    ["Measured", (one) => percent(one.measured), "n"], ["Interpolated", (one) => percent(one.interpolated), "n"], ["Missing", (one) => percent(one.missing), "n"]], poor);
}

function broken({ residuals, hour }, zone) {
  const bad = residuals.filter((one) => one.broken);
  if (!bad.length) return empty("None: in the hour that began at ", when(hour, zone), " nothing flows out that has not flowed in.");
  return table("More flows out than in, past what the meters' errors explain", [
    ["Node", (one) => one.node.join(" ")], ["Stage", (one) => one.stage], ["Residual", (one) => kwh(one.kwh), "n"], ["Allowed", (one) => `± ${kwh(one.bound_kwh)}`, "n"]], bad);
}

function found(items, zone) {
  if (!items.length) return empty("None: no register was reset, rolled over, stood still or was replaced.");
  const amount = (one, name) => (one[name] === null ? MISSING : `${digits(one[name])}\u2009${one.unit}`);
  return table("What registers did beside counting, the newest first", [
    ["Seen", (one) => when(one.at, zone)], ["Meter", (one) => h("a", { href: to("device", one.meter.split("/")[0]) }, one.meter)], ["What", (one) => one.oddity],
    ["Before", (one) => amount(one, "before"), "n"], ["Then", (one) => amount(one, "now"), "n"], ["Booked", (one) => amount(one, "booked"), "n"]], items);
}

function repaired(items, zone) {
  if (!items.length) return empty("None. ", h("code", {}, "carbond ledger repair --help"), " says how to book what a meter's energy was when it is known otherwise.");
  return table("What people have said afterwards", [["When", (one) => when(one.repaired_at, zone)], ["Meter", (one) => one.meter], ["Who", (one) => one.who], ["Why", (one) => one.why]], items);
}
