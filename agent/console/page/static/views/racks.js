// All racks: what each draws and emits, how its feeds share it, and which one is silent.

import { ask, askAll, path } from "../api.js";
import { h } from "../dom.js";
import { clock, mass, percent, watts } from "../format.js";
import { bar, card, empty, mark, note, span, spark, table, when } from "../parts.js";
import { changed, to } from "../place.js";
import { balance } from "./feeds.js";
import { of, silent } from "./looks.js";

const SORTS = {
  name: (a, b) => a.name.localeCompare(b.name, "en", { numeric: true }),
  power: (a, b) => (b.power ?? -1) - (a.power ?? -1),
  emissions: (a, b) => (b.kg ?? -1) - (a.kg ?? -1),
};

export const rackOf = (meter) => meter.tags.rack ?? meter.id;

/** The power of all of them; null if that of one is not known. */
export const sum = (meters) => (meters.length && meters.every((one) => one.power_watts !== null) ? meters.reduce((total, one) => total + one.power_watts, 0) : null);

export async function racks({ place, site, zone, now }) {
  const asked = { site: site.name, role: "rack", scope: "total" }, day = span(now, 24);
  const [meters, powers, today, troubles] = await Promise.all([
    askAll("meters", asked),
    ask("series", { ...asked, ...day, by: "rack", quantity: "power", step: "hour" }),
    ask("series", { ...asked, ...span(now, 1 / 60), by: "rack", quantity: "emissions", step: "day" }),
    ask(`sites/${encodeURIComponent(site.name)}/troubles`, { limit: 1000 }),
  ]);
  if (!meters.length) return none();
  const rows = rowsOf(meters, powers, today, silent(troubles.items)).sort(SORTS[place.sort] ?? SORTS.name);
  const bad = of(troubles.items, meters.map((one) => one.device)).length;
  return h("div", { class: "grid" }, card("Racks", { id: "racks", tools: [h("a", { href: path("meters", { ...asked, format: "csv" }), download: "racks.csv" }, "CSV")] },
    sorts(place.sort), listed(rows, zone, `${rows.length} racks, ${watts(whole(rows))} together${bad ? `; ${bad} of their PDUs need${bad === 1 ? "s" : ""} a look` : ""}`),
    rows.some((one) => one.estimated) ? note(mark("~"), " stands on estimated intensities: it is corrected when the final ones come.") : null));
}

const none = () => card("No rack yet", { id: "racks" }, empty("A rack is what its PDUs say. Add a PDU under ", h("code", {}, "devices:"), " with ", h("code", {}, "role: rack"), ", ",
  h("code", {}, "rack: rack-07"), " and ", h("code", {}, "feed: A"), ", and it stands here after its first reading."));

const sorts = (chosen = "name") => h("p", { class: "range", role: "group", "aria-label": "Order" }, h("span", { class: "note" }, "Order by"), ...Object.keys(SORTS).map((name) =>
  h("a", { href: changed({ sort: name }), "aria-current": name === chosen ? "true" : null }, name)));

const whole = (rows) => rows.reduce((total, one) => total + (one.power ?? 0), 0);

function rowsOf(meters, powers, today, dead) {
  const found = new Map();
  for (const meter of meters) found.set(rackOf(meter), [...(found.get(rackOf(meter)) ?? []), meter]);
  const of = (answer, name) => answer.series.find((one) => one.key === name);
  return [...found].map(([name, pdus]) => ({ name, pdus, power: sum(pdus), line: of(powers, name)?.values ?? [], kg: of(today, name)?.values.at(-1) ?? null,
    known: of(today, name)?.coverage.at(-1) ?? null, estimated: of(today, name)?.estimated?.at(-1), dead: pdus.filter((one) => dead.has(one.device)) }));
}

function listed(rows, zone, caption) {
  const total = whole(rows), most = Math.max(...rows.map((one) => one.power ?? 0), 1);
  return table(caption, [
    ["Rack", (one) => [h("a", { href: to("rack", one.name) }, one.name), one.dead.length ? h("span", { class: "act", title: "A PDU of it is silent" }, " ●") : null]],
    ["Power", (one) => [h("div", {}, one.dead.length && one.power !== null ? [old(one.dead, zone), " "] : null, watts(one.power)), bar({ level: (one.power ?? 0) / most }, `${percent((one.power ?? 0) / most)} of the strongest rack`)], "n"],
    ["Share", (one) => percent(one.power === null || !total ? null : one.power / total), "n"],
    ["24 h", (one) => spark(one.line, `Power of ${one.name} in the last 24 hours`), "line wide"],
    ["Emissions today", (one) => [mass(one.kg), one.estimated ? [" ", mark("~", "stands on estimated intensities: it will be corrected")] : null], "n"],
    ["Known", (one) => percent(one.known), "n"],
    ["Feeds", (one) => balance(one.pdus), "wide"],
    ["Last read", (one) => (one.dead.length ? h("span", { class: "act nowrap" }, `${one.dead.map((pdu) => pdu.id).join(", ")} silent, last read `, oldest(one.dead, zone)) : oldest(one.pdus, zone))],
  ], rows);
}

/** A power of which a part is not of now. */
export const old = (dead, zone) => mark("old", `${dead.map((pdu) => `${pdu.id} is silent: its part is as of ${clock(pdu.at, zone)}`).join("; ")}`);

const oldest = (pdus, zone) => when(pdus.map((pdu) => pdu.at).sort()[0], zone, { short: true });
