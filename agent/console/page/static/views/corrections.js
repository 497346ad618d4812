// What was said differently before: months that were closed, and hours that were computed again.

import { h } from "../dom.js";
import { MISSING, THIN, digits, intensity, kwh, mass, percent, ratio } from "../format.js";
import { empty, mark, note, table, when } from "../parts.js";
import { to } from "../place.js";
import { parted } from "./conditions.js";

const MOST = 15;
const MOST_BESIDE = 3;
/** A change of a smaller share is told in words. */
const LEAST = 1e-4;
const METHODS = { direct: "Location-based", lifecycle: "Life cycle", marginal: "Marginal" };
const REPORTED = [["energy_kwh", "Energy"], ["it_kwh", "IT"], ["pue", "PUE"], ["emissions_location_kg", "Location-based"],
  ["emissions_lifecycle_kg", "Life cycle"], ["emissions_marginal_kg", "Marginal"], ["emissions_location_final_share", "On final intensities"], ["measured_share", "Measured"]];

/** Names of figures end with their units. */
const WRITTEN = [[/_g_per_kwh$/, intensity], [/_kg_per_kwh$/, (one) => intensity(one * 1000)], [/_l_per_kwh$/, (one) => `${digits(one)}\u202fl/kWh`], [/_kwh$/, kwh],
  [/_kg$/, mass], [/_g$/, (one) => mass(one / 1000)], [/_j$/, (one) => kwh(one / 3.6e6)], [/_ml$/, (one) => `${digits(one / 1000)}\u202fl`], [/_l$/, (one) => `${digits(one)}\u202fl`],
  [/share$|coverage$/, percent], [/pue$/, ratio]];
const UNIT = /_(g_per_kwh|kg_per_kwh|l_per_kwh|kwh|kg|g|j|ml|l|share)$/;
const inWords = (figure) => figure.replace(UNIT, "").replaceAll("_", " ").replace(/\bpue\b/, "PUE").replace(/\bit\b/, "IT");

function written(figure, value) {
  if (value === null || value === undefined) return MISSING;
  if (typeof value !== "number") return String(value);
  const [, write] = WRITTEN.find(([end]) => end.test(figure)) ?? [null, (one) => String(Number(one.toPrecision(4)))];
  return write(value);
}

/** By how much, where three digits would not show it. */
function by(before, now) {
  if (typeof before !== "number" || typeof now !== "number" || !before) return "";
  const share = (now / before - 1) * 100, size = Math.abs(share);
  if (size < 0.01) return size ? `changed < 0.01${THIN}%` : "";
  return `${share > 0 ? "+" : "−"}${size >= 10 ? size.toFixed(0) : size.toFixed(2)}${THIN}%`;
}

/** Months as they were reported, with what each figure is now. */
export function closed(periods, site, zone) {
  if (!periods.length) {
    return empty("No month is closed. ", h("code", {}, `carbond ledger close --site ${site} --month 2026-10 --who NAME --why TEXT`),
      " freezes its figures as they are reported; what is restated later stands beside them here.");
  }
  return periods.toReversed().map((one) => h("section", { class: "closed" }, h("h3", {}, one.name), note("closed ", when(one.closed_at, zone), ` by ${one.who}: ${one.why}`), became(one),
    table("As reported, and as it is now", [["Figure", ([, name]) => name], ["Reported", ([figure]) => written(figure, one.figures[figure]), "n"],
      ["Now", ([figure]) => now(one, figure), "n"], ["", ([figure]) => change(one.differences[figure]), "n"]], REPORTED), others(one)));
}

function became({ differences, restatements: many, reasons }) {
  if (!Object.keys(differences).length) return note("All of its figures are still as they were reported.");
  const whys = Object.entries(reasons).map(([why, count]) => `${because(why)} (${count})`).join("; ");
  return note(mark("restated"), ` ${Object.keys(differences).length} figures are others now: ${many} hours were computed again since: ${whys}.`);
}

const now = ({ figures, differences }, figure) => written(figure, figure in differences ? differences[figure].now : figures[figure]);
const change = (one) => (one ? h("strong", {}, by(one.reported, one.now) || "changed") : "same");

function others({ differences }) {
  const shown = new Set(REPORTED.map(([figure]) => figure)), more = Object.entries(differences).filter(([figure]) => !shown.has(figure));
  if (!more.length) return null;
  return h("details", { class: "data" }, h("summary", {}, `${more.length} more figures are others now`),
    table("", [["Figure", ([figure]) => inWords(figure)], ["Reported", ([figure, one]) => written(figure, one.reported), "n"], ["Now", ([figure, one]) => written(figure, one.now), "n"]], more));
}

/** Hours that were computed again, one a line: what each method said first, and says now. */
export function restatements({ items, next }, zone) {
  if (!items.length) return empty("Nothing has been restated: no figure of an hour that was told has changed.");
  const hours = grouped(items), rows = hours.slice(0, MOST);
  const more = rows.some((one) => also(one).length > 0) ? [["Also", also, "text"]] : [];
  return [table("Hours computed again, the one computed last first: what each said first, and says now", [
    ["Hour", ({ hour }) => h("a", { href: to("explain", "", { hour }) }, when(hour, zone))],
    ...Object.entries(METHODS).map(([kind, name]) => [name, (one) => emission(one, kind), "text"]),
    ...more, ["Why", ({ whys }) => because([...whys].join(", ")), "text why"],
    ["Last", ({ at, versions }) => [when(at, zone), versions.size > 1 ? note(`${versions.size} times`) : null], "text"]], rows),
  hours.length > MOST || next ? note(`The newest ${rows.length}; the CSV goes further back.`) : null];
}

/** They come the newest first: what was said first is in the last one of an hour. */
function grouped(items) {
  const found = new Map();
  for (const { hour, version, why, restated_at: at, figure, before, after } of items) {
    const one = found.get(hour) ?? { hour, at, whys: new Set(), versions: new Set(), figures: {} };
    found.set(hour, one);
    one.versions.add(version);
    for (const part of why.split(", ")) one.whys.add(part);
    one.figures[figure] = [before, figure in one.figures ? one.figures[figure][1] : after];
  }
  return [...found.values()];
}

/** Both with as many digits as it takes to tell them apart; of a change that is less, the one figure. */
function told(figure, [before, after]) {
  const [first, last] = [before, after].map((one) => parted(written(figure, one)));
  if (first.join() !== last.join()) return first[1] === last[1] ? [`${first[0]} → ${last[0]}`, last[1]].filter(Boolean).join(THIN) : `${first.join(THIN)} → ${last.join(THIN)}`;
  if (typeof before !== "number" || Math.abs(after / before - 1) < LEAST) return first.filter(Boolean).join(THIN);
  const scale = scaleOf(Number(first[0].replaceAll(THIN, "")) / before), places = placesFor((after - before) * scale);
  return [[before, after].map((one) => (one * scale).toFixed(places)).join(" → "), first[1]].filter(Boolean).join(THIN);
}

/** Units differ by powers of ten, joules and watt-hours by 3.6 of them: the one that is nearest to a rounded ratio. */
function scaleOf(ratio) {
  const near = [1, 3.6].map((unit) => 10 ** Math.round(Math.log10(ratio * unit)) / unit);
  return near.toSorted((a, b) => Math.abs(a / ratio - 1) - Math.abs(b / ratio - 1))[0];
}

/** Places after the point at which a difference is one of at least two steps. */
const placesFor = (off) => Math.min(Math.max(Math.ceil(-Math.log10(Math.abs(off) / 2)), 1), 5);

function emission({ figures }, kind) {
  const figure = `emission_${kind}_g`, change = figures[figure], final = figures[`intensity_${kind}_final`];
  if (!change && !final) return "";
  const notes = [change ? by(...change) || "the same again" : null, final ? `${final[1] ? "final" : "estimated"} now` : null].filter(Boolean);
  return [change ? told(figure, change) : null, notes.length ? note(notes.join(", ")) : null];
}

/** What changed beside the emissions, and the intensities that they come of. */
function also({ figures }) {
  const more = Object.entries(figures).filter(([figure]) => !/^(emission|intensity)_/.test(figure) && figure !== "version").reverse();
  if (Object.keys(figures).every((figure) => figure === "version")) return "only what single meters have";
  const shown = more.slice(0, MOST_BESIDE).map(([figure, change]) => h("div", {}, `${inWords(figure)} ${told(figure, change)}`));
  return more.length > MOST_BESIDE ? [...shown, note(`and ${more.length - MOST_BESIDE} more figures`)] : shown;
}

/** "intensity direct of em, intensity lifecycle of em": new values of the grids. */
function because(why) {
  const parts = why.split(", "), grids = new Map(), rest = [];
  for (const part of parts) {
    const [, kind, grid] = part.match(/^intensity (\w+) of (\S+)$/) ?? [];
    if (grid) grids.set(grid, [...(grids.get(grid) ?? []), (METHODS[kind] ?? kind).toLowerCase()]);
    else rest.push(part);
  }
  const news = [...grids].map(([grid, kinds]) => `new values of grid ${grid} (${kinds.sort().join(", ")})`);
  return [rest.join(", "), ...news].filter(Boolean).join("; ");
}
