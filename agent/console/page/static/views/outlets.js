// The outlets of a rack's PDUs: what hangs on each, and whether it is on.

import { h } from "../dom.js";
import { percent, watts } from "../format.js";
import { bar, card, empty, table } from "../parts.js";
import { to } from "../place.js";
import { booked, conditionOf, inOrder, stateOf } from "./conditions.js";

/** A card for each PDU, with its outlets in order. */
export function outlets(pdus, found, hour) {
  return pdus.map((pdu) => {
    const its = inOrder(found.filter((one) => one.device === pdu.device && one.scope === "outlet"));
    return card(`Outlets of ${pdu.id}${pdu.tags.feed ? `, feed ${pdu.tags.feed}` : ""}`, { id: `outlets-${pdu.id}`, wide: "w6" },
      its.length ? listed(its, pdu, hour) : empty("It tells no outlets: some models cannot, and others are asked for them with ", h("code", {}, "read: [total, outlet]"), "."));
  });
}

function listed(its, pdu, hour) {
  const most = Math.max(...its.map((one) => one.power_watts ?? 0), 1), states = its.some((one) => stateOf(one) !== null);
  return table(together(its, pdu), [
    ["Outlet", (one) => h("a", { href: to("explain", one.id, { hour }), "aria-label": `Explain ${one.id}` }, called(one))],
    ...(states ? [["State", (one) => h("span", { class: stateOf(one) === "off" ? "off" : "" }, stateOf(one))]] : []),
    ["Power", (one) => watts(one.power_watts), "n"],
    ["", (one) => bar({ level: (one.power_watts ?? 0) / most }, `${percent((one.power_watts ?? 0) / most)} of the strongest outlet`), "level"],
    ["Current", (one) => conditionOf(one, "current_amperes"), "n"],
    ["Booked", booked, "n"]], its);
}

/** The outlets and the PDU measure the same current: what they disagree by is said. */
function together(its, pdu) {
  const silent = its.filter((one) => one.power_watts === null).length, all = its.reduce((sum, one) => sum + (one.power_watts ?? 0), 0);
  const idle = its.filter((one) => one.power_watts === 0).length;
  if (silent) return `${its.length} outlets, ${silent} of them say no power; ${watts(all)} the others`;
  return `${its.length} outlets, ${idle} without load; ${watts(all)} together, the PDU itself says ${watts(pdu.power_watts)}`;
}

/** "Outlet 7" is its number again: then the number is enough. */
function called({ id, name }) {
  const number = id.split("/").at(-1);
  return !name || name.toLowerCase() === `outlet ${number}` ? number : `${number}  ${name}`;
}
