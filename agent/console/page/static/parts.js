// What every view is made of: cards, figures, tables, bars, small lines.

import { h, svg } from "./dom.js";
import { MISSING, THIN, clock, isoDay, moment, percent, utc } from "./format.js";
import { changed, here, to } from "./place.js";

/** A card with a title and what lies in it; `tools` stand beside the title. */
export function card(title, { wide = "", tools = [], id = null } = {}, ...children) {
  return h("section", { class: `card ${wide}`, id, "aria-label": typeof title === "string" ? title : null },
    h("header", {}, h("h2", {}, title), tools.length ? h("span", { class: "tools" }, ...tools) : null), ...children);
}

/** A large number with its unit, which opens its explanation. */
export function figure(title, [number, unit], link, ...lines) {
  return h("a", { class: "card", href: link, title: "Explain" },
    h("h2", {}, title), h("div", { class: "big" }, number, number === MISSING ? null : h("span", { class: "unit" }, `${THIN}${unit}`)), ...lines);
}

export const sub = (...children) => h("p", { class: "sub" }, ...children);
export const note = (...children) => h("p", { class: "note" }, ...typed(children));
export const empty = (...children) => h("p", { class: "empty" }, ...typed(children));

/** What stands between backticks is to be typed. */
const typed = (children) => children.flat(3).map((one) => (typeof one === "string" ? coded(one) : one));
const coded = (text) => text.split("`").map((part, at) => (at % 2 ? h("code", {}, part) : part));
export const mark = (text, title) => h("span", { class: "mark", title }, text);

/** A time at the site, with UTC on hover. */
export function when(at, zone, { short = false } = {}) {
  return h("time", { datetime: at, title: utc(at) }, short ? clock(at, zone) : moment(at, zone));
}

/** Where a moment is explained: its hour, or its day where a step is one. */
export const explaining = (at, zone, { name = "", step = "hour" } = {}) =>
  to("explain", name, step === "day" && !name ? { day: isoDay(at, zone) } : { hour: `${new Date(at).toISOString().slice(0, 13)}:00Z` });
export const explained = (at, zone, more) => h("a", { href: explaining(at, zone, more) }, when(at, zone));

/** Words for people: what stands between backticks is to be typed, and times are those of the site. */
export const worded = (text, zone) => coded(text).map((part) => (typeof part === "string" ? timed(part, zone) : part));
const timed = (text, zone) => text.split(/(\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)? UTC)/).map((part, at) => (at % 2 ? when(isoOf(part), zone) : part));
const isoOf = (text) => `${text.slice(0, 10)}T${text.slice(11, -4)}Z`;

/** A bar of shares, each with the name of how it is drawn. */
export function bar(shares, label) {
  return h("div", { class: "bar", role: "img", "aria-label": label },
    ...Object.entries(shares).map(([name, share]) => h("span", { class: name, style: { width: `${Math.max(share, 0) * 100}%` } })));
}

/** A line without axes; a gap stays a gap. */
export function spark(values, label) {
  const known = values.filter((one) => one !== null);
  if (known.length < 2) return null;
  const least = Math.min(...known), most = Math.max(...known), span = most - least || 1;
  let pen = false;
  const d = values.map((value, at) => {
    if (value === null) { pen = false; return ""; }
    const step = `${pen ? "L" : "M"}${at} ${(30 - ((value - least) / span) * 28).toFixed(1)}`;
    pen = true;
    return step;
  }).join("");
  return svg("svg", { class: "spark", viewBox: `0 0 ${values.length - 1} 32`, preserveAspectRatio: "none", role: "img", "aria-label": label },
    svg("path", { d }));
}

/** More columns than a phone has room for beside each other: there its rows become blocks, and stay rows for who hears them. */
const FEW = 3;

/** A table; columns are [title, of(row), "n" for numbers, "more" for what a phone leaves out]. */
export function table(caption, columns, rows) {
  return h("div", { class: "scroll", role: "group", "aria-label": caption || "A table" }, h("table", { class: columns.length > FEW ? "deep" : "", role: "table" }, caption ? h("caption", {}, h("span", {}, caption)) : null,
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, ...columns.map(([title, , kind = ""]) => h("th", { scope: "col", role: "columnheader", class: kind }, title)))),
    h("tbody", { role: "rowgroup" }, ...rows.map((row) => h("tr", { role: "row" }, ...columns.map((column) => cell(column, row)))))));
}

function cell([title, of, kind = ""], row) {
  const said = of(row) ?? MISSING;
  return h("td", { class: said === MISSING ? `${kind} none` : kind, role: "cell", "data-of": title }, said);
}

/** The data behind a chart: a table for who cannot see it. */
export function data(columns, rows) {
  return h("details", { class: "data" }, h("summary", {}, "The numbers as a table"), table("", columns, rows));
}

/** How much of something is known, in words. */
export const known = (coverage) => `${percent(coverage)} known`;

const RANGES = [[6, "6 h"], [24, "24 h"], [48, "2 d"], [168, "7 d"], [720, "30 d"]];

/** The range of the view, as links; and its hours. */
export const hoursHere = (usual = 24) => Number(here().hours) || usual;
export function ranges(usual = 24, choices = RANGES) {
  return h("p", { class: "range", role: "group", "aria-label": "Range" }, ...choices.map(([hours, name]) =>
    h("a", { href: changed({ hours }), "aria-current": hoursHere(usual) === hours ? "true" : null }, name)));
}

/** From so many hours ago up to now, as parameters of a question. */
export function span(now, hours) {
  const end = new Date(now), start = new Date(end - hours * 3600000);
  return { from: start.toISOString().slice(0, 16) + "Z", to: new Date(Math.ceil(end / 60000) * 60000).toISOString().slice(0, 16) + "Z" };
}
/** A step that gives a chart of some hundred to two thousand points. */
export const stepOf = (hours) => (hours <= 48 ? "minute" : hours <= 24 * 62 ? "hour" : "day");
