// How much is known, what is not, and on what the figures stand.

import { ask, path } from "../api.js";
import { chart, colour, half, hatch, points, small, saved, timeAxis, tooltip, valueAxis } from "../charts.js";
import { h } from "../dom.js";
import { MISSING, THIN, day, digits, kwh, percent } from "../format.js";
import { bar, card, data, empty, explained, explaining, figure, hoursHere, note, ranges, span, sub, table, when } from "../parts.js";
import { changed, to } from "../place.js";
import { findings } from "./findings.js";
import { fourShares, fourWords } from "./standing.js";

export const title = "Data quality";
const HOUR = 3600000;
const MOST = 12, NEAREST = 5;
const SUMS = { "": "The site", facility: "Facility", it: "IT", grid: "From the grid", onsite: "On site", water: "Water", reused: "Reused heat", unattributed: "Unattributed" };

export async function show({ place, site, zone, now }) {
  const hours = hoursHere(48), range = { site: site.name, ...span(now, hours) }, over = { ...range, step: hours <= 24 * 14 ? "hour" : "day" };
  const [today, month, coverage, meters, found, repairs, tree] = await Promise.all([
    ask("emissions", { site: site.name, period: "today" }), ask("emissions", { site: site.name, period: "month" }),
    ask("coverage", over), ask("coverage/meters", { ...range, limit: 200 }),
    ask("findings", { site: site.name, limit: 200 }), ask("repairs", { limit: 50 }),
    // An hour that runs says too little of energy yet.
    ask(`sites/${encodeURIComponent(site.name)}/tree`, { at: new Date(Date.parse(now) - HOUR).toISOString() }),
  ]);
  return h("div", { class: "grid" }, h("div", { class: "title" }, h("h1", {}, "Data quality"), ranges(48)),
    h("div", { class: "figures" }, known("Known today", today, "day"), known("Known this month", month, "month"), standing(today), pue(today)),
    card("Coverage", { wide: "w7", tools: [saved("coverage", "coverage"), link("coverage", over)] }, choice(coverage, place.sum), shares(coverage, place.sum, zone)),
    card("What emissions stand on", { wide: "w5", tools: [saved("standing", "standing"), link("coverage", over)] }, stood(coverage, zone)),
    card("Least known meters", { wide: "w7", tools: [link("coverage/meters", range)] }, least(meters)),
    card("Contradicting nodes", { wide: "w5", tools: [link(`sites/${encodeURIComponent(site.name)}/tree`, { at: tree.hour }, "tree")] }, contradictions(tree, month, zone)),
    card("Findings", { tools: [link("findings", { site: site.name })] }, findings(found, zone)),
    card("Repairs", { tools: [link("repairs", {})] }, repaired(repairs.items, zone)));
}

const link = (name, asked, file = name.replace("/", "-")) => h("a", { href: path(name, { ...asked, format: "csv" }), download: `${file}.csv` }, "CSV");

function known(text, { period, measured_share: measured, interpolated_share: interpolated, missing_share: missing }, kind) {
  if (missing === null) return figure(text, [MISSING, "%"], to("explain"), note("Nothing is booked yet."));
  const words = `${percent(measured)} measured · ${percent(interpolated)} interpolated · ${percent(missing)} missing`;
  return figure(text, percent(1 - missing).split("\u202f"), to("explain", "", { [kind]: period }), bar({ measured, interpolated, missing }, words), note(words));
}

function standing(today) {
  const of = (name) => today[`emissions_location_${name}_share`];
  const found = { final: of("final"), estimated: of("estimated"), fallback: of("fallback"), uncovered: of("uncovered") };
  if (today.energy_kwh === null) return figure("Final intensities today", [MISSING, "%"], to("grid"), note("Nothing is known of today yet."));
  return figure("Final intensities today", percent(found.final).split("\u202f"), to("grid"), fourShares(found),
    note(fourWords(found), found.estimated > 0 ? ": it is computed again when final values come" : null));
}

function pue({ period, pue_measured_share: measured, pue_declared_share: declared, pue_none_share: none }) {
  return figure("PUE measured today", percent(measured).split("\u202f"), to("explain", "", { day: period }),
    bar({ measured, estimated: declared ?? 0 }, `measured ${percent(measured)}, declared ${percent(declared)}`),
    note(`of the energy; ${percent(declared)} declared, ${percent(none)} without`));
}

function choice({ sums }, chosen = "") {
  const there = ["", ...Object.keys(sums ?? {})];
  return h("p", { class: "range", role: "group", "aria-label": "Of which sum" }, ...there.map((sum) =>
    h("a", { href: changed({ sum }), "aria-current": sum === chosen ? "true" : null }, SUMS[sum] ?? sum)));
}

function shares(coverage, sum, zone) {
  const shown = (sum && coverage.sums?.[sum]) || coverage;
  const layers = [["Measured", shown.measured, "accent"], ["Interpolated", shown.interpolated, "losses", "hatched"], ["Missing", shown.missing, "rest"]];
  return [...stacked("coverage", coverage.times, layers, zone, "Share of the energy that is measured, interpolated and missing"),
    numbers(coverage.times, layers, zone, "All of it is measured in this time.")];
}

function stood({ times, standing: found }, zone) {
  const layers = [["Final", found.final, "accent"], ["Estimated", found.estimated, "accent", "hatched"], ["Stands in", found.fallback, "losses", "hatched"], ["None", found.uncovered, "rest"]];
  return [note("Of location-based emissions. Estimates become final when the grid's provider says so; the hours are computed again then."),
    ...stacked("standing", times, layers, zone, "Share of the energy by what its emissions stand on"), numbers(times, layers, zone, "All of it stands on final intensities in this time.")];
}

function stacked(key, times, layers, zone, label) {
  if (!times.length) return [empty("Nothing is booked in this time yet.")];
  const option = () => ({ xAxis: axis(times, zone), tooltip: tooltip(zone, (value) => `${digits(value)}${THIN}%`, half(times)),
    yAxis: valueAxis("%", { max: 100, interval: 25, axisLabel: { color: colour("quiet"), fontSize: small(), formatter: "{value}" } }),
    series: layers.map(([name, column, hue, pattern]) => ({ name, type: "bar", stack: "all", barCategoryGap: "0%", 
      itemStyle: { color: colour(hue), opacity: 0.75, decal: pattern ? hatch() : undefined },
      data: points(times, column.map((one) => one * 100), half(times)) })) });
  return [chart(key, option, label, { opened: ({ at }) => { location.hash = explaining(at, zone, { step: stepOf(times) }); } })];
}

const stepOf = (times) => (half(times) > HOUR ? "day" : "hour");
const axis = (times, zone) => timeAxis(zone, stepOf(times) === "day"
  ? { axisLabel: { color: colour("quiet"), hideOverlap: true, fontSize: small(), formatter: (at) => day(at, zone) } } : {});

/** What is not all of the first layer, as a table: the rest says nothing. */
function numbers(times, layers, zone, all) {
  const rows = times.map((at, i) => [at, ...layers.map(([, column]) => column[i])]).filter(([, first]) => first < 0.9995);
  if (!rows.length) return times.length ? note(all) : null;
  return data([["From", ([at]) => explained(at, zone, { step: stepOf(times) })], ...layers.map(([name], i) => [name, (row) => percent(row[i + 1]), "n"])], rows.toReversed());
}

function least({ items, next }) {
  const poor = items.filter((one) => one.missing > 0.0005 || one.interpolated > 0.0005), shown = poor.slice(0, MOST);
  if (!items.length) return empty("No meter of this site is known yet: `carbond probe ADDRESS --yaml` writes the lines of a device for the settings.");
  if (!poor.length) return empty("Every meter is measured for all of this time.");
  return [table("The least known first, by share of the time", [
    ["Meter", (one) => h("a", { href: to("device", one.meter.split("/")[0]) }, one.meter)],
    ["", (one) => bar({ measured: one.measured, interpolated: one.interpolated, missing: one.missing }, `measured ${percent(one.measured)}`), "wide"],
    ["Measured", (one) => percent(one.measured), "n"], ["Interpolated", (one) => percent(one.interpolated), "n"], ["Missing", (one) => percent(one.missing), "n"]], shown),
  poor.length > MOST ? note(`${poor.length - MOST}${next ? " or more" : ""} others are not all measured: the CSV has them.`) : null];
}

function contradictions({ residuals, hour }, month, zone) {
  const used = (one) => -one.kwh / one.bound_kwh;
  const near = residuals.filter((one) => one.broken || (one.kwh < 0 && one.bound_kwh > 0)).sort((a, b) => b.broken - a.broken || used(b) - used(a));
  const rows = near.slice(0, near.some((one) => one.broken) ? MOST : NEAREST), broken = residuals.filter((one) => one.broken).length;
  if (!residuals.length) {
    return empty("No node can be checked in the hour from ", when(hour, zone), ": its meters are not all known, or no ", h("code", {}, "upstream:"), " says which meter feeds which.");
  }
  return [h("p", {}, broken ? h("strong", { class: "act" }, `${broken} of ${residuals.length} nodes`) : `None of ${residuals.length} nodes`, " in the hour from ", when(hour, zone),
    broken ? ": more flows out than in, past what the meters may err by. Look at their wiring, their CT ratios and " : ": nothing flows out that has not flowed in, within what the meters may err by.",
    broken ? [h("code", {}, "accuracy:"), "."] : null),
  sub(`This month: ${digits(month.broken_node_hours)} such hours, counted node by node.`),
  rows.length ? table(broken ? "" : "The nearest to it", [["Node", (one) => one.node.map((id) => h("div", {}, h("a", { href: to("explain", id, { hour }) }, id)))], ["Stage", (one) => one.stage],
    ["Out more than in", (one) => kwh(Math.max(-one.kwh, 0)), "n"], ["Allowed", (one) => kwh(one.bound_kwh), "n"]], rows) : null];
}

function repaired(items, zone) {
  if (!items.length) {
    return empty("None. ", h("code", {}, "carbond ledger repair --meter NAME --from HOUR --to HOUR --energy 12.5kWh --who NAME --why TEXT"),
      " books what a meter's energy was when it is known otherwise, with `--unknown` that it is not known.");
  }
  const amount = (value, unit) => (value === null ? "not known" : `${digits(value)}\u202f${unit}`);
  return table("What people have said of meters of all sites, the newest first", [["Meter", (one) => h("a", { href: to("device", one.meter.split("/")[0]) }, one.meter)],
    ["Hours", (one) => [when(one.start, zone), " – ", when(one.end, zone)]], ["Before", (one) => amount(one.before, one.unit), "n"], ["Booked", (one) => amount(one.booked, one.unit), "n"],
    ["Who", (one) => one.who], ["Why", (one) => one.why, "text why"], ["When", (one) => when(one.repaired_at, zone)]], items);
}
