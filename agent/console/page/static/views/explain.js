// The tree of one number: what it was computed from, down to the readings.

import { ask } from "../api.js";
import { h } from "../dom.js";
import { MISSING, isoDay, percent } from "../format.js";
import { card, table } from "../parts.js";
import { to } from "../place.js";

export const title = "Explain";
const PERIODS = ["hour", "day", "month", "year"];

export async function show({ place, site, zone, now }) {
  const asked = question(place, site, zone, now);
  const term = await ask("explain", asked);
  return h("div", { class: "grid" }, choices(place, site, zone, now),
    card(heading(asked), {}, term.how ? h("p", { class: "sub" }, term.how) : null, coverage(term), ...(term.terms ?? []).map((one) => unfolded(one, 0)), rows(term)));
}

function question({ name, hour, day, month, year, as_of }, site, zone, now) {
  const period = { hour, day, month, year };
  if (name) return { meter: name, hour: hour ?? `${now.slice(0, 13)}:00Z`, as_of };
  if (!PERIODS.some((one) => period[one])) period.day = isoDay(now, zone);
  return { site: site.name, ...period, as_of };
}

const heading = ({ meter, site, hour, day, month, year }) => `${meter ?? site}, ${hour ?? day ?? month ?? year}`;

function choices({ name }, site, zone, now) {
  const today = isoDay(now, zone), hour = `${now.slice(0, 13)}:00Z`;
  const links = [["This hour", { hour }], ["Today", { day: today }], ["This month", { month: today.slice(0, 7) }], ["This year", { year: today.slice(0, 4) }]];
  return h("div", {}, h("h1", {}, "Explain"), h("p", { class: "range" }, ...links.map(([text, more]) => h("a", { href: to("explain", "", more) }, text)),
    name ? h("a", { href: to("device", name.split("/")[0]) }, `Device ${name.split("/")[0]}`) : null));
}

function unfolded(term, depth) {
  const line = [h("strong", {}, `${term.name}: `), value(term), term.how ? h("span", { class: "how" }, ` ${term.how}`) : null];
  if (!term.terms?.length && !term.rows?.length) return h("div", { class: "leaf" }, ...line);
  return h("details", { class: "term", open: depth < 1 && (term.terms?.length ?? 0) < 12 }, h("summary", {}, ...line),
    ...(term.terms ?? []).map((one) => unfolded(one, depth + 1)), rows(term));
}

function value({ value: said, unit }) {
  if (said === null || said === undefined) return MISSING;
  const shown = typeof said === "number" && !Number.isInteger(said) ? String(Number(said.toPrecision(6))) : String(said);
  return unit ? `${shown}\u2009${unit}` : shown;
}

const coverage = ({ coverage: known }) =>
  known ? h("p", { class: "note" }, `measured ${percent(known.measured)} · interpolated ${percent(known.interpolated)} · missing ${percent(known.missing)}`) : null;

/** Names of columns end with their unit: joules are told as kWh, grams as kg, shares in percent. */
const UNITS = [[/_j$/, " kWh", (one) => (one / 3.6e6).toFixed(3)], [/_wh$/, " Wh", (one) => one.toFixed(1)], [/_w$/, " W", (one) => one.toFixed(1)],
  [/_g$/, " kg", (one) => (one / 1000).toFixed(3)], [/_s$/, " s", (one) => one.toFixed(1)], [/_g_per_kwh$/, " g/kWh", (one) => one.toFixed(1)], [/_?share$/, " share", percent]];

function column(name, found) {
  const [end, unit, write] = UNITS.find(([pattern]) => pattern.test(name)) ?? [/$^/, "", (one) => value({ value: one })];
  const number = found.every((row) => typeof row[name] !== "string");
  const cell = (one) => (typeof one === "number" ? write(one) : value({ value: one }));
  return [name.replace(end, "").replaceAll("_", " ") + unit, (row) => cell(row[name]), number ? "n" : ""];
}

function rows({ rows: found }) {
  if (!found?.length) return null;
  const names = [...new Set(found.flatMap(Object.keys))];
  return table(`${found.length} rows`, names.map((name) => column(name, found)), found);
}

