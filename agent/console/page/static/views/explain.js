// The tree of one number: what it was computed from, down to the readings.

import { ask } from "../api.js";
import { h } from "../dom.js";
import { MISSING, THIN, clock, isoDay, percent } from "../format.js";
import { card, explained, table, when, worded } from "../parts.js";
import { to } from "../place.js";

export const title = "Explain";
const PERIODS = ["hour", "day", "month", "year"];
const HOUR = 3600000;
const MOST_OPEN = 12;

export async function show({ place, site, zone, now }) {
  const asked = question(place, site, zone, now), term = await ask("explain", asked);
  const context = { zone, hour: asked.hour };
  return h("div", { class: "grid" }, choices(place, asked, site, zone, now),
    card([asked.meter ?? asked.site, ", ", ...inWords(asked, zone)], {}, term.how ? h("p", { class: "sub" }, ...worded(term.how, zone)) : null, term.how?.includes("measured") ? null : coverage(term),
      ...(term.terms ?? []).map((one) => unfolded(one, 0, context)), rows(term, context)));
}

function question({ name, hour, day, month, year, as_of }, site, zone, now) {
  const period = { hour, day, month, year };
  if (name) return { meter: name, hour: hour ?? hourOf(now), as_of };
  if (!PERIODS.some((one) => period[one])) period.day = isoDay(now, zone);
  return { site: site.name, ...period, as_of };
}

const hourOf = (at) => `${new Date(at).toISOString().slice(0, 13)}:00Z`;
const named = (period, wanted) => new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...wanted }).format(new Date(period));

/** The time that is asked about, as people at the site say it. */
function inWords({ hour, day, month, year }, zone) {
  if (hour) return [when(hour, zone), ` to ${clock(Date.parse(hour) + HOUR, zone)}`];
  if (day) return [named(day, { weekday: "long", day: "numeric", month: "long", year: "numeric" })];
  return [month ? named(month, { month: "long", year: "numeric" }) : year];
}

/** The present of this thing, and the times before and after the one that is explained. */
function choices({ name }, asked, site, zone, now) {
  const today = isoDay(now, zone), periods = { hour: hourOf(now), day: today, month: today.slice(0, 7), year: today.slice(0, 4) };
  const kind = PERIODS.find((one) => asked[one]), words = { hour: "This hour", day: "Today", month: "This month", year: "This year" };
  const link = (text, period, value) => h("a", { href: to("explain", name, { [period]: value }), "aria-current": asked[period] === value ? "true" : null }, text);
  return h("div", {}, h("h1", {}, "Explain"), h("p", { class: "range", role: "group", "aria-label": "Which time" },
    ...PERIODS.filter((one) => !name || one === "hour").map((one) => link(words[one], one, periods[one])),
    link(`← ${kind} before`, kind, beside(kind, asked[kind], -1)), asked[kind] < periods[kind] ? link(`${kind} after →`, kind, beside(kind, asked[kind], 1)) : null,
    name ? [h("a", { href: to("device", name.split("/")[0]) }, `Device ${name.split("/")[0]}`), h("a", { href: to("explain", "", { hour: asked.hour }) }, `${site.name} in this hour`)] : null));
}

/** The period before or after one of the same kind. */
function beside(kind, period, by) {
  if (kind === "hour") return hourOf(Date.parse(period) + by * HOUR);
  const at = new Date(kind === "year" ? `${period}-01-01` : period);
  if (kind === "day") at.setUTCDate(at.getUTCDate() + by);
  else at.setUTCMonth(at.getUTCMonth() + by * (kind === "year" ? 12 : 1));
  return at.toISOString().slice(0, { day: 10, month: 7, year: 4 }[kind]);
}

function unfolded(term, depth, context) {
  const line = [h("strong", {}, ...nameOf(term, context), ": "), value(term), term.how ? h("span", { class: "how" }, " ", ...worded(term.how, context.zone)) : null];
  if (!term.terms?.length && !term.rows?.length) return h("div", { class: "leaf" }, ...line);
  return h("details", { class: "term", open: depth < 1 && (term.terms?.length ?? 0) < MOST_OPEN }, h("summary", {}, ...line),
    ...(term.terms ?? []).map((one) => unfolded(one, depth + 1, context)), rows(term, context));
}

/** Meters and hours open their own explanation. */
function nameOf({ key, name }, { hour, zone }) {
  if (["meter", "node"].includes(key) && hour && !name.includes(" ")) return [h("a", { href: to("explain", name, { hour }) }, name)];
  const [, day, time] = name.match(/^(\d{4}-\d\d-\d\d) (\d\d:00) UTC$/) ?? [];
  return day ? [explained(`${day}T${time}Z`, zone)] : worded(name, zone);
}

function value({ value: said, unit }) {
  if (said === null || said === undefined) return MISSING;
  const shown = typeof said === "number" && !Number.isInteger(said) ? exact(said) : String(said);
  return unit ? `${shown}${THIN}${unit}` : shown;
}

/** More digits than elsewhere: here figures are checked by hand. */
const exact = (one) => (Math.abs(one) >= 1 ? String(Number(one.toFixed(3))) : String(Number(one.toPrecision(3))));

const coverage = ({ coverage: known }) =>
  known ? h("p", { class: "note" }, `measured ${percent(known.measured)} · interpolated ${percent(known.interpolated)} · missing ${percent(known.missing)}`) : null;

/** Names of columns end with their unit: joules are told as kWh, grams as kg, shares in percent. */
const UNITS = [[/_j$/, " kWh", (one) => (one / 3.6e6).toFixed(3)], [/_wh$/, " Wh", (one) => one.toFixed(1)], [/_w$/, " W", (one) => one.toFixed(1)],
  [/_g$/, " kg", (one) => (one / 1000).toFixed(3)], [/_s$/, " s", (one) => one.toFixed(1)], [/_?g_per_kwh$/, " g/kWh", (one) => one.toFixed(1)], [/_share$/, "", percent],
  [/^pue$/, "", (one) => one.toFixed(3)], [/^pue_measured$/, "", (one) => (one ? "yes" : "no")]];
const NAMES = [[/_/g, " "], [/\bpue\b/, "PUE"], [/\bit\b/, "IT"]];

function column(name, found, context) {
  const [end, unit, write] = UNITS.find(([pattern]) => pattern.test(name)) ?? [/$^/, "", (one) => value({ value: one })];
  const number = found.every((row) => typeof row[name] !== "string"), stem = unit ? name.replace(end, "") : name.replace(/_share$/, "");
  const cell = (one) => (typeof one === "number" ? write(one) : moment(name, one, context));
  return [NAMES.reduce((text, [from, into]) => text.replace(from, into), stem).concat(unit).trim(), (row) => cell(row[name]), number ? "n" : ""];
}

/** Times are those of the site; an hour opens its explanation. */
function moment(name, said, { zone }) {
  if (!/^\d{4}-\d\d-\d\dT/.test(said ?? "")) return value({ value: said });
  return name === "hour" ? explained(said, zone) : when(said, zone);
}

function rows({ rows: found }, context) {
  if (!found?.length) return null;
  const names = [...new Set(found.flatMap(Object.keys))];
  return table(`${found.length} rows`, names.map((name) => column(name, found, context)), found);
}
