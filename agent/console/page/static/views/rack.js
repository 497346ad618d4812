// One rack: its feeds, what is plugged in, and how warm it is.

import { ask, askAll, path } from "../api.js";
import { chart, colour, line, saved, timeAxis, tooltip, valueAxis } from "../charts.js";
import { h } from "../dom.js";
import { MISSING, kwh, mass, percent, scaled, watts } from "../format.js";
import { card, data, empty, figure, hoursHere, note, ranges, span, stepOf, sub, table, when } from "../parts.js";
import { to } from "../place.js";
import { conditions, nameOf } from "./conditions.js";

export const title = "Racks";
const HUES = ["it", "cooling", "losses", "rest"];

export async function show(context) {
  return context.place.name ? one(context) : all(context);
}

async function all({ site, zone }) {
  const meters = await askAll("meters", { site: site.name, scope: "total", role: "rack" });
  if (!meters.length) return card("No rack yet", {}, empty("Add a PDU with ", h("code", {}, "role: rack"), " and ", h("code", {}, "rack: 07"), " to say where it stands."));
  const byRack = Map.groupBy ? Map.groupBy(meters, rackOf) : grouped(meters);
  const racks = [...byRack].sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true })).map(([name, pdus]) => ({ name, pdus, power: sum(pdus) }));
  const whole = racks.reduce((total, rack) => total + (rack.power ?? 0), 0);
  return card("Racks", {}, table(`${racks.length} racks`, [
    ["Rack", (rack) => h("a", { href: to("rack", rack.name) }, rack.name)], ["Power", (rack) => watts(rack.power), "n"],
    ["Share", (rack) => percent(rack.power === null || !whole ? null : rack.power / whole), "n"],
    ["PDUs", (rack) => rack.pdus.map((pdu) => pdu.id).join(", ")], ["Last read", (rack) => when(rack.pdus.map((pdu) => pdu.at).sort()[0], zone, { short: true })]], racks));
}

const rackOf = (meter) => meter.tags.rack ?? meter.id;
function grouped(meters) {
  const found = new Map();
  for (const meter of meters) found.set(rackOf(meter), [...(found.get(rackOf(meter)) ?? []), meter]);
  return found;
}
const sum = (meters) => (meters.length && meters.every((meter) => meter.power_watts !== null) ? meters.reduce((total, meter) => total + meter.power_watts, 0) : null);

async function one({ place, site, zone, now }) {
  const hours = hoursHere(), range = { site: site.name, ...span(now, hours) };
  const found = await askAll("meters", { site: site.name });
  const pdus = found.filter((meter) => meter.role === "rack" && meter.scope === "total" && rackOf(meter) === place.name);
  if (!pdus.length) return card(place.name, {}, empty("There is no such rack: ", h("a", { href: to("rack") }, "all racks"), "."));
  const names = new Set(pdus.map((pdu) => pdu.device)), ids = pdus.map((pdu) => pdu.id);
  const outlets = found.filter((meter) => names.has(meter.device) && meter.scope === "outlet");
  const sensors = found.filter((meter) => names.has(meter.device) && meter.scope === "sensor");
  const servers = found.filter((meter) => meter.role === "device" && meter.scope === "total" && meter.tags.rack === place.name);
  const today = { ...range, step: "day" };
  const [powers, energy, emissions] = await Promise.all([
    ask("series", { ...range, quantity: "power", meter: ids, by: "meter", step: stepOf(hours) }),
    ask("series", { ...today, quantity: "energy", meter: ids }), ask("series", { ...today, quantity: "emissions", meter: ids })]);
  return h("div", { class: "grid" }, h("h1", {}, `Rack ${place.name}`),
    h("div", { class: "figures" }, ...pdus.map((pdu) => figure(`${pdu.id}${pdu.tags.feed ? `, feed ${pdu.tags.feed}` : ""}`, scaled(pdu.power_watts, "W"), to("explain", pdu.id),
      sub("read ", when(pdu.at, zone, { short: true })), note(conditions(pdu)))), day("Energy today", energy, kwh), day("Emissions today", emissions, mass)),
    card("Power by PDU", { tools: [saved("rack", place.name), h("a", { href: path("series", { ...range, quantity: "power", meter: ids, by: "meter", step: stepOf(hours), format: "csv" }), download: `${place.name}.csv` }, "CSV")] },
      ranges(), drawn(powers, zone)),
    card("Servers", { wide: "w6" }, servers.length ? plugged(servers, zone) : empty("No server is known to stand here: give it ", h("code", {}, `rack: ${place.name}`), ".")),
    card("Outlets", { wide: "w6" }, outlets.length ? outletsOf(outlets) : empty("Its PDUs tell no outlets, or ", h("code", {}, "read"), " lacks outlet.")),
    sensors.length ? card("Sensors", {}, table("Around the rack", [["Sensor", nameOf], ["Says", conditions], ["At", (one) => when(one.at, zone)]], sensors)) : null);
}

function day(name, { series, times }, write) {
  const known = series.filter((one) => one.values.at(-1) !== null);
  const total = known.length ? known.reduce((all, one) => all + one.values.at(-1), 0) : null;
  const shown = write(total), [number, unit = ""] = shown === MISSING ? [MISSING] : shown.split("\u2009");
  return figure(name, [number, unit], to("explain", "", { day: times.at(-1)?.slice(0, 10) }), sub(`${known.length} of ${series.length} PDUs known`));
}

function drawn({ times, series }, zone) {
  const option = () => ({ xAxis: timeAxis(zone), yAxis: valueAxis("kW"), tooltip: tooltip(zone, (value) => watts(value * 1000)),
    series: series.map((one, at) => line(one.label, times, one.values.map((value) => (value === null ? null : value / 1000)),
      { stack: "power", areaStyle: { opacity: 0.5 }, color: colour(HUES[at % HUES.length]), lineStyle: { width: 0.8 }, sampling: undefined })) });
  const rows = times.map((at, i) => [at, ...series.map((one) => one.values[i])]).filter((_, at) => at % Math.ceil(times.length / 48) === 0);
  return [chart("rack", option, "Power of the rack's PDUs over time"), data([["Time", ([at]) => when(at, zone)], ...series.map((one, i) => [one.label, (row) => watts(row[i + 1]), "n"])], rows)];
}

const plugged = (servers, zone) => table(`${servers.length} servers`, [["Server", (one) => h("a", { href: to("device", one.device) }, one.id)],
  ["Power", (one) => watts(one.power_watts), "n"], ["Fed by", (one) => one.upstream.join(", ")], ["Read", (one) => when(one.at, zone, { short: true }), "n"]], servers);

const outletsOf = (outlets) => table(`${outlets.length} outlets`, [["Outlet", (one) => h("a", { href: to("explain", one.id) }, one.id)], ["Name", (one) => one.name ?? ""],
  ["Power", (one) => watts(one.power_watts), "n"], ["Energy", (one) => kwh(one.booked_kwh), "n"], ["Says", conditions]],
  outlets.toSorted((a, b) => a.id.localeCompare(b.id, "en", { numeric: true })));
