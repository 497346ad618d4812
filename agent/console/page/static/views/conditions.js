// What a meter says beside power and energy, in units for people.

import { MISSING, THIN, digits, kwh, percent, scaled, watts } from "../format.js";

/** Each has a name for people, and how its value is written. */
const WRITTEN = {
  voltage_volts: ["Voltage", (one) => `${digits(one)}${THIN}V`],
  current_amperes: ["Current", (one) => `${digits(one)}${THIN}A`],
  frequency_hertz: ["Frequency", (one) => `${digits(one)}${THIN}Hz`],
  apparent_power_voltamperes: ["Apparent power", (one) => scaled(one, "VA").join(THIN)],
  apparent_energy_voltamperehours: ["Apparent energy", (one) => scaled(one, "VAh").join(THIN)],
  power_factor_ratio: ["Power factor", (one) => one.toFixed(2)],
  load_ratio: ["Load", percent],
  battery_ratio: ["Battery", percent],
  temperature_celsius: ["Temperature", (one) => `${one.toFixed(1)}${THIN}°C`],
  humidity_ratio: ["Humidity", percent],
};
const ORDER = Object.keys(WRITTEN);

/** Of an outlet 0 is off and 1 is on; other things count their states in their own way. */
export const stateOf = ({ scope, conditions: { state } }) =>
  (state === undefined ? null : scope === "outlet" ? { 0: "off", 1: "on" }[state] ?? `state ${state}` : `its own number ${state}`);

/** A condition's name for people, and its value. */
export const conditionName = (name) => (name === "state" ? "State" : WRITTEN[name]?.[0] ?? name.replaceAll("_", " "));
export function conditionOf(meter, name) {
  const value = meter.conditions[name];
  if (value === undefined) return null;
  return name === "state" ? stateOf(meter) : WRITTEN[name]?.[1](value) ?? digits(value);
}

/** The conditions that some of the meters say, in the order of a table. */
export function conditionsOf(meters) {
  const there = new Set(meters.flatMap((one) => Object.keys(one.conditions)));
  return [...there].sort((a, b) => (ORDER.indexOf(a) + 1 || 99) - (ORDER.indexOf(b) + 1 || 99) || a.localeCompare(b));
}

/** All of them in a line. */
export const conditions = (meter) => conditionsOf([meter]).map((name) => `${conditionName(name).toLowerCase()} ${conditionOf(meter, name)}`).join(" · ");

/** Of a water meter the rate is in litres, else in watts; so is what is booked. */
export const rate = ({ quantity, power_watts: power }) =>
  (quantity !== "water" ? watts(power) : power === null ? MISSING : `${digits((power * 60) / 1000)}${THIN}L/min`);
export const booked = ({ quantity, booked_kwh: energy, booked_ml: water }) =>
  (quantity !== "water" ? kwh(energy) : water === null ? MISSING : `${digits(water / 1000)}${THIN}L`);

/** A written amount in two: its number, which may have thin spaces, and its unit. */
export function parted(text) {
  const at = text.lastIndexOf(THIN);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

/** What people call a meter, and its id. */
export const nameOf = ({ id, name }) => (name ? `${name} (${id})` : id);

/** Meters in the order that people count in: outlet 2 before outlet 10. */
export const inOrder = (meters) => meters.toSorted((a, b) => a.id.localeCompare(b.id, "en", { numeric: true }));
