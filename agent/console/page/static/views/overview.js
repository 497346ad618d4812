// Is anything wrong? How much power, where? How clean is it, and how sure are we? What will the month be?

import { ask, askAll, path } from "../api.js";
import { chart, colour, half, hatch, intensityColour, line, names, points, saved, timeAxis, tooltip, unknown, valueAxis } from "../charts.js";
import { h } from "../dom.js";
import { MISSING, digits, intensity, isoDay, mass, massOf, percent, ratio, scaled, watts } from "../format.js";
import { bar, card, data, empty, explained, explaining, figure, hoursHere, mark, note, ranges, span, spark, stepOf, sub } from "../parts.js";
import { to } from "../place.js";
import { boxes } from "./boxes.js";
import { flow } from "./flow.js";
import { STANDINGS, legend } from "./legend.js";
import { looks, standing } from "./looks.js";

export const title = "Overview";
const SOON = 8 * 3600000;
const TAIL = 3;
const FIRST = 10 * 60000;
/** Where both charts begin: they have one axis of time. In pixels. */
const EDGE = 46;

export async function show({ site, zone, now, alerts }) {
  const hours = hoursHere(), range = { site: site.name, ...span(now, hours) };
  const [powers, intensities, forecast, tree, energy, troubles] = await Promise.all([
    ask("series", { ...range, quantity: "power", by: "role", step: stepOf(hours) }),
    ask("series", { ...range, quantity: "intensity", step: hours <= 24 * 62 ? "hour" : "day" }),
    forecastOf(site, now),
    ask(`sites/${encodeURIComponent(site.name)}/tree`),
    // An hour that has just begun says too little of energy: until then it is that of the one before.
    ask(`sites/${encodeURIComponent(site.name)}/tree`, { at: new Date(Date.parse(now) - FIRST).toISOString().slice(0, 14) + "00Z" }),
    ask(`sites/${encodeURIComponent(site.name)}/troubles`, { limit: 50 }),
  ]);
  const whole = facility(powers, site);
  return h("div", { class: "grid" },
    h("div", { class: "figures" }, power(site, whole), pue(site), gridNow(site, intensities), emissions(site, zone, now), month(site)),
    card("Power by role", { wide: "w8", tools: tools(range, hours) }, ranges(), story(site, zone, powers, intensities, forecast, whole)),
    card("Where it goes", { wide: "w4", tools: [h("a", { href: to("explain", "", { hour: energy.hour }) }, "Explain"), saved("flow", "where-it-goes"), flowCsv(site, energy)] }, flow(energy, zone)),
    card("Racks", { wide: "w8 short" }, boxes(tree, troubles.items)),
    card("Needs a look", { id: "looks", wide: "w4" }, looks(alerts.items, troubles.items, site, site.meters.total ? "Nothing. Every meter reports, and the meters agree with each other." : "Nothing: there is no meter yet."), standing(alerts)));
}

async function forecastOf(site, now) {
  if (!site.grid) return [];
  const until = new Date(Date.parse(now) + SOON).toISOString().slice(0, 16) + "Z";
  const asked = { site: site.name, kind: "direct", forecast: true, from: now.slice(0, 13) + ":00Z", to: until };
  return (await askAll("intensity", asked, 500).catch(() => [])).filter((one) => one.forecast && one.start > now);
}

const flowCsv = (site, { hour }) => h("a", { href: path(`sites/${encodeURIComponent(site.name)}/tree`, { at: hour, format: "csv" }), download: "where-it-goes.csv" }, "CSV");
const tools = (range, hours) => [
  saved("power", "power-by-role"),
  h("a", { href: path("series", { ...range, quantity: "power", by: "role", step: stepOf(hours), format: "csv" }), download: "power-by-role.csv" }, "CSV"),
];

/** Columns of the facility: what IT, cooling and other metered loads take, and the rest of it. */
function facility({ series }, site) {
  const of = (role) => settled(series.find((one) => one.key === role));
  const it = of({ 1: "ups-output", 2: "rack", 3: "outlet" }[site.hour?.pue_category] ?? "rack") ?? of("rack") ?? of("device");
  const all = of("utility"), cooling = of("cooling"), lighting = of("lighting"), other = of("other");
  const named = [it, cooling, lighting, other].filter(Boolean);
  const rest = all && it && all.map((value, at) => (value === null || it[at] === null ? null : Math.max(value - named.reduce((sum, one) => sum + (one[at] ?? 0), 0), 0)));
  const racks = series.find((one) => one.key === "rack") ?? series.find((one) => one.key === "device");
  return { all, it, cooling, lighting, other, rest, coverage: racks?.coverage ?? [] };
}

/** A column without its last steps, where not all meters have come yet: they would look like a fall. */
function settled(one) {
  if (!one) return undefined;
  const from = one.values.length - TAIL;
  return one.values.map((value, at) => (at >= from && one.coverage[at] < 0.99 ? null : value));
}

function power(site, { all, it }) {
  if (site.power_watts === null) {
    return figure("Power now", [MISSING, "W"], to("device"), note(site.meters.total ? "A meter is silent, or there is neither a utility meter nor a PUE." : "No meter yet: `carbond probe ADDRESS --yaml` writes the lines of a device for the settings."));
  }
  const rest = site.it_power_watts === null ? null : site.power_watts - site.it_power_watts;
  return figure("Power now", scaled(site.power_watts, "W"), to("explain", "", { hour: site.hour?.start }),
    sub(`IT ${watts(site.it_power_watts)} · ${watts(rest)} rest`), spark(all ?? it ?? [], "Power in the range"));
}

function pue(site) {
  const hour = site.hour;
  if (hour?.pue === null || !hour) {
    return figure("PUE this hour", [MISSING, ""], to("explain"), note("No PUE yet: add a meter with `role: utility`, or write `pue: {declared: 1.4}` for the site."));
  }
  return figure("PUE this hour", [ratio(hour.pue), ""], to("explain", "", { hour: hour.start }),
    sub(hour.pue_measured ? `measured, category ${hour.pue_category}` : "declared in the settings"),
    note(`today measured for ${percent(site.today.pue_measured_share)} of the energy`));
}

function gridNow(site, { series }) {
  const used = site.hour?.intensities.direct;
  if (!used) return figure("Grid now", [MISSING, "g/kWh"], to("grid"), note(site.grid ? "No intensity has come yet: the Grid view says why." : "No grid yet: add one under grids, and name it at the site."));
  return figure("Grid now", [digits(used.value_g_per_kwh), "g/kWh"], to("grid"),
    sub(used.fallback ? mark(`stands in: ${used.fallback}`) : used.estimated ? mark("estimated", "It will be corrected when the final value comes") : mark("final"), ` ${used.source}`),
    spark(series[0]?.values ?? [], "Intensity in the range"));
}

function emissions(site, zone, now) {
  const { emissions_kg: kg, standing, coverage } = site.today;
  const stands = standing.location ?? {};
  if (kg.location === null) return figure("Emissions today", [MISSING, "kg"], to("carbon"), note("Not known yet: they are energy times the intensity of the grid, and one of both is missing."));
  return figure("Emissions today", massOf(kg.location), to("explain", "", { day: isoDay(now, zone) }),
    sub("location-based"), note(`life cycle ${mass(kg.lifecycle)} · marginal ${mass(kg.marginal)}`),
    bar({ final: stands.final ?? 0, estimated: (stands.estimated ?? 0) + (stands.fallback ?? 0) }, `final ${percent(stands.final)}, estimated ${percent(stands.estimated)}`),
    note(`${percent(stands.final)} on final intensities · ${percent(coverage)} known`));
}

function month(site) {
  const { name, emissions_kg: kg, days, days_over: over, coverage } = site.month;
  if (kg.location === null) return figure("This month", [MISSING, "kg"], to("carbon"), sub(`${Math.floor(over)} of ${Math.round(days)} days over`), note("Nothing of them is known yet."));
  if (site.budget.month) return budgeted(site, site.budget.month);
  const projected = over >= 1 && coverage > 0 ? (kg.location / (coverage * days)) * days : null;
  return figure("This month", massOf(kg.location), to("explain", "", { month: name }),
    sub(`${Math.floor(over)} of ${Math.round(days)} days over`), bar({ final: over / days }, `${percent(over / days)} of the month is over`),
    note(coverage < 0.95 * (over / days) ? `only ${percent(coverage)} of the month is known: no projection` : `at this rate ${mass(projected)} by its end`));
}

/** The month beside its budget: what is used of it, how much of its time is over, and how it will end. */
function budgeted({ month: { name, days, days_over: over } }, { budget_kg: budget, used_kg: used, projected_kg: projected }) {
  const ends = used > budget ? mark("over its budget") : projected === null ? "no projection yet" : projected > budget ? mark("too fast") : mark("on track");
  return figure("This month", used === null ? [MISSING, "kg"] : massOf(used), to("explain", "", { month: name }),
    sub(`of ${mass(budget)} · ${Math.floor(over)} of ${Math.round(days)} days over`),
    used === null ? null : bar({ final: Math.min(used / budget, 1) }, `${percent(used / budget)} of the budget is used, ${percent(over / days)} of the month is over`),
    note(ends, projected === null ? "" : `, projected ${mass(projected)}`));
}

function story(site, zone, powers, intensities, forecast, whole) {
  const layers = [["IT", whole.it, "it"], ["Cooling", whole.cooling, "cooling"], ["Lighting", whole.lighting, "rest"], ["Other", whole.other, "losses"],
    ["Losses and unmetered", whole.rest, "losses"]].filter(([, values]) => values?.some((one) => one !== null));
  if (!layers.length) return empty("No reading in this time yet. `carbond check` says whether the settings are good, the Device view who answers.");
  const times = powers.times, final = intensities.series[0], step = powers.step;
  const ends = { min: Date.parse(times[0]), max: Date.parse(forecast.at(-1)?.start ?? times.at(-1)) };
  const option = () => ({
    grid: [{ left: EDGE, right: 20, top: 52, height: "47%" }, { left: EDGE, right: 20, top: "71%", bottom: 36 }],
    legend: names({ data: layers.map(([name]) => name) }),
    xAxis: [timeAxis(zone, { gridIndex: 0, ...ends, axisLabel: { show: false }, axisTick: { show: false } }), timeAxis(zone, { gridIndex: 1, ...ends })],
    yAxis: [valueAxis("kW", { gridIndex: 0 }), valueAxis("g/kWh", { gridIndex: 1, splitNumber: 2 })],
    axisPointer: { link: [{ xAxisIndex: "all" }] },
    tooltip: tooltip(zone, (value, name, one) => (one.seriesIndex < layers.length ? watts(value * 1000) : intensity(value))),
    series: [...layers.map(([name, values, hue], i) => line(name, times, values.map(inKilo),
      { stack: "power", markArea: i ? undefined : unknown(times, whole.coverage, "not all known"), areaStyle: { opacity: 0.55 }, color: colour(hue), lineStyle: { width: 0.8 }, xAxisIndex: 0, yAxisIndex: 0, sampling: undefined })),
    bars(intensities, final), soon(forecast), alike(intensities)],
  });
  return [chart("power", option, "Power by role over time, and the intensity of the grid under it", { size: "tall", opened: ({ at }) => { location.hash = explaining(at, zone, { step }); } }),
    final || forecast.length ? legend(STANDINGS.slice(0, forecast.length ? 3 : 2), "How intensities are drawn") : null,
    data([["Time", ([at]) => explained(at, zone, { step })], ...layers.map(([name], i) => [name, (row) => watts(row[i + 1]), "n"])],
      thinned(times.map((at, i) => [at, ...layers.map(([, values]) => values[i])])))];
}

const inKilo = (one) => (one === null ? null : one / 1000);
const thinned = (rows) => rows.filter((_, at) => at % Math.ceil(rows.length / 48) === 0);

function bars({ times }, final) {
  return { name: "Intensity", type: "bar", xAxisIndex: 1, yAxisIndex: 1, barCategoryGap: "8%", barMinWidth: 2, cursor: "pointer", itemStyle: { color: colour("rest") },
    data: points(times, final?.values ?? [], half(times)).map((point, at) => ({ value: point, itemStyle: {
      color: intensityColour(point[1] ?? 0), decal: final?.estimated?.[at] ? hatch() : undefined } })) };
}

/** Bars without a height: an axis of time makes room for its bars, and both axes are to have the same. */
const alike = (intensities) => ({ ...bars(intensities, null), name: "", xAxisIndex: 0, yAxisIndex: 0, silent: true });

function soon(forecast) {
  return line("Forecast", forecast.map((one) => one.start), forecast.map((one) => one.value_g_per_kwh),
    { xAxisIndex: 1, yAxisIndex: 1, color: colour("quiet"), lineStyle: { type: "dotted", width: 2 }, step: "end" });
}
