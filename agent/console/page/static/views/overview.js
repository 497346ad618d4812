// Is anything wrong? How much power, where? How clean is it, and how sure are we? What will the month be?

import { ask, askAll, path } from "../api.js";
import { chart, colour, hatch, intensityColour, line, points, saved, timeAxis, tooltip, unknown, valueAxis } from "../charts.js";
import { h } from "../dom.js";
import { MISSING, digits, intensity, isoDay, mass, massOf, percent, ratio, scaled, utc, watts } from "../format.js";
import { bar, card, data, empty, figure, hoursHere, mark, note, ranges, span, spark, stepOf, sub, when } from "../parts.js";
import { to } from "../place.js";
import { flow } from "./flow.js";
import { looks } from "./looks.js";

export const title = "Overview";
const SOON = 8 * 3600000;
const TAIL = 3;
const FIRST = 10 * 60000;

export async function show({ site, zone, now }) {
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
    card("Where it goes", { wide: "w4", tools: [h("a", { href: to("explain", "", { hour: energy.hour }) }, "Explain")] }, flow(energy, zone)),
    card("Racks", { wide: "w8" }, racks(tree, troubles.items)),
    card("Needs a look", { wide: "w4" }, looks(troubles.items, zone, "Nothing. Every meter reports, and the meters agree with each other.")));
}

async function forecastOf(site, now) {
  if (!site.grid) return [];
  const until = new Date(Date.parse(now) + SOON).toISOString().slice(0, 16) + "Z";
  const asked = { grid: site.grid, kind: "direct", forecast: true, from: now.slice(0, 13) + ":00Z", to: until };
  return (await askAll("intensity", asked, 500).catch(() => [])).filter((one) => one.forecast && one.start > now);
}

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
  const rest = site.power_watts === null || site.it_power_watts === null ? null : site.power_watts - site.it_power_watts;
  return figure("Power now", scaled(site.power_watts, "W"), to("explain", "", { hour: site.hour?.start }),
    sub(`IT ${watts(site.it_power_watts)} · ${watts(rest)} rest`), spark(all ?? it ?? [], "Power in the range"),
    site.power_watts === null ? note("A meter is silent, or there is no utility meter and no PUE.") : null);
}

function pue(site) {
  const hour = site.hour;
  if (hour?.pue === null || !hour) {
    return figure("PUE this hour", [MISSING, ""], to("explain"), note("No PUE yet: add a meter with role: utility, or write pue: {declared: 1.4} for the site."));
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
  return figure("Emissions today", massOf(kg.location), to("explain", "", { day: isoDay(now, zone) }),
    sub("location-based"), note(`life cycle ${mass(kg.lifecycle)} · marginal ${mass(kg.marginal)}`),
    bar({ final: stands.final ?? 0, estimated: (stands.estimated ?? 0) + (stands.fallback ?? 0) }, `final ${percent(stands.final)}, estimated ${percent(stands.estimated)}`),
    note(`${percent(stands.final)} on final intensities · ${percent(coverage)} known`));
}

function month(site) {
  const { name, emissions_kg: kg, days, days_over: over, coverage } = site.month;
  const projected = over >= 1 && kg.location !== null && coverage > 0 ? (kg.location / (coverage * days)) * days : null;
  return figure("This month", massOf(kg.location), to("explain", "", { month: name }),
    sub(`${Math.floor(over)} of ${days} days over`), bar({ final: over / days }, `${percent(over / days)} of the month is over`),
    note(coverage < 0.95 * (over / days) ? `only ${percent(coverage)} of the month is known: no projection` : `at this rate ${mass(projected)} by its end`));
}

function story(site, zone, powers, intensities, forecast, whole) {
  const layers = [["IT", whole.it, "it"], ["Cooling", whole.cooling, "cooling"], ["Lighting", whole.lighting, "rest"], ["Other", whole.other, "losses"],
    ["Losses and unmetered", whole.rest, "losses"]].filter(([, values]) => values?.some((one) => one !== null));
  if (!layers.length) return empty("No reading in this time yet. `carbond check` says whether the settings are good, the Device view who answers.");
  const times = powers.times, final = intensities.series[0];
  const ends = { min: Date.parse(times[0]), max: Date.parse(forecast.at(-1)?.start ?? times.at(-1)) };
  const option = () => ({
    grid: [{ left: 8, right: 12, top: 48, height: "50%", containLabel: true }, { left: 8, right: 12, top: "76%", bottom: 4, containLabel: true }],
    xAxis: [timeAxis(zone, { gridIndex: 0, ...ends, axisLabel: { show: false }, axisTick: { show: false } }), timeAxis(zone, { gridIndex: 1, ...ends })],
    yAxis: [valueAxis("kW", { gridIndex: 0 }), valueAxis("g/kWh", { gridIndex: 1, splitNumber: 2 })],
    axisPointer: { link: [{ xAxisIndex: "all" }] },
    tooltip: tooltip(zone, (value, name, one) => (one.seriesIndex < layers.length ? watts(value * 1000) : intensity(value))),
    series: [...layers.map(([name, values, hue], i) => line(name, times, values.map((one) => (one === null ? null : one / 1000)),
      { stack: "power", markArea: i ? undefined : unknown(times, whole.coverage, "IT not all known"), areaStyle: { opacity: 0.55 }, color: colour(hue), lineStyle: { width: 0.8 }, xAxisIndex: 0, yAxisIndex: 0, sampling: undefined })),
    bars(intensities, final), soon(forecast)],
  });
  return [chart("power", option, "Power by role over time, and the intensity of the grid under it", { size: "tall" }),
    data([["Time", ([at]) => h("span", { title: utc(at) }, when(at, zone))], ...layers.map(([name], i) => [name, (row) => watts(row[i + 1]), "n"])],
      thinned(times.map((at, i) => [at, ...layers.map(([, values]) => values[i])])))];
}

const thinned = (rows) => rows.filter((_, at) => at % Math.ceil(rows.length / 48) === 0);

function bars({ times }, final) {
  return { name: "Intensity", type: "bar", xAxisIndex: 1, yAxisIndex: 1, barCategoryGap: "8%", barMinWidth: 2, itemStyle: { color: colour("rest") },
    data: points(times, final?.values ?? []).map((point, at) => ({ value: point, itemStyle: {
      color: intensityColour(point[1] ?? 0), decal: final?.estimated?.[at] ? hatch() : undefined } })) };
}

function soon(forecast) {
  return line("Forecast", forecast.map((one) => one.start), forecast.map((one) => one.value_g_per_kwh),
    { xAxisIndex: 1, yAxisIndex: 1, color: colour("quiet"), lineStyle: { type: "dotted", width: 2 }, step: "end" });
}

/** Racks by their tag, each with the power of its PDUs; the fuller the box, the nearer to the strongest rack. */
function racks(tree, troubles) {
  const byRack = new Map();
  for (const node of tree.nodes.filter((one) => one.role === "rack")) {
    const name = node.tags.rack ?? node.id;
    byRack.set(name, [...(byRack.get(name) ?? []), node]);
  }
  if (!byRack.size) return empty("No rack yet. Add a PDU with role: rack, and rack: 07 to say where it stands.");
  const bad = new Set(troubles.filter((one) => one.kind === "device").map((one) => one.name));
  const boxes = [...byRack].sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true })).map(([name, nodes]) => ({
    name, silent: nodes.some((one) => bad.has(one.id)), power: nodes.every((one) => one.power_watts !== null) ? nodes.reduce((sum, one) => sum + one.power_watts, 0) : null }));
  const most = Math.max(...boxes.map((one) => one.power ?? 0), 1);
  return h("div", { class: "racks" }, ...boxes.map(({ name, power: drawn, silent }) =>
    h("a", { class: `rack ${silent ? "bad" : ""}`, href: to("rack", name), title: `${percent(drawn === null ? null : drawn / most)} of the strongest rack` },
      h("span", { class: "level", style: { height: `${((drawn ?? 0) / most) * 100}%` } }), h("b", {}, name), h("span", {}, watts(drawn)))));
}
