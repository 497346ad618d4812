// One device: whether it answers, what it says, how its energy is known.

import { Problem, ask, path } from "../api.js";
import { chart, colour, half, line, points, saved, timeAxis, tooltip, valueAxis } from "../charts.js";
import { h } from "../dom.js";
import { MISSING, THIN, ago, digits, kwh, percent, watts } from "../format.js";
import { card, data, empty, explained, explaining, figure, hoursHere, note, ranges, span, stepOf, sub, table, when } from "../parts.js";
import { changed, to } from "../place.js";
import { booked, conditionName, conditionOf, conditionsOf, inOrder, parted, rate } from "./conditions.js";
import { devices, took } from "./devices.js";
import { minutes } from "./minutes.js";
import { probed, probing } from "./probing.js";

export const title = "Devices";

export async function show(context) {
  return context.place.name ? one(context) : devices(context);
}

async function one({ place, site, zone, now }) {
  const found = await ask(`devices/${encodeURIComponent(place.name)}`).catch(notThere);
  if (!found) return card(`No device is called ${place.name}`, { id: "device" }, empty("The settings have none of this name. ", h("a", { href: to("device") }, "All devices")));
  const hours = hoursHere(), total = found.readings.find((one) => one.scope === "total"), shown = found.readings.find((one) => one.id === place.meter) ?? total;
  const meter = shown ? await ask(`meters/${shown.id.split("/").map(encodeURIComponent).join("/")}`).catch(notThere) : null, byHour = shown !== total && !meter?.minutes.length;
  const asked = { site: site.name, ...span(now, hours), quantity: byHour ? "energy" : "power", meter: [shown?.id], by: "meter", step: byHour && hours <= 24 * 62 ? "hour" : stepOf(hours) };
  const powers = shown ? await ask("series", asked).catch(notThere) : null;
  const hour = site.hour?.start, part = shown && shown !== total ? partOf(shown) : null, of = part ? ` of ${part}` : "";
  return h("div", { class: "grid loose" }, head(found, total, zone), found.up === false ? wayOut(found, meter, zone, now) : null,
    h("div", { class: "figures" }, power(shown, found.up, hour, zone), register(meter, hour, zone), energy(shown, hour), answers(found, zone, now)),
    card(`${byHour ? "Energy" : "Power"}${of}`, { id: "device-power", wide: "w8", tools: [saved("device", found.name), h("a", { href: path("series", { ...asked, format: "csv" }), download: `${found.name}.csv` }, "CSV")] }, ranges(), byHour && powers ? byHours(powers, zone) : drawn(powers, zone)),
    h("div", { class: "stack w4" }, card(part ? `How the energy of ${part} is known` : "How its energy is known", { id: "device-minutes" }, byHour && meter ? note("Of it the hours are kept and not the minutes, as ", h("code", {}, "keep"), " in the settings says: how each hour is known, its Explain says.") : meter ? minutes(meter.minutes, { up: found.up, now, zone }) : empty("Nothing is booked of it yet: the first minute is there after its second reading.")),
      card(`Findings${of}`, { id: "device-findings" }, findings(meter?.findings ?? found.findings, zone))),
    card("Readings", { id: "device-readings", tools: [h("a", { href: path("meters", { device: found.name, format: "csv" }), download: `${found.name}-readings.csv` }, "CSV")] },
      found.readings.length ? readings(found.readings, shown, hour, zone) : empty("It was never read since the settings were loaded: its state above says why.")));
}

/** Null for what there is not; all else is the page's to say. */
function notThere(error) {
  if (error instanceof Problem && error.status === 404) return null;
  throw error;
}

function head(found, total, zone) {
  const { rack, feed } = total?.tags ?? {};
  return h("div", { id: "device" }, h("div", { class: "title" }, h("h1", {}, found.name), probing(found.name, zone)), sub(state(found, zone), ` · ${found.kind ?? "of no kind yet"} · role ${found.role}`,
    rack ? [" · rack ", h("a", { href: to("rack", rack) }, rack)] : null, feed ? ` · feed ${feed}` : null,
    total?.upstream.length ? [" · fed by ", total.upstream.map((name, at) => [at ? ", " : "", h("a", { href: to("device", name.split("/")[0]) }, name)])] : null), probed());
}

function state({ up, since, error }, zone) {
  if (up === null) return "○ not asked yet";
  if (up) return [h("span", { class: "dot-up" }, "● "), "up since ", when(since, zone)];
  return h("strong", { class: "act" }, "● silent since ", when(since, zone), `: ${error}`);
}

function wayOut({ name, kind, since, last_reading_at: read }, meter, zone, now) {
  const counts = meter?.register?.value !== null && meter?.register?.value !== undefined;
  return h("section", { class: "card urgent", id: "device-silent", "aria-label": "What to do" }, h("h2", {}, `Silent for ${ago(since, now)}: what to do`),
    h("ol", { class: "steps" }, h("li", {}, "Look at its power, its cable and its address: does it answer a ping from this machine?"),
      h("li", {}, "Ask it now, with the button above. From the machine of the daemon ", h("code", {}, `carbond probe ADDRESS${kind && kind !== "snmp" ? ` --type ${kind}` : ""}`), " says more: a wrong password, another model."),
      h("li", {}, "If it is gone for good, take it out of the settings.")),
    note(`It is asked again all the time, and ${name} needs nothing else once it answers. `, read ? ["Last read ", when(read, zone), ". "] : null,
      counts ? "It counts energy: what it uses meanwhile is booked when it answers again, as a known sum over the gap." : "It has no counter: what it uses meanwhile is missing, and is never guessed."));
}

function power(shown, up, hour, zone) {
  if (!shown) return figure("Power now", [MISSING, "W"], to("explain", "", { hour }), note("It was never read."));
  const [number, unit] = parted(rate(shown));
  return figure(shown.quantity === "water" ? (up === false ? "Last flow" : "Flow now") : up === false ? "Last power" : "Power now", [number, unit], to("explain", shown.id, { hour }), sub("read ", when(shown.at, zone)),
    note(number === MISSING ? "Its last reading says none." : `${shown.scope}${shown.accuracy === null ? "" : `, within ${digits(shown.accuracy * 100)} %`}`));
}

function register(meter, hour, zone) {
  const said = meter?.register;
  if (!said || said.value === null) return figure("Register", [MISSING, ""], to("explain", meter?.id ?? "", { hour }), note("It has no energy counter: energy is integrated from its power, and gaps stay gaps."));
  return figure("Register", [said.value.toLocaleString("en", { maximumFractionDigits: 3 }).replaceAll(",", THIN), said.unit], to("explain", meter.id, { hour }),
    sub(said.stuck ? h("span", { class: "act" }, "stands still while power flows") : "as the device shows it", " · ", when(said.at, zone, { short: true })), note(said.source ? `by ${said.source}` : null));
}

function energy(shown, hour) {
  return figure("Booked", shown ? parted(booked(shown)) : [MISSING, ""], to("explain", shown?.id ?? "", { hour }), sub("since it is known"), note("what its energy adds up to in the ledger"));
}

function answers(found, zone, now) {
  const read = found.last_reading_at;
  return h("div", { class: "card", id: "device-answers" }, h("h2", {}, "Last answer"), h("div", { class: `big ${found.up === false ? "act" : ""}` }, read ? ago(read, now) : MISSING, read ? h("span", { class: "unit" }, " ago") : null),
    sub(read ? ["at ", when(read, zone)] : "never"), note(found.answer_seconds === null ? "the last time it was asked it said nothing" : `took ${took(found.answer_seconds)}`, ` · ${found.meters} meter${found.meters === 1 ? "" : "s"}`));
}

function drawn(powers, zone) {
  const one = powers?.series[0];
  if (!one?.values.some((value) => value !== null)) return empty("It has said no power in this time.");
  const { times } = powers, water = powers.unit !== "W", write = (value) => (water ? `${digits(value)}\u202f${powers.unit}` : watts(value));
  const [factor, unit] = water || Math.max(...one.values) < 1000 ? [1, powers.unit] : [1000, "kW"], scaled = one.values.map((value) => (value === null ? null : value / factor));
  const option = () => ({ xAxis: timeAxis(zone), grid: { left: 8, right: 20, top: 30, bottom: 4, containLabel: true }, yAxis: valueAxis(unit, { scale: true }), tooltip: tooltip(zone, (value) => write(value * factor)), legend: { show: false },
    series: [line(one.label, times, scaled, { color: colour("accent"), areaStyle: { opacity: 0.15 } })] });
  return [chart("device", option, `Power of ${one.label} over time; a gap is a time in which it said nothing`, opening(one, zone)),
    data([["Time", ([at]) => explained(at, zone, { name: one.key })], ["Power", ([, value]) => write(value), "n"], ["Known", ([, , share]) => percent(share), "n"]],
      times.map((at, i) => [at, one.values[i], one.coverage[i]]).filter((_, at) => at % Math.ceil(times.length / 48) === 0))];
}

const opening = ({ key }, zone) => ({ opened: ({ at }) => { location.hash = explaining(at, zone, { name: key }); } });

/** Of a meter whose minutes are not kept. */
function byHours({ times, series: [one], unit }, zone) {
  if (!one?.values.some((value) => value !== null)) return empty("Nothing is booked of it in this time.");
  const write = (value) => (unit === "kWh" ? kwh(value) : `${digits(value)}\u202f${unit}`);
  const option = () => ({ xAxis: timeAxis(zone), legend: { show: false }, grid: { left: 8, right: 20, top: 30, bottom: 4, containLabel: true }, yAxis: valueAxis(unit), tooltip: tooltip(zone, write, half(times)),
    series: [{ name: one.label, type: "bar", barCategoryGap: "10%", itemStyle: { color: colour("accent") }, data: points(times, one.values, half(times)) }] });
  return [chart("device", option, `Energy of ${one.label} by hour`, opening(one, zone)),
    data([["From", ([at]) => explained(at, zone, { name: one.key })], ["Energy", ([, value]) => write(value), "n"], ["Known", ([, , share]) => percent(share), "n"]], times.map((at, i) => [at, one.values[i], one.coverage[i]]).toReversed().slice(0, 96))];
}

function readings(meters, shown, hour, zone) {
  const more = conditionsOf(meters);
  return table("The last of each meter: choose one to see it above", [
    ["Meter", (one) => h("a", { href: changed({ meter: one.scope === "total" ? null : one.id }), "aria-current": one === shown ? "true" : null }, partOf(one))], ["Scope", (one) => one.scope, "more"],
    ["Power", (one) => h("a", { href: to("explain", one.id, { hour }), "aria-label": `${rate(one)}: explain ${one.id}` }, rate(one)), "n"], ["Booked", booked, "n"],
    ...more.map((name) => [conditionName(name), (one) => conditionOf(one, name), "n"]), ["Read", (one) => when(one.at, zone, { short: true }), "n more"]], inOrder(meters));
}

/** A part without its device's name, and what people call it where that says more. */
function partOf({ id, device, name }) {
  const part = id === device ? id : id.slice(device.length + 1);
  return name && name.toLowerCase().replace(" ", "/") !== part ? `${part}  ${name}` : part;
}

function findings(items, zone) {
  if (!items.length) return empty("None: its register did nothing beside counting.");
  const amount = (value, unit) => (value === null ? null : `${digits(value)}\u202f${unit}`);
  return table("What its register did beside counting, the newest first", [["Seen", (one) => when(one.at, zone)], ["What", (one) => one.oddity],
    ["Register", (one) => [h("div", {}, amount(one.before, one.unit)), h("div", {}, "→ ", amount(one.now, one.unit))], "n"], ["Booked", (one) => amount(one.booked, one.unit), "n"]], items);
}
