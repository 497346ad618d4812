// Intensities over time: final ones solid, estimated ones hatched, the forecast dotted.

import { EACH, SCALE, chart, colour, hatch, intensityColour, line, small, timeAxis, tip, valueAxis } from "../charts.js";
import { clock, intensity, moment, utc } from "../format.js";
import { data, explained, when } from "../parts.js";
import { changed } from "../place.js";
import { STANDINGS, legend } from "./legend.js";

/** Dark on all the colours of intensities, which are the same in light and dark. */
const HATCH = "#6b4e16", EDGE = "#b8892f";
/** So many bars are wide enough for an edge, without which the palest are lost on white. */
const FEW = 200;

const standing = (one) => (one.forecast ? "forecast" : one.estimated ? "estimated" : "final");
const ending = (one) => Date.parse(one.start) + one.period_s * 1000;

/** A bar stands over the middle of its period; a click chooses it. */
export function curve(past, soon, zone, now) {
  const bars = past.map((one) => ({ row: one, value: [Date.parse(one.start) + one.period_s * 500, one.value_g_per_kwh], itemStyle: { color: intensityColour(one.value_g_per_kwh), borderColor: EDGE, borderWidth: past.length <= FEW ? 0.5 : 0, decal: one.estimated ? { ...hatch(), color: HATCH } : undefined } }));
  const steps = [...soon.map((one) => ({ row: one, value: [Date.parse(one.start), one.value_g_per_kwh] })), ...soon.slice(-1).map((one) => ({ row: one, value: [ending(one), one.value_g_per_kwh] }))];
  const all = [...past, ...soon], ends = { min: Date.parse(all[0].start), max: Math.max(ending(all.at(-1)), Date.parse(now)) };
  const option = () => ({ xAxis: timeAxis(zone, ends), yAxis: valueAxis("g/kWh"), legend: { show: false }, grid: { left: 8, right: 20, top: 34, bottom: 4, containLabel: true },
    tooltip: { trigger: "axis", ...tip((points) => points.filter((one) => one.data?.row).map(({ data: { row } }) => words(row, zone)).join("\n\n")) },
    series: [{ name: "Intensity", type: "bar", barCategoryGap: "6%", barMinWidth: 1, cursor: "pointer", data: bars, markLine: present(now) },
      { ...line("Forecast", [], [], { color: colour("quiet"), lineStyle: { type: "dotted", width: 2 }, step: "end", sampling: undefined }), data: steps }] });
  return [chart("grid", option, "Intensity of the grid over time; estimated values are hatched, the forecast is dotted", { size: "tall", picked: (item) => { if (item?.row && !item.row.forecast) location.hash = changed({ at: item.row.start }); } }),
    legend([...STANDINGS.slice(0, soon.length ? 3 : 2), ...SCALE.map((hue, i) => [hue, i + 1 < SCALE.length ? `below ${(i + 1) * EACH}` : `from ${i * EACH} g/kWh on`, "colour"])], "How values are drawn"),
    data([["From", (one) => explained(one.start, zone)], ["Intensity", (one) => intensity(one.value_g_per_kwh), "n"], ["", standing],
      ["Source", (one) => one.source], ["Method", (one) => one.method || null], ["Fetched", (one) => when(one.fetched_at, zone)]], all.slice(-96).toReversed())];
}

const words = (row, zone) => [`${moment(row.start, zone)} to ${clock(ending(row), zone)}  (${utc(row.start)})`, `${intensity(row.value_g_per_kwh)}  ${standing(row)}`,
  `${row.source}${row.method ? `, ${row.method}` : ""}, fetched ${moment(row.fetched_at, zone)}`].join("\n");

const present = (now) => ({ silent: true, symbol: "none", animation: false, lineStyle: { color: colour("ink"), type: "solid", width: 1, opacity: 0.6 },
  label: { formatter: "now", color: colour("quiet"), fontSize: small() }, data: [{ xAxis: Date.parse(now) }] });
