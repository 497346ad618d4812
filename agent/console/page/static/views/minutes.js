// The last hour of a meter, minute by minute: how its energy is known, told apart by pattern.

import { h } from "../dom.js";
import { clock, digits, kwh } from "../format.js";
import { data, note, when } from "../parts.js";
import { legend } from "./legend.js";

const MINUTE = 60000, SHOWN = 60;
const BASES = {
  counter: "measured by its counter", integrated: "integrated from its power", interpolated: "a known sum over a gap: how it lies inside is not known",
  "lower-bound": "at least so much: its register began again", nothing: "nothing is known", coming: "on its way: a minute is whole once the reading after it has come",
};

/** The strip with its legend and its table. `up` says whether the device answers. */
export function minutes(found, { up, now, zone }) {
  const cells = cellsOf(found, up, now), runs = runsOf(cells), known = cells.filter(({ one }) => one && one.energy_wh !== null);
  const energy = known.reduce((sum, { one }) => sum + one.energy_wh, 0), counts = Object.keys(BASES).map((basis) => [basis, cells.filter((cell) => cell.basis === basis).length]).filter(([, count]) => count);
  const words = counts.map(([basis, count]) => `${count} min ${BASES[basis]}`).join("; ");
  return [h("div", { class: "strip", role: "img", "aria-label": `The last hour: ${words}` }, ...runs.map((run) => drawn(run, zone))),
    h("p", { class: "strip-times", "aria-hidden": "true" }, ...[cells[0].start, cells[30].start, cells.at(-1).start + MINUTE].map((at) => h("span", {}, clock(at, zone)))),
    legend(counts.map(([basis, count]) => [`basis-${basis}`, `${count} min ${BASES[basis]}`]), "How the minutes are known"),
    note(known.length ? `${kwh(energy / 1000)} in ${known.length} of ${SHOWN} minutes.` : "No energy is known of them.", " A lower bar is a minute of which only a part is known."),
    data([["Minute", ({ start }) => when(new Date(start).toISOString(), zone, { short: true })], ["Power", ({ one }) => (one?.power_watts === undefined || one.power_watts === null ? null : `${digits(one.power_watts)}\u202fW`), "n"],
      ["Energy", ({ one }) => (one && one.energy_wh !== null ? `${digits(one.energy_wh)}\u202fWh` : null), "n"], ["Known", ({ one }) => `${Math.round(one?.covered_s ?? 0)}\u202fs`, "n"],
      ["How", ({ basis }) => BASES[basis].split(":")[0]]], cells.toReversed())];
}

/** The last 60 whole minutes up to now, whether or not anything is known of them. */
function cellsOf(found, up, now) {
  const byStart = new Map(found.map((one) => [Date.parse(one.start), one])), end = Math.floor(Date.parse(now) / MINUTE) * MINUTE;
  const last = Math.max(...found.filter((one) => one.basis).map((one) => Date.parse(one.start)), 0);
  return Array.from({ length: SHOWN }, (_, at) => {
    const start = end - (SHOWN - at) * MINUTE, one = byStart.get(start);
    return { start, one, basis: one?.basis ?? (up && last && start > last ? "coming" : "nothing") };
  });
}

/** Neighbours that are known in the same way, to the same part, are drawn as one. */
function runsOf(cells) {
  const runs = [];
  for (const { start, basis, one } of cells) {
    const part = one?.basis ? Math.max(Math.round((one.covered_s / 60) * 10) / 10, 0.1) : 1, last = runs.at(-1);
    if (last?.basis === basis && last.part === part) last.count += 1;
    else runs.push({ start, basis, part, count: 1 });
  }
  return runs;
}

function drawn({ start, basis, part, count }, zone) {
  return h("span", { class: `basis-${basis}`, style: { flex: `${count} 1 0`, height: `${part * 100}%` }, title: `${clock(start, zone)} to ${clock(start + count * MINUTE, zone)}: ${count} min ${BASES[basis]}` });
}
