// What is answered for: emissions by each method, what they stand on, and what has changed since.

import { ask, askAll, path } from "../api.js";
import { chart, colour, hatch, saved, small, tip, valueAxis } from "../charts.js";
import { h } from "../dom.js";
import { kwh, mass, massOf, percent, ratio } from "../format.js";
import { card, empty, figure, mark, note, sub, table } from "../parts.js";
import { changed, to } from "../place.js";
import { closed, restatements } from "./corrections.js";
import { fourShares, fourWords } from "./standing.js";

export const title = "Carbon";
const METHODS = [["location", "Location-based", "it"], ["lifecycle", "Life cycle", "cooling"], ["marginal", "Marginal", "losses"]];
const MEANS = {
  location: "the mean of the grid, at the power station",
  lifecycle: "the mean of the grid, with fuel and building",
  marginal: "what using less would have spared",
};

export async function show({ place, site, zone }) {
  const asked = { site: site.name }, name = place.month ?? site.month.name;
  const byMonth = { ...asked, period: "rolling-year", step: "month" }, byDay = { ...asked, period: name, step: "day" };
  const [months, days, whole, restated, periods] = await Promise.all([
    askAll("emissions", byMonth), askAll("emissions", byDay), ask("emissions", { ...asked, period: name }),
    ask("restatements", { ...asked, limit: 300 }), askAll("periods", { ...asked, limit: 100 }, 100)]);
  return h("div", { class: "grid" }, h("h1", {}, `Carbon, ${nameOf(name, "long")}`),
    h("div", { class: "figures" }, ...METHODS.map(([method, text]) => total(whole, method, text)), market()),
    note("The methods answer different questions: they stand beside each other and are never added up. Each total says what it stands on, and how much is known."),
    card("Days", { tools: tools("days", byDay, days) }, periodsOf(days, "day", "days")),
    card("Months", { tools: tools("months", byMonth, months) }, note("Choose a month to see its days."), periodsOf(months, "month", "months")),
    card("Closed months", { tools: [csv("periods", asked)] }, closed(periods, site.name, zone)),
    card("Restatements", { tools: [csv("restatements", asked)] }, restatements(restated, zone)));
}

const csv = (name, asked, file = name) => h("a", { href: path(name, { ...asked, format: "csv" }), download: `${file}.csv` }, "CSV");
const tools = (key, asked, found) => [isDrawn(found) ? saved(key, `emissions-by-${asked.step}`) : null, csv("emissions", asked, `emissions-by-${asked.step}`)];

/** 2026-11 and 2026-11-23 as people write them. */
function nameOf(period, length = "short") {
  const wanted = period.length > 7 ? { weekday: "short", day: "numeric", month: "short" } : { month: length, year: "numeric" };
  return new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...wanted }).format(new Date(period));
}

function total(whole, method, text) {
  const of = (name) => whole[`emissions_${method}_${name}`], why = of("refused");
  const stands = { final: of("final_share"), estimated: of("estimated_share"), fallback: of("fallback_share"), uncovered: of("uncovered_share") };
  return figure(text, massOf(of("kg")), to("explain", "", { month: whole.period }), sub(MEANS[method]),
    why ? note(mark("refused"), ` ${why}`) : [fourShares(stands), note(`${fourWords(stands)} · ${known(whole.emissions_missing_share)}`)]);
}

const known = (missing) => (missing === null ? "not known" : `${percent(1 - missing)} of the energy known`);

function market() {
  return h("section", { class: "card", "aria-label": "Market-based" }, h("h2", {}, "Market-based"), h("div", { class: "big" }, "–"),
    sub("not stated: it needs contracts and certificates"),
    note("No guarantee of origin and no supply contract is in the settings. It is never filled in from the location-based figure."));
}

const isKnown = (one) => one.energy_kwh !== null || one.missing_share < 1;
const begun = (found) => found.slice(Math.max(found.findIndex(isKnown), 0));

/** They are drawn from the first one that is known on; one alone says no more than its row. */
const isDrawn = (found) => found.some(isKnown) && begun(found).length > 1;

function periodsOf(found, kind, key) {
  if (!found.some(isKnown)) return empty(`Nothing is known of ${kind === "day" ? "this month" : "these months"}: the first hour is there when it is over.`);
  return [isDrawn(found) ? columns(key, begun(found), kind) : null, table("The newest first", cells(kind), runs(found).toReversed()), refusals(found)];
}

/** Periods of which nothing is known are one row where they follow each other: shown, and short. */
function runs(found) {
  const rows = [];
  for (const one of found) {
    const last = rows.at(-1);
    if (last && !isKnown(one) && !isKnown(last)) last.through = one.period;
    else rows.push({ ...one });
  }
  return rows;
}

/** Bars beside each other, hatched as long as not all of one is final. */
function columns(key, rows, kind) {
  const most = Math.max(...rows.flatMap((one) => METHODS.map(([method]) => one[`emissions_${method}_kg`] ?? 0)));
  const [factor, unit] = most >= 1000 ? [1000, "t"] : [1, "kg"];
  const option = () => ({
    xAxis: { type: "category", data: rows.map((one) => nameOf(one.period)), axisLine: { lineStyle: { color: colour("line") } }, axisTick: { show: false },
      axisLabel: { color: colour("quiet"), hideOverlap: true, fontSize: small() } },
    yAxis: valueAxis(unit),
    tooltip: { trigger: "axis", ...tip((points) => words(rows[points[0].dataIndex])) },
    series: METHODS.map(([method, name, hue]) => ({ name, type: "bar", color: colour(hue), barGap: "8%", barMaxWidth: 40, cursor: "pointer",
      data: rows.map((one) => bars(one, method, factor)) })) });
  return [chart(key, option, "Emissions by each method over time; hatched where not all is final", { size: "low", opened: ({ at }) => { location.hash = to("explain", "", { [kind]: rows[at].period }); } }),
    note("Solid: all of it stands on final intensities. Hatched: some of it is estimated. A gap is not known.")];
}

function bars(one, method, factor) {
  const kg = one[`emissions_${method}_kg`];
  return { value: kg === null ? null : kg / factor, itemStyle: { decal: one[`emissions_${method}_final_share`] < 0.9995 ? hatch() : undefined } };
}

const words = (one) => [`${nameOf(one.period)}, ${known(one.missing_share)}`, ...METHODS.map(([method, name]) => `${name}  ${mass(one[`emissions_${method}_kg`])}`)].join("\n");

const cells = (kind) => [
  [kind === "day" ? "Day" : "Month", (one) => opened(one, kind)],
  ...METHODS.map(([method, name]) => [name, (one) => emission(one, method, kind), "n"]),
  ["Stands on", stands, "text stands"],
  ["Energy", (one) => told(kwh(one.energy_kwh), one.refused), "n"],
  ["PUE", (one) => one.pue === null && !one.pue_refused ? null : told(h("span", { title: one.pue_name }, ratio(one.pue)), one.pue_refused), "n"],
  ["Known", (one) => percent(one.missing_share === null ? null : 1 - one.missing_share), "n"],
];

function opened({ period, through }, kind) {
  if (through) return `${nameOf(period)} – ${nameOf(through)}`;
  return h("a", { href: kind === "day" ? to("explain", "", { day: period }) : changed({ month: period }), title: period }, nameOf(period));
}

const told = (text, refused) => (refused ? mark("refused", refused) : text);

function emission(one, method, kind) {
  const kg = one[`emissions_${method}_kg`], refused = one[`emissions_${method}_refused`];
  return kg === null && !refused ? null : told(h("a", { class: "plainly", href: to("explain", "", { [kind]: one.period }) }, mass(kg)), refused);
}

/** Of the location-based figure, what its intensities are. */
function stands(one) {
  const of = (name) => one[`emissions_location_${name}_share`];
  const shares = { final: of("final"), estimated: of("estimated"), fallback: of("fallback"), uncovered: of("uncovered") };
  return shares.final === null || one.energy_kwh === null ? null : h("span", { title: fourWords(shares) }, fourShares(shares), note(fourWords(shares)));
}

/** Each total that is refused, with why: in words that can be read without a mouse. */
function refusals(rows) {
  const whys = [...new Set(rows.flatMap((one) => Object.keys(one).filter((name) => name.endsWith("refused") && one[name]).map((name) => one[name])))];
  if (!whys.length) return null;
  return h("details", { class: "data", open: true }, h("summary", {}, `Why ${whys.length === 1 ? "a total is" : `${whys.length} totals are`} refused`),
    h("ul", {}, ...whys.map((why) => h("li", {}, why))));
}
