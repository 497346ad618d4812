// Ask a device now, beside its polls. Nothing of it is booked.

import { probe } from "../api.js";
import { h } from "../dom.js";
import { digits, watts } from "../format.js";
import { note, table, when } from "../parts.js";
import { conditionName, conditionOf, conditionsOf } from "./conditions.js";
import { took } from "./devices.js";

/** The button that asks. */
export function probing(name, zone) {
  return h("button", { type: "button", id: "probe", "data-keep": "probe", title: "Reads it once, and books nothing", onclick: (event) => again(name, event.currentTarget, zone) }, "Probe now");
}

/** Where its answer stands. */
export const probed = () => h("div", { id: "probed", "data-keep": "probed", role: "status", "aria-live": "polite" });

async function again(name, button, zone) {
  const place = document.getElementById("probed");
  button.disabled = true;
  place.replaceChildren(note("Asking it …"));
  try {
    place.replaceChildren(...said(await probe(name), zone));
  } catch (error) {
    place.replaceChildren(...refused(error));
  }
  button.disabled = false;
}

function said({ at, seconds, error, readings }, zone) {
  const words = error ? note(h("span", { class: "act" }, error), ` after ${took(seconds)}`) : note("It answered in ", took(seconds), " at ", when(at, zone), ".");
  if (!readings.length) return [words];
  const meters = readings.map((one) => ({ ...one, scope: one.meter.split("/")[1] ?? "total" })), amount = (value, unit) => (value === null || value === undefined ? null : `${digits(value)}\u202f${unit}`);
  return [words, table(`${readings.length} meters, as they came`, [["Meter", (one) => one.meter], ["Power", (one) => (one.water_litres_per_second ? amount(one.water_litres_per_second, "L/s") : watts(one.power_watts)), "n"],
    ["Register", (one) => (one.water_litres ? amount(one.water_litres, "L") : amount(one.energy_joules === null || one.energy_joules === undefined ? null : one.energy_joules / 3.6e6, "kWh")), "n"],
    ...conditionsOf(meters).map((name) => [conditionName(name), (one) => conditionOf(one, name), "n"]), ["Odd", (one) => one.flags.join(", ")]], meters)];
}

/** Without a token of scope admin nothing can be asked: this is how one is made. */
function refused(error) {
  if (![401, 403].includes(error.status)) return [note(h("span", { class: "act" }, error.detail ?? error.message))];
  return [note(h("span", { class: "act" }, "This asks the device for something, so it needs a token of scope admin.")),
    h("ol", { class: "steps" }, h("li", {}, h("code", {}, "carbond token --name me --scope admin"), " makes one, and shows it once."), h("li", {}, "Put the lines that it prints under ", h("code", {}, "http.tokens"), " in the settings, and restart carbond."),
      h("li", {}, h("button", { type: "button", onclick: otherToken }, "Enter the token"), ", and probe again."))];
}

/** The page asks for a token when the API does. */
function otherToken() {
  sessionStorage.removeItem("token");
  location.reload();
}
