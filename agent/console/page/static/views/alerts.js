// What fires by the agent's own rules: how grave, of what, in words, since when, and what to do.

import { h } from "../dom.js";
import { MISSING, intensity, lasting, mass, percent } from "../format.js";
import { mark, when } from "../parts.js";
import { to } from "../place.js";

const SEVERITIES = ["critical", "warning", "info"];

/** How many fire and how grave the gravest are, in words; and its severity, null where none fires. */
export function summed({ evaluated, firing }) {
  const worst = SEVERITIES.find((one) => firing[one]), all = SEVERITIES.reduce((sum, one) => sum + firing[one], 0);
  if (!worst) return [evaluated ? "no alert" : "alerts are off", null];
  const plural = all === 1 ? "alert" : "alerts";
  return [firing[worst] === all ? `${all} ${worst} ${plural}` : `${all} ${plural}, ${firing[worst]} ${worst}`, worst];
}

/** Those that fire, of each thing the gravest; and those that are about to. */
export const firing = (items) => items.filter((one) => one.state === "firing" && !one.graver);
export const pending = (items) => items.filter((one) => one.state === "pending");

/** One that fires, with what else is said of the same: another look, its own lesser severity. */
export function alert(one, site, lesser, ...also) {
  return h("li", { class: `alert ${one.severity}` }, severity(one.severity), " ", words(one), elsewhere(one, site),
    h("span", { class: "way" }, "fires since ", when(one.fired_at, site.timezone), ` · value ${written(one.value, one.unit)}, fires ${one.fires} ${written(one.threshold, one.unit)}`,
      lesser.length ? `, as a ${lesser.map(({ severity, threshold, unit }) => `${severity} ${one.fires} ${written(threshold, unit)}`).join(" and as a ")} too` : null),
    ...also, h("span", { class: "way" }, "What to do: ", runbook(one)));
}

/** One that is about to. */
export const coming = (one, site) => h("li", {}, severity(one.severity), " ", words(one), elsewhere(one, site),
  h("span", { class: "way" }, "holds since ", when(one.since, site.timezone), ", and fires if it lasts"));

const severity = (name) => h("span", { class: `severity ${name}` }, name);
const elsewhere = ({ labels }, site) => (labels.site && labels.site !== site.name ? [" ", mark(`at ${labels.site}`, "Another site")] : null);

/** Its sentence, in which the thing that it is about leads to the view of it. */
function words({ summary, thing, ...about }) {
  const place = placeOf(thing, about), name = place ? h("a", { href: place }, thing) : thing;
  const [, before, after] = summary.match(new RegExp(`^(.*?(?<![\\w/-]))${escaped(thing)}((?![\\w/-]).*)$`, "s")) ?? [null, null, summary];
  return before === null ? [h("strong", {}, name), " ", after] : [before, h("strong", {}, name), after];
}
const escaped = (text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");

function placeOf(thing, { kind, labels }) {
  if (kind === "device") return to("device", thing);
  if (kind === "meter") return to("device", labels.device, { meter: thing === labels.device ? null : thing });
  return kind === "grid" || kind === "rack" ? to(kind, thing, { site: labels.site }) : null;
}

/** A value of an alert with its unit. */
function written(value, unit) {
  if (value === null) return MISSING;
  if (unit === "share") return percent(value);
  if (unit === "times") return `${value.toFixed(2)} times`;
  if (unit === "seconds") return lasting(value);
  return unit === "g/h" ? `${mass(value / 1000)}/h` : intensity(value);
}

/** Where it stands what to do: a link if it is an address, else the command that prints it. */
function runbook({ name, runbook: address }) {
  return ["https://", "http://"].some((scheme) => address.startsWith(scheme)) ? h("a", { href: address, target: "_blank", rel: "noreferrer noopener" }, name, " in the runbook")
    : h("code", { title: "An address as alerts.runbook of the settings makes it a link" }, `carbond alerts runbook ${name}`);
}
