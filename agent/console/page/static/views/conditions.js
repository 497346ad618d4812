// What a meter says beside power and energy, in units for people.

import { digits, percent } from "../format.js";

const WRITTEN = {
  voltage_volts: (one) => `${digits(one)}\u2009V`, current_amperes: (one) => `${digits(one)}\u2009A`, frequency_hertz: (one) => `${digits(one)}\u2009Hz`,
  apparent_power_voltamperes: (one) => `${digits(one)}\u2009VA`, power_factor_ratio: (one) => `cos φ ${one.toFixed(2)}`, load_ratio: (one) => `load ${percent(one)}`,
  battery_ratio: (one) => `battery ${percent(one)}`, temperature_celsius: (one) => `${one.toFixed(1)}\u2009°C`, humidity_ratio: (one) => `${percent(one)} humidity`,
  state: (one) => ({ 0: "off", 1: "on" })[one] ?? `state ${one}`,
};

/** All of them in a line. */
export const conditions = ({ conditions: said }) => Object.entries(said).map(([name, value]) => WRITTEN[name]?.(value) ?? `${name} ${digits(value)}`).join(" · ");

/** What people call a meter, and its id. */
export const nameOf = ({ id, name }) => (name ? `${name} (${id})` : id);
