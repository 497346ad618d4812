// One device: whether it answers, what it says, how its energy is known. Without a name: all of them.

import { Problem, ask, askAll, probe } from "../api.js";
import { chart, colour, line, saved, timeAxis, tooltip, valueAxis } from "../charts.js";
import { h } from "../dom.js";
import { ago, digits, kwh, roleName, watts } from "../format.js";
import { card, data, empty, hoursHere, note, ranges, span, stepOf, sub, table, when } from "../parts.js";
import { changed, to } from "../place.js";
import { conditions, nameOf } from "./conditions.js";

export const title = "Devices";
const BASES = { counter: "measured by its counter", integrated: "integrated from power", interpolated: "a sum over a gap", "lower-bound": "a lower bound" };

export async function show(context) {
  return context.place.name ? one(context) : all(context);
}

async function all({ place, site, zone, now }) {
  const devices = await askAll("devices", { site: site.name });
  const shown = devices.filter((one) => !place.find || `${one.name} ${one.kind} ${one.role}`.includes(place.find))
    .sort((a, b) => a.up - b.up || a.name.localeCompare(b.name, "en", { numeric: true }));
  const silent = devices.filter((one) => !one.up).length;
  return card("Devices", {}, h("p", { class: "range" }, h("label", {}, "Find ", h("input", { type: "search", value: place.find ?? "", "data-keep": "find",
    onchange: (event) => { location.hash = changed({ find: event.target.value }); } }))),
  table(`${shown.length} of ${devices.length} devices, ${silent} silent; those first`, [
    ["Device", (one) => h("a", { href: to("device", one.name) }, one.name)], ["", (one) => state(one, zone)], ["Kind", (one) => one.kind], ["Role", (one) => roleName(one.role)],
    ["Last read", (one) => (one.last_reading_at ? h("span", { title: one.last_reading_at }, `${ago(one.last_reading_at, now)} ago`) : "never"), "n"],
    ["Answer", (one) => (one.up ? `${digits(one.answer_seconds * 1000)}\u2009ms` : ""), "n"], ["Meters", (one) => String(one.meters), "n"]], shown));
}

function state(device, zone) {
  if (device.up === null) return "not asked yet";
  if (device.up) return h("span", {}, "● up");
  return h("span", { class: "act" }, "● silent since ", when(device.since, zone), ` ${device.error}`);
}

async function one({ place, site, zone, now }) {
  const hours = hoursHere(), found = await ask(`devices/${encodeURIComponent(place.name)}`);
  const powers = await ask("series", { site: site.name, ...span(now, hours), quantity: "power", meter: [place.name], by: "meter", step: stepOf(hours) }).catch(none);
  return h("div", { class: "grid" }, h("div", {}, h("h1", {}, found.name), sub(state(found, zone), ` · ${found.kind} · ${roleName(found.role)}`),
    found.up === false ? note("Look at its power, its cable and its address; ", h("code", {}, `carbond probe`), " from the same machine says more.") : null),
  card("Power", { wide: "w8", tools: [saved("device", found.name)] }, ranges(), drawn(powers, zone)),
  card("How its energy is known", { wide: "w4" }, minutes(found.minutes, zone)),
  card("Readings", { tools: [h("button", { class: "plain", type: "button", onclick: (event) => again(found.name, event.target, zone) }, "Probe now")] },
    h("div", { id: "probed", "data-keep": "probed" }),
    found.readings.length ? readings(found.readings, zone) : empty("It was never read.")),
  found.findings.length ? card("Findings", {}, findings(found.findings, zone)) : null);
}

const none = (error) => {
  if (error instanceof Problem) return null;
  throw error;
};

const readings = (meters, zone) => table("The last of each meter", [
  ["Meter", (one) => h("a", { href: to("explain", one.id) }, nameOf(one))], ["Scope", (one) => one.scope], ["Power", (one) => watts(one.power_watts), "n"],
  ["Booked", (one) => kwh(one.booked_kwh), "n"], ["Says", conditions], ["At", (one) => when(one.at, zone), "n"]],
  meters.toSorted((a, b) => a.id.localeCompare(b.id, "en", { numeric: true })));

async function again(name, button, zone) {
  button.disabled = true;
  const place = document.getElementById("probed");
  place.replaceChildren(note("Asking it …"));
  try {
    const said = await probe(name);
    place.replaceChildren(said.error ? note(h("span", { class: "act" }, said.error)) : note(`It answered in ${digits(said.seconds)} s at `, when(said.at, zone), `: ${said.readings.length} meters.`));
  } catch (error) {
    place.replaceChildren(note(h("span", { class: "act" }, error.detail ?? error.message)));
  }
  button.disabled = false;
}

function drawn(powers, zone) {
  if (!powers?.series.length) return empty("It has no power in this time.");
  const { times, series: [one] } = powers;
  const option = () => ({ xAxis: timeAxis(zone), yAxis: valueAxis("W", { scale: true }), tooltip: tooltip(zone, watts), legend: { show: false },
    series: [line(one.label, times, one.values, { color: colour("accent"), areaStyle: { opacity: 0.15 } })] });
  return [chart("device", option, "Power over time"), data([["Time", ([at]) => when(at, zone)], ["Power", ([, value]) => watts(value), "n"]],
    times.map((at, i) => [at, one.values[i]]).filter((_, at) => at % Math.ceil(times.length / 48) === 0))];
}

function minutes(found, zone) {
  if (!found?.length) return empty("Nothing is booked of the last hour.");
  const counts = new Map();
  for (const { basis } of found) counts.set(basis, (counts.get(basis) ?? 0) + 1);
  return [h("ul", {}, ...[...counts].map(([basis, count]) => h("li", {}, `${count} of the last ${found.length} minutes ${BASES[basis] ?? "not known"}`))),
    data([["Minute", (one) => when(one.start, zone, { short: true })], ["Power", (one) => watts(one.power_watts), "n"], ["Energy", (one) => (one.energy_wh === null ? null : `${digits(one.energy_wh)}\u2009Wh`), "n"],
      ["How", (one) => one.basis ?? "not known"]], found.toReversed())];
}

const findings = (items, zone) => table("What its registers did beside counting", [["Seen", (one) => when(one.at, zone)], ["Meter", (one) => one.meter], ["What", (one) => one.oddity],
  ["Before", (one) => `${digits(one.before)}\u2009${one.unit}`, "n"], ["Then", (one) => `${digits(one.now)}\u2009${one.unit}`, "n"]], items);
