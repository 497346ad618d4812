// What needs a look: what fires, what is wrong, since when, and the way out. What is both is said once.

import { askAll } from "../api.js";
import { h } from "../dom.js";
import { empty, note, when, worded } from "../parts.js";
import { to } from "../place.js";
import { alert, coming, firing, pending } from "./alerts.js";

/** A phone shows so many before the rest is unfolded. */
const MOST = 10;

/** A list of alerts and of troubles; `nothing` is said where there are none. */
export function looks(alerts, troubles, site, nothing) {
  const fire = firing(alerts), lesser = (one) => alerts.filter(({ graver, state }) => graver === one.id && state === "firing");
  const whose = (trouble) => fire.find((one) => said(one, alerts, trouble)), apart = troubles.filter((one) => !whose(one));
  const soon = pending(alerts).filter((one) => !one.graver && !apart.some((trouble) => trouble.alerts.includes(one.id)));
  const items = fire.map((one) => alert(one, site, lesser(one), ...troubles.filter((trouble) => whose(trouble) === one).map((trouble) => too(trouble, site.timezone))));
  return [fire.length ? [h("h3", {}, "Alerts that fire"), h("ul", { class: "troubles fires" }, ...items.slice(0, MOST)), rest(items.slice(MOST), "troubles fires")] : null,
    fire.length && apart.length ? h("h3", {}, "Also needs a look") : null,
    apart.length ? h("ul", { class: "troubles" }, ...apart.map((one) => trouble(one, alerts, site.timezone))) : null,
    fire.length || apart.length ? null : empty(nothing),
    soon.length ? h("details", { class: "data soon" }, h("summary", {}, `${soon.length} pending: ${soon.length === 1 ? "an alert" : "alerts"} that will fire if it lasts`),
      h("ul", { class: "troubles" }, ...soon.map((one) => coming(one, site)))) : null];
}

const rest = (items, kind) => (items.length ? h("details", { class: "data" }, h("summary", {}, `${items.length} more`), h("ul", { class: kind }, ...items)) : null);

/** Whether an alert, or what it is the graver of, says what a trouble says. */
const said = ({ id }, alerts, trouble) => trouble.alerts.some((one) => one === id || alerts.find((other) => other.id === one)?.graver === id);

const since = (one, zone) => (one.since ? ["since ", when(one.since, zone), ": "] : null);

function trouble(one, alerts, zone) {
  const [first] = one.alerts, soon = alerts.some(({ id, state }) => id === first && state === "pending"), too = soon ? " An alert of it is pending." : " An alert says the same.";
  return h("li", {}, h("strong", {}, linked(one)), " ", ...worded(one.what, zone), h("span", { class: "way" }, since(one, zone), ...worded(one.way_out, zone), first ? too : null));
}

/** A trouble of which an alert fires: what it adds. */
const too = (one, zone) => h("span", { class: "way" }, "Also found, and shown once: ", linked(one), " ", ...worded(one.what, zone), "; ", since(one, zone), ...worded(one.way_out, zone));

function linked({ kind, name }) {
  if (kind === "device") return h("a", { href: to("device", name) }, name);
  if (kind === "meter") return h("a", { href: to("device", name.split("/")[0]) }, name);
  return kind === "grid" ? h("a", { href: to("grid", name) }, name) : name;
}

/** Whether there are alerts to be told of: one line. */
export function standing({ evaluated, firing: counts, items, next }) {
  if (!evaluated) return note("No alerts are evaluated here, so that none fires says nothing: `alerts.disabled` of the settings lists all of them.");
  if (next) return note(`The gravest ${items.length} alerts; \`carbond alerts\` lists all.`);
  return Object.values(counts).some(Boolean) ? null : note("No alert fires: the thresholds are those under `alerts:` of the settings, and the usual ones where it has none.");
}

/** Those that are of some devices: themselves, their meters, and the nodes between them. */
export function of(troubles, devices) {
  const names = new Set(devices);
  return troubles.filter(({ kind, name }) => ["device", "meter", "node"].includes(kind) && name.split(" + ").some((one) => names.has(one.split("/")[0])));
}
/** All alerts there are; the page knows the gravest. */
export const every = ({ items, next }) => (next ? askAll("alerts") : items);

/** The alerts of a rack: of it, of what stands in it, and of the nodes between. */
export const inRack = (alerts, site, rack, devices) => alerts.filter(({ kind, thing, labels }) => (kind === "rack" ? thing === rack && labels.site === site.name
  : kind === "node" ? thing.split(" ").some((one) => devices.includes(one.split("/")[0])) : devices.includes(labels.device)));

/** The devices that do not answer. */
export const silent = (troubles) => new Set(troubles.filter((one) => one.kind === "device").map((one) => one.name));
