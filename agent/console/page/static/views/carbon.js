// What is answered for: emissions by each method, what they stand on, and what has changed since.

import { ask, askAll, path } from "../api.js";
import { h } from "../dom.js";
import { MISSING, intensity, kwh, mass, percent, ratio } from "../format.js";
import { bar, card, empty, mark, note, table, when } from "../parts.js";
import { to } from "../place.js";

export const title = "Carbon";
const METHODS = [["location", "Location-based"], ["lifecycle", "Life cycle"], ["marginal", "Marginal"]];

export async function show({ site, zone }) {
  const asked = { site: site.name };
  const [months, days, restated, periods] = await Promise.all([
    askAll("emissions", { ...asked, step: "month" }, 60),
    askAll("emissions", { ...asked, step: "day" }, 62),
    ask("restatements", { ...asked, limit: 40 }),
    askAll("periods", { ...asked, limit: 100 }, 100),
  ]);
  return h("div", { class: "grid" },
    card("Months", { tools: [csv("month", asked)] }, note("The three methods answer different questions: they stand beside each other and are never added up. ",
      "A market-based figure needs contracts and certificates, of which the settings have none yet."), totals("Emissions by month", "month", months)),
    card("Days", { wide: "w8", tools: [csv("day", asked)] }, totals("Emissions by day, the newest first", "day", days.toReversed().slice(0, 31))),
    card("Closed periods", { wide: "w4" }, closed(periods, zone)),
    card("Restatements", { tools: [h("a", { href: path("restatements", { ...asked, format: "csv" }), download: "restatements.csv" }, "CSV")] }, restatements(restated.items, zone)));
}

const csv = (step, asked) => h("a", { href: path("emissions", { ...asked, step, format: "csv" }), download: `emissions-by-${step}.csv` }, "CSV");

function totals(caption, kind, found) {
  if (!found.length) return empty("Nothing is booked yet: the first hour is there when it is over.");
  return table(caption, [
    [kind === "day" ? "Day" : "Month", (one) => h("a", { href: to("explain", "", { [kind]: one.period }) }, one.period)],
    ["Energy", (one) => kwh(one.energy_kwh), "n"],
    ["PUE", (one) => ratio(one.pue), "n"],
    ...METHODS.map(([method, name]) => [name, (one) => emission(one, method), "n"]),
    ["Stands on", (one) => standing(one)],
    ["Known", (one) => percent(one.missing_share === null ? null : 1 - one.missing_share), "n"],
  ], found);
}

function emission(one, method) {
  const refused = one[`emissions_${method}_refused`];
  return refused ? mark("refused", refused) : mass(one[`emissions_${method}_kg`]);
}

/** Of the location-based figure, what its intensities are. */
function standing(one) {
  const share = (name) => one[`emissions_location_${name}_share`] ?? 0;
  const words = `final ${percent(share("final"))}, estimated ${percent(share("estimated"))}, stands in ${percent(share("fallback"))}, none ${percent(share("uncovered"))}`;
  return h("span", { title: words }, bar({ final: share("final"), estimated: share("estimated") + share("fallback"), missing: share("uncovered") }, words), note(`${percent(share("final"))} final`));
}

function closed(periods, zone) {
  if (!periods.length) return empty("No month is closed. ", h("code", {}, "carbond ledger close --month 2026-10 --who NAME --why TEXT"), " freezes its figures as they are reported.");
  return h("ul", { class: "troubles" }, ...periods.map((one) => h("li", {}, h("strong", {}, one.name ?? one.period), " closed ", one.closed_at ? when(one.closed_at, zone) : null,
    h("span", { class: "way" }, Object.keys(one.differences ?? {}).length ? `${Object.keys(one.differences).length} figures are others now` : "its figures are still the same"))));
}

/** Figures are named with their units: emission_direct_g, facility_j. */
const WRITTEN = [[/_g_per_kwh$/, intensity], [/_g$/, (one) => mass(one / 1000)], [/_j$/, (one) => kwh(one / 3.6e6)], [/share$|coverage/, percent], [/pue/, ratio]];
function written(figure, value) {
  if (value === null || value === undefined) return MISSING;
  const [, write] = WRITTEN.find(([end]) => end.test(figure)) ?? [null, String];
  return write(value);
}

function restatements(items, zone) {
  if (!items.length) return empty("Nothing has been restated: no figure that was told has changed.");
  return table("The newest first", [
    ["Hour", (one) => h("a", { href: to("explain", "", { hour: one.hour }) }, when(one.hour, zone))],
    ["Figure", (one) => one.figure.replace(/_(g|j|g_per_kwh)$/, "").replaceAll("_", " ")],
    ["Said before", (one) => written(one.figure, one.before), "n"], ["Says now", (one) => written(one.figure, one.after), "n"],
    ["Why", (one) => one.why], ["When", (one) => when(one.restated_at, zone)]], items);
}

