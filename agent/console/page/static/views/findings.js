// What registers did beside counting. A device that restarts resets all its registers: that is one thing.

import { h } from "../dom.js";
import { MISSING, digits } from "../format.js";
import { empty, note, table, when } from "../parts.js";
import { to } from "../place.js";

const TOGETHER = 10 * 60000;
const WHAT = {
  rollover: "began again at its span (no energy is lost)", reset: "began again at zero (what was used in between is a lower bound)",
  restart: "began again at zero, with the device", day: "began again at zero with the day", glitch: "showed one absurd value (it is left out)",
  stuck: "stood still while power flowed (the power is integrated)", replaced: "was replaced, or leapt by more than can have flowed",
};

export function findings({ items, next }, zone) {
  if (!items.length) return empty("None: no register was reset, rolled over, stood still or was replaced.");
  return [h("ul", { class: "troubles" }, ...grouped(items).map((many) => event(many, zone))),
    next ? note(`The newest ${items.length}; the CSV goes further back.`) : null];
}

const deviceOf = ({ meter }) => meter.split("/")[0];

/** What one device's registers did at about the same time. The newest are first. */
function grouped(items) {
  const found = [];
  for (const one of items) {
    const same = found.find(([first, ...rest]) => deviceOf(first) === deviceOf(one) && first.oddity === one.oddity
      && Date.parse((rest.at(-1) ?? first).at) - Date.parse(one.at) <= TOGETHER);
    if (same) same.push(one);
    else found.push([one]);
  }
  return found;
}

function event(many, zone) {
  const [first] = many, single = many.length === 1, meters = new Set(many.map((one) => one.meter)).size;
  const who = meters === 1 ? first.meter : deviceOf(first), times = single ? "" : meters === 1 ? `, ${many.length} times` : ", each of them";
  return h("li", {}, h("a", { href: to("device", deviceOf(first)) }, h("strong", {}, who)), meters === 1 ? " " : `: ${meters} registers `,
    WHAT[first.oddity] ?? first.oddity, times, ", seen ", when(many.at(-1).at, zone),
    single ? h("span", { class: "way" }, `It showed ${amount(first, "before")}, then ${amount(first, "now")}; booked for the time between: ${amount(first, "booked")}.`)
      : h("details", { class: "data" }, h("summary", {}, "Each of them"), registers(many, zone)));
}

const amount = (one, name) => (one[name] === null ? MISSING : `${digits(one[name])}\u202f${one.unit}`);

const registers = (many, zone) => table("", [["Meter", (one) => h("a", { href: to("explain", one.meter) }, one.meter)], ["Seen", (one) => when(one.at, zone)],
  ["Before", (one) => amount(one, "before"), "n"], ["Then", (one) => amount(one, "now"), "n"], ["Booked", (one) => amount(one, "booked"), "n"]],
many.toSorted((a, b) => a.meter.localeCompare(b.meter, "en", { numeric: true })));
