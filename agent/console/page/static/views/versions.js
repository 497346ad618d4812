// What was said of one value, in each of its versions: nothing is overwritten.

import { h } from "../dom.js";
import { MISSING, clock, day, digits, moment } from "../format.js";
import { empty, mark, note, table, when } from "../parts.js";
import { changed, to } from "../place.js";

const LISTED = 12;

/** Versions by the start of what they are of, each list in the order in which they were fetched. */
export function byStart(every) {
  const found = new Map();
  for (const one of every.filter((row) => !row.forecast)) found.set(one.start, [...(found.get(one.start) ?? []), one]);
  return new Map([...found].map(([start, many]) => [start, many.toSorted((a, b) => Date.parse(a.fetched_at) - Date.parse(b.fetched_at))]));
}

/** Where a value was estimated first and is final now: by which share the first one was off. */
export const offs = (said) => [...said].map(([start, many]) => ({ start, first: many.find((one) => one.estimated), last: many.at(-1) }))
  .filter(({ first, last }) => first && !last.estimated && last.value_g_per_kwh).map(({ start, first, last }) => ({ start, off: first.value_g_per_kwh / last.value_g_per_kwh - 1 }));

/** The versions of the value that is chosen, else of the newest that has several; and the others to choose. */
export function versions(said, at, zone) {
  const several = [...said].filter(([, many]) => many.length > 1).map(([start]) => start).toReversed(), start = said.has(at) ? at : offs(said).at(-1)?.start ?? several[0];
  if (!start) return [at ? note("Of the value that was chosen nothing is in this range.") : null, empty("No value of this time has changed yet. An estimate is read again until it is final; then both versions stand here.")];
  const many = said.get(start), end = Date.parse(start) + many[0].period_s * 1000;
  return [h("p", { class: "sub" }, "Of ", when(start, zone), ` to ${clock(end, zone)} `, h("a", { href: to("explain", "", { hour: `${start.slice(0, 13)}:00Z` }) }, "Explain")),
    table(`${many.length} version${many.length > 1 ? "s" : ""}, the first one first`, [
      ["Fetched at", (one) => when(one.fetched_at, zone)], ["g/kWh", (one) => one.value_g_per_kwh.toFixed(1), "n"], ["Change", (one) => change(many[many.indexOf(one) - 1], one), "n"],
      ["Standing", (one) => mark(one.estimated ? "estimated" : "final", one.method || null)]], many),
    note("Choose another in the chart, or here:"), others(several, start, said, zone)];
}

function change(before, now) {
  if (!before) return MISSING;
  const off = (now.value_g_per_kwh / before.value_g_per_kwh - 1) * 100;
  return Math.abs(off) < 0.05 ? "the same" : `${off > 0 ? "+" : "−"}${digits(Math.abs(off))}\u202f%`;
}

function others(several, chosen, said, zone) {
  if (!several.length) return empty("no other value has changed.");
  return h("p", { class: "range", role: "group", "aria-label": "Values that have changed" }, ...several.slice(0, LISTED).map((start, i) => [
    i && day(start, zone) === day(several[i - 1], zone) ? null : h("span", { class: "note" }, day(start, zone)),
    h("a", { href: changed({ at: start }), title: `${moment(start, zone)}: ${said.get(start).length} versions`, "aria-current": start === chosen ? "true" : null }, clock(start, zone))]),
  several.length > LISTED ? h("span", { class: "note" }, `and ${several.length - LISTED} before`) : null);
}
