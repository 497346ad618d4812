// All devices: who answers, who does not, since when and why. The silent ones come first.

import { askAll, path } from "../api.js";
import { become, h } from "../dom.js";
import { ago, digits, percent, roleName, utc } from "../format.js";
import { card, empty, table, when } from "../parts.js";
import { changed, here, to } from "../place.js";

const STATES = { all: () => true, up: (one) => one.up === true, silent: (one) => one.up === false, unasked: (one) => one.up === null };
const NAMES = { all: "All", up: "Up", silent: "Silent", unasked: "Not asked yet" };

export async function devices({ site, zone, now }) {
  const all = await askAll("devices", { site: site.name });
  if (!all.length) return card("No device yet", { id: "devices" }, empty("Add one under ", h("code", {}, "devices:"), " in the settings: ", h("code", {}, "carbond probe ADDRESS --yaml"), " writes the lines for what answers there."));
  const context = { all, zone, now };
  return card("Devices", { tools: [h("a", { href: path("devices", { site: site.name, format: "csv" }), download: "devices.csv" }, "CSV")] },
    h("form", { class: "find", role: "search", onsubmit: (event) => event.preventDefault() },
      h("label", {}, "Find ", h("input", { type: "search", id: "find-device", "data-keep": "find", value: here().find ?? "", placeholder: "name, kind, role or error", oninput: (event) => find(event.target.value, context) })), states(all)),
    lists(context));
}

/** While somebody types the address follows, and the lists at once. */
function find(text, context) {
  history.replaceState(null, "", changed({ find: text }));
  become(document.getElementById("devices"), lists(context));
}

function states(all) {
  const chosen = here().state ?? "all";
  return h("p", { class: "range", role: "group", "aria-label": "State" }, ...Object.entries(STATES).map(([name, is]) => [name, all.filter(is).length])
    .filter(([name, count]) => count || name === "all" || name === "silent").map(([name, count]) => h("a", { href: changed({ state: name }), "aria-current": name === chosen ? "true" : null }, `${NAMES[name]} ${count}`)));
}

function lists({ all, zone, now }) {
  const { find: text = "", state } = here(), words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = all.filter(STATES[state] ?? STATES.all).filter((one) => words.every((word) => `${one.name} ${one.kind} ${one.role} ${roleName(one.role)} ${one.error}`.toLowerCase().includes(word)))
    .sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
  const dead = shown.filter((one) => one.up === false), rest = shown.filter((one) => one.up !== false);
  return h("div", { id: "devices", "aria-live": "off" }, dead.length ? silent(dead, zone, now) : null, rest.length ? answering(rest, all, zone, now) : null,
    shown.length ? null : empty(state === "silent" && !text ? "None is silent: every device that was asked has answered." : "No device fits: ", text ? h("a", { href: changed({ find: null, state: null }) }, "show all") : null));
}

const link = (one) => h("a", { href: to("device", one.name) }, one.name);
const read = (one, now) => (one.last_reading_at ? h("span", { title: utc(one.last_reading_at) }, `${ago(one.last_reading_at, now)} ago`) : "never");

function silent(dead, zone, now) {
  return table(`${dead.length} silent: nothing is booked of them while they are`, [
    ["Device", link], ["State", () => h("span", { class: "act" }, "● silent")], ["Since", (one) => when(one.since, zone)], ["For", (one) => ago(one.since, now), "n"],
    ["Why", (one) => h("div", { class: "reason act" }, one.error), "wide"], ["Last read", (one) => read(one, now), "n"], ["Kind", (one) => one.kind, "more"], ["Role", (one) => roleName(one.role), "more"]], dead);
}

function answering(rest, all, zone, now) {
  return table(`${rest.length} devices${rest.length === all.length ? "" : ` of ${all.length}`}; ${percent(all.filter(STATES.up).length / all.length)} of all answer`, [
    ["Device", link], ["State", (one) => (one.up ? [h("span", { class: "dot-up" }, "● "), "up"] : "○ not asked yet")], ["Since", (one) => (one.since ? when(one.since, zone) : null), "more"],
    ["Last read", (one) => read(one, now), "n"], ["Answer took", (one) => (one.up && one.answer_seconds !== null ? took(one.answer_seconds) : null), "n more"],
    ["Kind", (one) => one.kind, "more"], ["Role", (one) => roleName(one.role), "more"], ["Meters", (one) => String(one.meters), "n more"]], rest);
}

export const took = (seconds) => (seconds >= 1 ? `${digits(seconds)}\u202fs` : `${digits(seconds * 1000)}\u202fms`);
