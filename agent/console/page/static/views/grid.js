// How clean the grid is, was and will be; how one value changed; and how far its estimates were off.

import { Problem, ask, askAll, path } from "../api.js";
import { saved } from "../charts.js";
import { h } from "../dom.js";
import { MISSING, ago, digits, intensity, percent } from "../format.js";
import { card, empty, figure, hoursHere, mark, note, ranges, span, sub, when } from "../parts.js";
import { changed, to } from "../place.js";
import { curve } from "./curve.js";
import { every as all, looks } from "./looks.js";
import { byStart, offs, versions } from "./versions.js";

export const title = "Grid";
const KINDS = { direct: ["Direct", "what burning fuel emits: Scope 2, location-based"], lifecycle: ["Life cycle", "with all that is upstream of it: belongs to Scope 3"],
  marginal: ["Marginal", "what one kWh more would emit: for decisions, never for accounts"] };
const AHEAD = 7 * 24, KEPT = 7 * 24;

export async function show({ place, site, zone, now, alerts }) {
  if (!site.grid && !place.name) return none(site);
  const kind = place.kind in KINDS ? place.kind : "direct", hours = hoursHere(48), range = span(now, hours);
  const asked = { ...(place.name ? { grid: place.name } : { site: site.name }), kind }, ends = ["from", "to"].map((end) => span(now, Math.min(hours, KEPT))[end]);
  const [rows, ahead, every, { items }, firing] = await Promise.all([
    askAll("intensity", { ...asked, ...range }, 10000).catch(notThere),
    askAll("intensity", { ...asked, forecast: true, from: range.to, to: span(Date.parse(now) + AHEAD * 3600000, 0).to }, 5000).catch(notThere),
    askAll("intensity", { ...asked, from: ends[0], to: ends[1], versions: true }, 20000).catch(notThere),
    ask(`sites/${encodeURIComponent(site.name)}/troubles`, { limit: 200 }),
    all(alerts),
  ]);
  if (place.name && !rows) return card(`No grid is called ${place.name}`, { id: "grid" }, empty("The ledger has no values of a grid of this name. ", h("a", { href: to("grid") }, `The grid of ${site.name}`)));
  const past = (rows ?? []).filter((one) => !one.forecast), last = past.at(-1), soon = (ahead ?? []).filter((one) => one.forecast && (!last || one.start > last.start));
  const said = byStart(every ?? []), troubles = items.filter((one) => one.kind === "grid"), fires = firing.filter(ofGrid(site));
  return h("div", { class: "grid loose" }, h("div", {}, h("h1", { id: "grid" }, `Grid ${place.name || last?.grid || site.grid}`), kinds(kind), note(`${KINDS[kind][0]}: ${KINDS[kind][1]}. The kinds stand beside each other and are never added up.`)),
    troubles.length || fires.length ? card("Needs a look", { id: "grid-looks" }, looks(fires, troubles, site, "")) : null,
    h("div", { class: "figures" }, newest(last, now, zone), mean(past, hours), cleanest(soon, zone), errors(said, Math.min(hours, KEPT))),
    card(`Intensity, ${KINDS[kind][0].toLowerCase()}`, { id: "grid-intensity", wide: "w8", tools: [saved("grid", `intensity-${kind}`), h("a", { href: path("intensity", { ...asked, ...range, format: "csv" }), download: `intensity-${kind}.csv` }, "CSV")] },
      ranges(48), past.length || soon.length ? curve(past, soon, zone, now) : nothing(kind, site)),
    card("How a value changed", { id: "grid-versions", wide: "w4" }, versions(said, place.at, zone)));
}

/** The alerts of grids, and those of a site's intensity. */
const OF_INTENSITY = ["CarbondGridIntensityHigh", "CarbondForecastHigh", "CarbondIntensityStale"];
const ofGrid = (site) => ({ kind, name, labels }) => kind === "grid" || (OF_INTENSITY.includes(name) && labels.site === site.name);

/** Null where the ledger has no such grid; all else is the page's to say. */
function notThere(error) {
  if (error instanceof Problem && error.status === 404) return null;
  throw error;
}

function none(site) {
  return card("No grid yet", { id: "grid" }, empty(`${site.name} has no grid, so its energy is known and its emissions are not.`),
    h("ol", { class: "steps" }, h("li", {}, "Name a source under ", h("code", {}, "grids:"), " in the settings: a service with a zone, or a file for a site without internet."), h("li", {}, "Refer to it at the site: ", h("code", {}, "grid: NAME"), "."),
      h("li", {}, h("code", {}, "carbond check"), " says whether it is right. What was booked before gets its emissions as soon as intensities of its hours come.")));
}

function nothing(kind, site) {
  if (kind === "marginal") return empty(`No marginal intensity of ${site.name} has come in this time. It comes from a grid of its own: name it at the site with `, h("code", {}, "marginal_grid:"), ".");
  return empty("Nothing has come in this time. A source tells ", h("code", {}, kind), " intensities only if its ", h("code", {}, "kinds"), " has it; a longer range may have some.");
}

const kinds = (kind) => h("p", { class: "range", role: "group", "aria-label": "Kind" }, ...Object.entries(KINDS).map(([name, [text, words]]) =>
  h("a", { href: changed({ kind: name === "direct" ? null : name, at: null }), title: words, "aria-current": name === kind ? "true" : null }, text)));

function newest(last, now, zone) {
  if (!last) return figure("Newest value", [MISSING, "g/kWh"], to("grid"), note("Nothing has come in this time."));
  return figure("Newest value", [digits(last.value_g_per_kwh), "g/kWh"], to("explain", "", { hour: `${last.start.slice(0, 13)}:00Z` }),
    sub(mark(last.estimated ? "estimated" : "final", last.estimated ? "It is corrected when the final value comes" : null), ` of `, when(last.start, zone), `, ${last.period_s / 60} min`),
    note(`${last.source}, zone ${last.zone}, ${last.mix}${last.method ? `, method ${last.method}` : ""}; fetched ${ago(last.fetched_at, now)} ago`));
}

/** The mean of the range, by time; and what of it is known and final. */
function mean(past, hours) {
  if (!past.length) return figure("Mean of the range", [MISSING, "g/kWh"], to("grid"));
  const seconds = past.reduce((sum, one) => sum + one.period_s, 0), values = past.map((one) => one.value_g_per_kwh);
  const average = past.reduce((sum, one) => sum + one.value_g_per_kwh * one.period_s, 0) / seconds, final = past.filter((one) => !one.estimated).reduce((sum, one) => sum + one.period_s, 0) / seconds;
  return figure(`Mean of ${hours <= 48 ? `${hours} h` : `${hours / 24} d`}`, [digits(average), "g/kWh"], changed({}), sub(`from ${digits(Math.min(...values))} to ${intensity(Math.max(...values))}`),
    note(`${percent(final)} final · ${percent(Math.min(seconds / (hours * 3600), 1))} of the time known`));
}

function cleanest(soon, zone) {
  if (!soon.length) return figure("Cleanest ahead", [MISSING, "g/kWh"], changed({}), note("No forecast: ", h("code", {}, "forecast: 24h"), " at a grid has it read, where its source tells one of this kind."));
  const best = soon.reduce((least, one) => (one.value_g_per_kwh < least.value_g_per_kwh ? one : least));
  return figure("Cleanest ahead", [digits(best.value_g_per_kwh), "g/kWh"], changed({}), sub(mark("forecast"), " at ", when(best.start, zone)), note("the forecast ends at ", when(soon.at(-1).start, zone)));
}

/** Of values that were estimated first and are final now: by how much the first one was off. */
function errors(said, hours) {
  const found = offs(said);
  if (!found.length) return figure("Estimates were off by", [MISSING, "%"], changed({}), note("No value of this time was estimated first and is final now."));
  const mean = found.reduce((sum, { off }) => sum + Math.abs(off), 0) / found.length, worst = found.reduce((most, one) => (Math.abs(one.off) > Math.abs(most.off) ? one : most));
  return figure("Estimates were off by", [digits(mean * 100), "%"], changed({ at: worst.start }), sub(`in the mean of ${found.length} values of ${hours <= 48 ? `${hours} h` : `${hours / 24} d`}`), note(`the most by ${worst.off > 0 ? "+" : "−"}${digits(Math.abs(worst.off) * 100)}\u202f%: choose it`));
}
