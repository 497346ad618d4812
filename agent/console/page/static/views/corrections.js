// What was said differently before: months that were closed, and hours that were computed again.

import { h } from "../dom.js";
import { MISSING, digits, intensity, kwh, mass, percent, ratio, utc } from "../format.js";
import { empty, mark, note, table, when } from "../parts.js";
import { to } from "../place.js";

const MOST = 15;
const MOST_BESIDE = 3;
const METHODS = { direct: "Location-based", lifecycle: "Life cycle", marginal: "Marginal" };
const REPORTED = [["energy_kwh", "Energy"], ["it_kwh", "IT"], ["pue", "PUE"], ["emissions_location_kg", "Location-based"],
  ["emissions_lifecycle_kg", "Life cycle"], ["emissions_marginal_kg", "Marginal"], ["emissions_location_final_share", "On final intensities"], ["measured_share", "Measured"]];

/** Names of figures end with their units. */
const WRITTEN = [[/_g_per_kwh$/, intensity], [/_kg_per_kwh$/, (one) => intensity(one * 1000)], [/_l_per_kwh$/, (one) => `${digits(one)}\u2009l/kWh`], [/_kwh$/, kwh],
  [/_kg$/, mass], [/_g$/, (one) => mass(one / 1000)], [/_j$/, (one) => kwh(one / 3.6e6)], [/_ml$/, (one) => `${digits(one / 1000)}\u2009l`], [/_l$/, (one) => `${digits(one)}\u2009l`],
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
  if (size < 0.01) return size ? "< 0.01\u2009%" : "";
  return `${share > 0 ? "+" : "−"}${size >= 10 ? size.toFixed(0) : size.toFixed(2)}\u2009%`;
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

/** Hours that were computed again, one a line: what each method said, and says. */
export function restatements({ items, next }, zone) {
  if (!items.length) return empty("Nothing has been restated: no figure of an hour that was told has changed.");
  const whole = grouped(items), hours = next && whole.length > 1 ? whole.slice(0, -1) : whole, rows = hours.slice(0, MOST);
  const more = rows.some((one) => also(one).length > 0) ? [["Also", also, "text"]] : [];
  return [table("Hours computed again, newest first", [
    ["Hour", ({ hour }) => h("a", { href: to("explain", "", { hour }), title: utc(hour) }, when(hour, zone))],
    ...Object.entries(METHODS).map(([kind, name]) => [name, (one) => emission(one, kind), "text"]),
    ...more, ["Why", ({ why }) => because(why), "text why"], ["When", ({ at }) => when(at, zone), "n"]], rows),
  hours.length > MOST || next ? note(`The newest ${rows.length}; the CSV goes further back.`) : null];
}

function grouped(items) {
  const found = new Map();
  for (const { hour, version, why, restated_at: at, figure, before, after } of items) {
    const key = `${hour} ${version}`;
    if (!found.has(key)) found.set(key, { hour, why, at, figures: {} });
    found.get(key).figures[figure] = [before, after];
  }
  return [...found.values()];
}

const told = (figure, [before, after]) => `${written(figure, before)} → ${written(figure, after)}`;

function emission({ figures }, kind) {
  const figure = `emission_${kind}_g`, change = figures[figure], final = figures[`intensity_${kind}_final`];
  if (!change && !final) return "";
  const notes = [change ? by(...change) : null, final ? `${final[1] ? "final" : "estimated"} now` : null].filter(Boolean);
  return [change ? told(figure, change) : null, notes.length ? note(notes.join(", ")) : null];
}

/** What changed beside the emissions, and the intensities that they come of. */
function also({ figures }) {
  const more = Object.entries(figures).filter(([figure]) => !/^(emission|intensity)_/.test(figure) && figure !== "version").reverse();
  if ("version" in figures) return "only what single meters have";
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
