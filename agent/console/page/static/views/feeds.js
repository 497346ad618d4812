// How the feeds of a rack share its load, and what one would carry without the other.

import { h } from "../dom.js";
import { percent, watts } from "../format.js";
import { bar } from "../parts.js";

/** Power by feed, in the order of the feeds' names; null where a PDU of it is not known. */
export function feedsOf(pdus) {
  const found = new Map();
  for (const { tags: { feed }, power_watts: power } of pdus.filter((one) => one.tags.feed)) {
    const before = found.has(feed) ? found.get(feed) : 0;
    found.set(feed, before === null || power === null ? null : before + power);
  }
  return [...found].sort(([a], [b]) => a.localeCompare(b)).map(([feed, power]) => ({ feed, power }));
}

/** The shares as a bar and in words; nothing for a rack with less than two feeds. */
export function balance(pdus) {
  const feeds = feedsOf(pdus), total = feeds.reduce((sum, one) => sum + (one.power ?? 0), 0);
  if (feeds.length < 2) return feeds.length ? `${feeds[0].feed} only` : "no feed named";
  if (feeds.some((one) => one.power === null) || !total) return "not known";
  const words = feeds.map((one) => `${one.feed} ${percent(one.power / total)}`).join(" · ");
  return h("span", { class: "feeds" }, bar(Object.fromEntries(feeds.map((one, at) => [`feed-${at + 1}`, one.power / total])), words), h("span", { class: "note" }, words));
}

/** What stands on one feed alone, if the other fails. */
export function alone(pdus) {
  const feeds = feedsOf(pdus);
  if (feeds.length < 2 || feeds.some((one) => one.power === null)) return null;
  return `if one feed fails, the other carries ${watts(feeds.reduce((sum, one) => sum + one.power, 0))}`;
}
