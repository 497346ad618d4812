// How clean the grid is, was and will be; and how far its estimates were from what became final.

import { askAll, path } from "../api.js";
import { chart, colour, hatch, intensityColour, line, saved, timeAxis, tooltip, valueAxis } from "../charts.js";
import { h } from "../dom.js";
import { MISSING, ago, digits, intensity } from "../format.js";
import { card, data, empty, figure, hoursHere, mark, note, ranges, span, sub, table, when } from "../parts.js";
import { changed, to } from "../place.js";

export const title = "Grid";
const KINDS = { direct: "Direct", lifecycle: "Life cycle", marginal: "Marginal" };
const AHEAD = 24 * 3600000;

export async function show({ place, site, zone, now }) {
  if (!site.grid && !place.name) {
    return card("No grid yet", {}, empty("The site has no grid, so its energy has no emissions. Add one under ", h("code", {}, "grids:"), " and name it with ", h("code", {}, `grid:`), ` at ${site.name}.`));
  }
  const kind = place.kind ?? "direct", hours = hoursHere(48), range = span(now, hours);
  const asked = { site: site.name, kind, ...range };
  const [rows, ahead, versions] = await Promise.all([
    askAll("intensity", asked, 10000),
    askAll("intensity", { ...asked, forecast: true, from: range.to, to: new Date(Date.parse(now) + AHEAD).toISOString().slice(0, 16) + "Z" }, 1000).catch(() => []),
    askAll("intensity", { ...asked, versions: true }, 10000),
  ]);
  const past = rows.filter((one) => !one.forecast), soon = ahead.filter((one) => one.forecast), newest = past.at(-1);
  return h("div", { class: "grid" },
    h("div", { class: "figures" }, newestOf(newest, now, zone), errors(versions), heard(newest, versions, zone)),
    card("Intensity", { tools: [saved("grid", "intensity"), h("a", { href: path("intensity", { ...asked, format: "csv" }), download: "intensity.csv" }, "CSV")] },
      ranges(48), kinds(kind), drawn(past, soon, zone)),
    card("How values changed", {}, changes(versions, zone)));
}

const kinds = (kind) => h("p", { class: "range", "aria-label": "Kind" }, ...Object.entries(KINDS).map(([name, text]) =>
  h("a", { href: changed({ kind: name }), "aria-current": name === kind ? "true" : null }, text)));

function newestOf(newest, now, zone) {
  if (!newest) return figure("Newest value", [MISSING, "g/kWh"], to("grid"), note("Nothing has come in this time: the Device view says whether the service answers."));
  return figure("Newest value", [digits(newest.value_g_per_kwh), "g/kWh"], to("explain", "", { hour: `${newest.start.slice(0, 13)}:00Z` }),
    sub(mark(newest.estimated ? "estimated" : "final"), ` ${newest.source}, zone ${newest.zone}`), note("of ", when(newest.start, zone), `, fetched ${ago(newest.fetched_at, now)} ago`));
}

/** Of periods that were estimated first and are final now: by how much the first value was off. */
function errors(versions) {
  const offs = byStart(versions).map((many) => [many.find((one) => one.estimated), many.findLast((one) => !one.estimated)])
    .filter(([first, last]) => first && last && last.value_g_per_kwh).map(([first, last]) => Math.abs(first.value_g_per_kwh / last.value_g_per_kwh - 1));
  if (!offs.length) return figure("Estimates were off by", [MISSING, "%"], to("grid"), note("No value of this time was estimated first and is final now."));
  const mean = offs.reduce((sum, one) => sum + one, 0) / offs.length;
  return figure("Estimates were off by", [digits(mean * 100), "%"], to("grid"), sub(`in the mean of ${offs.length} values`), note(`at most ${digits(Math.max(...offs) * 100)} %`));
}

function heard(newest, versions, zone) {
  return figure("Versions", [String(versions.length), "values"], to("grid"), sub(newest ? `points of ${newest.period_s / 60} min` : ""),
    note(newest?.updated_at ? ["newest of ", when(newest.updated_at, zone)] : "every version is kept"));
}

function byStart(versions) {
  const found = new Map();
  for (const one of versions.filter((row) => !row.forecast)) found.set(one.start, [...(found.get(one.start) ?? []), one]);
  return [...found.values()].map((many) => many.sort((a, b) => Date.parse(a.fetched_at) - Date.parse(b.fetched_at)));
}

function drawn(past, soon, zone) {
  if (!past.length && !soon.length) return empty("There are no values in this time.");
  const option = () => ({ xAxis: timeAxis(zone), yAxis: valueAxis("g/kWh"), tooltip: tooltip(zone, intensity),
    series: [{ name: "Intensity", type: "bar", barCategoryGap: "6%", barMinWidth: 1, itemStyle: { color: colour("rest") }, data: past.map((one) => ({ value: [Date.parse(one.start), one.value_g_per_kwh],
      itemStyle: { color: intensityColour(one.value_g_per_kwh), decal: one.estimated ? hatch() : undefined } })) },
    line("Forecast", soon.map((one) => one.start), soon.map((one) => one.value_g_per_kwh), { color: colour("quiet"), lineStyle: { type: "dotted", width: 2 }, step: "end" })] });
  return [chart("grid", option, "Intensity of the grid over time; estimated values are hatched, the forecast is dotted", { size: "tall" }),
    note("Solid is final, hatched is estimated, dotted is forecast."),
    data([["From", (one) => when(one.start, zone)], ["Intensity", (one) => intensity(one.value_g_per_kwh), "n"], ["", (one) => (one.forecast ? "forecast" : one.estimated ? "estimated" : "final")]], [...past, ...soon].slice(-72))];
}

function changes(versions, zone) {
  const several = byStart(versions).filter((many) => many.length > 1).toReversed().slice(0, 24);
  if (!several.length) return empty("No value of this time has more than one version yet.");
  return table("Each value as it was said from the first version to the newest", [
    ["From", ([one]) => h("a", { href: to("explain", "", { hour: `${one.start.slice(0, 13)}:00Z` }) }, when(one.start, zone))],
    ["Versions", (many) => many.map((one) => `${digits(one.value_g_per_kwh)}${one.estimated ? " ~" : ""}`).join(" → ")],
    ["Unit", () => "g/kWh"], ["Last fetched", (many) => when(many.at(-1).fetched_at, zone)]], several);
}

