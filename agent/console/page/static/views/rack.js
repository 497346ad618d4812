// One rack: its feeds, what is plugged in, what that emits, and how warm it is.

import { ask, askAll, path } from "../api.js";
import { chart, colour, line, saved, timeAxis, tooltip, unknown, valueAxis } from "../charts.js";
import { h } from "../dom.js";
import { kwh, mass, massOf, percent, scaled, watts } from "../format.js";
import { card, data, empty, explaining, figure, hoursHere, mark, note, ranges, span, stepOf, sub, table, when } from "../parts.js";
import { to } from "../place.js";
import { conditions, inOrder, nameOf } from "./conditions.js";
import { alone, balance } from "./feeds.js";
import { every, inRack as alertsOf, looks, of, silent } from "./looks.js";
import { outlets } from "./outlets.js";
import { old, rackOf, racks, sum } from "./racks.js";

export const title = "Racks";
const HUES = ["it", "cooling", "losses", "rest"];
const TAIL = 3, HOURS = 12;

export async function show(context) {
  return context.place.name ? one(context) : racks(context);
}

async function one({ place, site, zone, now, alerts }) {
  const { name } = place, hours = hoursHere(), found = await inRack(site, name);
  const pdus = found.filter((meter) => meter.role === "rack" && meter.scope === "total" && rackOf(meter) === name).sort(byFeed);
  const servers = inOrder(found.filter((meter) => meter.role === "device" && meter.scope === "total"));
  if (!pdus.length && !servers.length) return notThere(name, site);
  const ids = pdus.map((pdu) => pdu.id), drawnAs = { site: site.name, ...span(now, hours), quantity: "power", meter: ids, by: "meter", step: stepOf(hours) };
  const [powers, sums, { items }, fires] = await Promise.all([ids.length ? ask("series", drawnAs) : null, ids.length ? sumsOf(site, ids, now) : null,
    ask(`sites/${encodeURIComponent(site.name)}/troubles`, { limit: 1000 }), every(alerts)]);
  const devices = [...new Set(found.map((meter) => meter.device))], dead = silent(items), hour = site.hour?.start;
  return h("div", { class: "grid loose" }, h("h1", { id: "rack" }, /^rack/i.test(name) ? name : `Rack ${name}`),
    pdus.length ? h("div", { class: "figures" }, whole(pdus, dead, hour, zone), ...pdus.map((pdu) => fed(pdu, dead, hour, zone)), energyToday(sums, pdus, hour), emittedToday(sums, pdus, hour))
      : card("No PDU", {}, empty("No PDU is known to stand here: give one ", h("code", {}, "role: rack"), " and ", h("code", {}, `rack: ${name}`), ".")),
    h("div", { class: "stack w8" }, pdus.length ? card("Power by PDU", { id: "rack-power", tools: [saved("rack", name), h("a", { href: path("series", { ...drawnAs, format: "csv" }), download: `${name}.csv` }, "CSV")] },
      ranges(), drawn(powers, pdus, zone)) : null, pdus.length ? card(`Last ${HOURS} hours`, { id: "rack-hours" }, byHour(sums, pdus, zone)) : null),
    h("div", { class: "stack w4" }, card("Needs a look here", { id: "rack-looks" }, looks(alertsOf(fires, site, name, devices), of(items, devices), site, "Nothing: its PDUs and servers answer, and no register did anything odd.")),
      card("Servers", { id: "rack-servers" }, plugged(servers, sum(pdus), dead, name, hour, zone)), card("Sensors", { id: "rack-sensors" }, sensors(found, zone))),
    ...outlets(pdus, found, hour));
}

/** All meters of a rack; a PDU without the tag is a rack of its own name. */
async function inRack(site, name) {
  const found = await askAll("meters", { site: site.name, rack: name });
  return found.length ? found : askAll("meters", { site: site.name, device: name });
}

const byFeed = (a, b) => (a.tags.feed ?? "").localeCompare(b.tags.feed ?? "") || a.id.localeCompare(b.id, "en", { numeric: true });

function notThere(name, site) {
  return card(`No rack is called ${name}`, { id: "rack" }, empty(`Nothing at ${site.name} has been read that stands in `, h("code", {}, `rack: ${name}`), "."), h("p", {}, h("a", { href: to("rack") }, "All racks")));
}

/** Energy and emissions of today, and of each of the last hours. */
async function sumsOf(site, ids, now) {
  const asked = { site: site.name, meter: ids, by: "meter" }, day = { ...asked, ...span(now, 1 / 60), step: "day" }, hours = { ...asked, ...span(now, HOURS - 1), step: "hour" };
  const [energy, emissions, energies, emitted] = await Promise.all([
    ask("series", { ...day, quantity: "energy" }), ask("series", { ...day, quantity: "emissions" }),
    ask("series", { ...hours, quantity: "energy" }), ask("series", { ...hours, quantity: "emissions" })]);
  return { energy, emissions, energies, emitted };
}

function whole(pdus, dead, hour, zone) {
  const mute = pdus.filter((pdu) => dead.has(pdu.device));
  return figure("Power now", scaled(sum(pdus), "W"), to("explain", pdus[0].id, { hour }), sub(balance(pdus)), mute.length ? note(old(mute, zone), ` ${mute.map((pdu) => pdu.id).join(", ")} silent`) : null,
    sum(pdus) === null ? note("A PDU says no power: a part is never shown as the whole.") : note(alone(pdus) ?? `${pdus.length} PDU`));
}

function fed(pdu, dead, hour, zone) {
  return figure(`${pdu.id}${pdu.tags.feed ? `, feed ${pdu.tags.feed}` : ""}`, scaled(pdu.power_watts, "W"), to("explain", pdu.id, { hour }),
    dead.has(pdu.device) ? h("p", { class: "sub act" }, "● silent, last read ", when(pdu.at, zone)) : sub("read ", when(pdu.at, zone, { short: true })), note(conditions(pdu)));
}

/** What some series add up to at their end, of how many it is known, and how much of it. */
function total({ series }) {
  const known = series.filter((one) => one.values.at(-1) !== null);
  return { sum: known.length ? known.reduce((all, one) => all + one.values.at(-1), 0) : null, known: known.length, of: series.length,
    coverage: series.length ? series.reduce((all, one) => all + one.coverage.at(-1), 0) / series.length : null, estimated: series.some((one) => one.estimated?.at(-1)) };
}
const partly = ({ known, of: all, coverage }) => note(known < all ? `of ${known} of ${all} PDUs · ` : "", `${percent(coverage)} known`);

function energyToday({ energy }, pdus, hour) {
  const all = total(energy);
  return figure("Energy today", scaled(all.sum === null ? null : all.sum * 1000, "Wh"), to("explain", pdus[0].id, { hour }), sub("since midnight at the site"), partly(all));
}

function emittedToday({ emissions }, pdus, hour) {
  const all = total(emissions);
  return figure("Emissions today", massOf(all.sum), to("explain", pdus[0].id, { hour }),
    sub("location-based, with PUE ", all.sum === null ? null : all.estimated ? mark("estimated", "Some hours stand on estimated intensities: they are corrected when the final ones come") : mark("final")),
    all.sum === null ? note("There is no intensity yet, or no energy.") : partly(all));
}

function drawn({ times, series }, pdus, zone) {
  const ordered = pdus.map((pdu) => series.find((one) => one.key === pdu.id)).filter(Boolean), label = (one) => pdus.find((pdu) => pdu.id === one.key).tags.feed;
  if (!ordered.some((one) => one.values.some((value) => value !== null))) return empty("None of its PDUs said a power in this time.");
  const late = (at) => at >= times.length - TAIL && ordered.some((one) => one.values[at] === null);
  const shown = ordered.map((one) => ({ ...one, name: label(one) ? `${label(one)}  ${one.label}` : one.label, values: one.values.map((value, at) => (late(at) ? null : value)) }));
  const known = times.map((_, at) => (late(at) ? 1 : Math.min(...ordered.map((one) => (one.values[at] === null ? 0 : one.coverage[at])))));
  const option = () => ({ xAxis: timeAxis(zone), yAxis: valueAxis("kW"), tooltip: tooltip(zone, (value) => watts(value * 1000)),
    series: shown.map((one, at) => line(one.name, times, one.values.map((value) => (value === null ? null : value / 1000)),
      { stack: "power", markArea: at ? undefined : unknown(times, known, "not all known"), areaStyle: { opacity: 0.5 }, color: colour(HUES[at % HUES.length]), lineStyle: { width: 0.8 }, sampling: undefined })) });
  const rows = times.map((at, i) => [at, ...shown.map((one) => one.values[i])]).filter((_, at) => at % Math.ceil(times.length / 48) === 0);
  return [chart("rack", option, "Power of the rack's PDUs over time, stacked by feed", { opened: ({ at, value }) => { location.hash = explaining(at, zone, { name: under(shown, times, at, value) }); } }),
    data([["Time", ([at]) => when(at, zone)], ...shown.map((one, i) => [one.name, (row) => h("a", { href: explaining(row[0], zone, { name: one.key }) }, watts(row[i + 1])), "n"])], rows)];
}

/** The PDU whose part of the stack is at a point of the chart: the last one above all of them. */
function under(stacked, times, at, kilowatts) {
  const near = times.findIndex((time) => Date.parse(time) >= at), upTo = (last) => stacked.slice(0, last + 1).reduce((all, one) => all + (one.values.at(near) ?? 0), 0);
  return (stacked.find((_, i) => kilowatts * 1000 <= upTo(i)) ?? stacked.at(-1)).key;
}

function plugged(servers, drawnByRack, dead, name, hour, zone) {
  if (!servers.length) return empty("No server is known to stand here: give it ", h("code", {}, `rack: ${name}`), ", and its BMC is read beside the PDUs.");
  const all = sum(servers), share = all === null || !drawnByRack ? null : all / drawnByRack;
  return table(`${servers.length} servers${share === null ? "" : `: ${watts(all)}, ${percent(share)} of what the PDUs say`}`, [
    ["Server", (one) => h("a", { href: to("device", one.device) }, one.id)], ["Power", (one) => h("a", { href: to("explain", one.id, { hour }) }, watts(one.power_watts)), "n"], ["Fed by", (one) => one.upstream.join(", ")],
    ["Read", (one) => (dead.has(one.device) ? h("span", { class: "act" }, "silent since ", when(one.at, zone, { short: true })) : when(one.at, zone, { short: true })), "n"]], servers);
}

/** Each hour opens the explanation of the PDU that is chosen. */
function byHour({ energies, emitted }, pdus, zone) {
  const of = (answer, id) => answer.series.find((one) => one.key === id), rows = energies.times.map((at, i) => ({ at, i })).toReversed();
  const grams = ({ i }) => total({ series: emitted.series.map((one) => ({ values: [one.values[i]], coverage: [one.coverage[i]], estimated: [one.estimated?.[i]] })) });
  return table("Energy by PDU, and emissions of all of them by location", [
    ["Hour", ({ at, i }) => [when(at, zone), energies.series[0]?.provisional?.[i] ? [" ", mark("open", "It still grows: not all readings of it have come")] : null]],
    ...pdus.map(({ id }) => [id, ({ at, i }) => h("a", { href: to("explain", id, { hour: at }) }, kwh(of(energies, id)?.values[i] ?? null)), "n"]),
    ["Emissions", (row) => { const all = grams(row); return [mass(all.sum), all.estimated ? [" ", mark("~", "on an estimated intensity")] : null]; }, "n"],
    ["Known", ({ i }) => percent(Math.min(...energies.series.map((one) => one.coverage[i]))), "n"]], rows);
}

function sensors(found, zone) {
  const says = inOrder(found.filter((one) => one.scope === "sensor" || "temperature_celsius" in one.conditions || "humidity_ratio" in one.conditions));
  if (!says.length) return empty("Nothing here tells a temperature or a humidity. A PDU is asked for its probes unless its ", h("code", {}, "read"), " says otherwise; a server with a BMC tells the air at its inlet with ", h("code", {}, "temperature: inlet"), ".");
  return table("Around the rack", [["Sensor", (one) => h("a", { href: to("device", one.device) }, nameOf(one))], ["Says", conditions], ["At", (one) => when(one.at, zone, { short: true }), "n"]], says);
}
