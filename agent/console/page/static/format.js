// Numbers and times for people: three significant digits, SI prefixes, a thin space, a unit always.

/** Narrow, and no line breaks at it: a number stays with its unit. */
export const THIN = "\u202f";
export const MISSING = "–";
const PREFIXES = [[1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""]];

/** Three significant digits, and no exponent. */
export function digits(value) {
  if (value === null || value === undefined) return MISSING;
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString("en").replaceAll(",", THIN);
  const places = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return value.toFixed(places);
}

/** As short as it can be told: on an axis 90 stands beside 120. */
export const short = (value) => (Math.abs(value) >= 1000 ? digits(value) : String(Number(value.toPrecision(3))));

/** A value and its unit with a prefix: [137, "kW"]. */
export function scaled(value, unit) {
  if (value === null || value === undefined) return [MISSING, unit];
  // 999.7 would be written as 1000 of its unit.
  const [factor, prefix] = PREFIXES.find(([least]) => Math.abs(value) >= least * 0.9995) ?? [1, ""];
  return [digits(value / factor), prefix + unit];
}

const joined = ([number, unit]) => (number === MISSING ? MISSING : `${number}${THIN}${unit}`);

export const watts = (value) => joined(scaled(value, "W"));
export const kwh = (value) => joined(scaled(value === null || value === undefined ? value : value * 1000, "Wh"));
export const intensity = (value) => (value === null || value === undefined ? MISSING : `${digits(value)}${THIN}g/kWh`);
export const ratio = (value) => (value === null || value === undefined ? MISSING : value.toFixed(2));

/** Grams, kilograms, tonnes: a tonne is no kilokilogram. */
export function massOf(kg) {
  if (kg === null || kg === undefined) return [MISSING, "kg"];
  if (Math.abs(kg) >= 999.5) return [digits(kg / 1000), "t"];
  return Math.abs(kg) >= 0.9995 || kg === 0 ? [digits(kg), "kg"] : [digits(kg * 1000), "g"];
}
export const mass = (kg) => joined(massOf(kg));

/** A share in percent; what is nearly all is never rounded up to all. */
export function percent(share) {
  if (share === null || share === undefined) return MISSING;
  const value = share * 100;
  const shown = value > 99.9 && value < 100 - 1e-6 ? 99.9 : value;
  return `${shown >= 99.95 || shown === 0 ? shown.toFixed(0) : shown.toFixed(1)}${THIN}%`;
}

const formats = new Map();
function format(zone, options) {
  const key = zone + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options }));
  return formats.get(key);
}

export const clock = (at, zone) => format(zone, { hour: "2-digit", minute: "2-digit" }).format(new Date(at));
export const day = (at, zone) => format(zone, { day: "numeric", month: "short" }).format(new Date(at));
export const moment = (at, zone) =>
  format(zone, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(new Date(at));
export const zoneName = (at, zone) =>
  format(zone, { timeZoneName: "short" }).formatToParts(new Date(at)).find((one) => one.type === "timeZoneName").value;
/** For hovering: the same in UTC. */
export const utc = (at) => new Date(at).toISOString().slice(0, 16).replace("T", " ") + " UTC";

/** The day of a moment at a place: 2026-11-23. */
export function dayOf(at, zone) {
  return format(zone, { year: "numeric", month: "2-digit", day: "2-digit" }).formatToParts(new Date(at))
    .reduce((parts, { type, value }) => ({ ...parts, [type]: value }), {});
}
export function isoDay(at, zone) {
  const { year, month, day: number } = dayOf(at, zone);
  return `${year}-${month}-${number}`;
}

/** How long ago: "12 s", "3 min". */
export const ago = (since, now) => lasting((new Date(now) - new Date(since)) / 1000);
export function lasting(time) {
  const seconds = Math.max(Math.round(time), 0), minutes = Math.round(seconds / 60);
  if (seconds < 90) return `${seconds}${THIN}s`;
  if (minutes < 60) return `${minutes}${THIN}min`;
  if (minutes < 48 * 60) return `${Math.round(minutes / 60)}${THIN}h`;
  return `${Math.round(minutes / 1440)}${THIN}d`;
}

const ROLES = {
  utility: "Utility", generator: "Generator", onsite: "On site", "ups-input": "UPS input", "ups-output": "UPS output", feed: "Feed",
  rack: "Rack", outlet: "Outlet", device: "Server", cooling: "Cooling", lighting: "Lighting", other: "Other", water: "Water",
  "heat-reuse": "Reused heat",
};
export const roleName = (role) => ROLES[role] ?? role;
