// What emissions stand on: final intensities, estimates, what stands in for them, nothing.

import { percent } from "../format.js";
import { bar } from "../parts.js";

const NAMES = { final: "final", estimated: "estimated", fallback: "stands in", uncovered: "without intensity" };

/** The four shares in words; those that are none are left out. */
export function fourWords(shares) {
  const said = Object.entries(NAMES).filter(([name]) => shares[name] > 0.00005).map(([name, text]) => `${percent(shares[name])} ${text}`);
  return said.length ? said.join(", ") : "stands on nothing yet";
}

/** The four shares as a bar. */
export const fourShares = (shares) =>
  bar(Object.fromEntries(Object.keys(NAMES).map((name) => [name, shares[name] ?? 0])), fourWords(shares));
