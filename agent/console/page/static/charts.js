// Charts, drawn once the library has come. Until then, and without it, the numbers are there.

import { h } from "./dom.js";
import { clock, day, digits, moment, utc } from "./format.js";

let library = null;
const load = () => (library ??= import("/page/charts/index.js").then((module) => module.echarts).catch(() => null));
const drawn = new Map();

/** A colour or other value of the style sheet. */
export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** Of intensities: from light to dark, told apart without seeing colours too. */
const SCALE = ["#fff3c4", "#fed27a", "#f59b3a", "#cf6216", "#8f3508"];
export function intensityColour(value, most = 700) {
  return SCALE[Math.min(Math.floor((Math.max(value, 0) / most) * SCALE.length), SCALE.length - 1)];
}

/** Estimated is a pattern, never a colour. */
export const hatch = () => ({ symbol: "rect", rotation: Math.PI / 4, dashArrayX: [1, 0], dashArrayY: [2, 3], color: colour("hatch") });

/** A place for a chart; `key` says which one it is, so that it stays the same when numbers change. `picked(item)` hears of clicks. */
export function chart(key, option, label, { size = "", picked = null } = {}) {
  const place = h("div", { class: `chart ${size}`, role: "img", "aria-label": label, "data-keep": key });
  Object.assign(place, { option, picked });
  queueMicrotask(() => draw(key, option));
  return place;
}

async function draw(key, option) {
  const echarts = await load();
  const place = document.querySelector(`[data-keep="${CSS.escape(key)}"]`);
  if (!place) return;
  if (!echarts) {
    place.classList.add("low");
    place.textContent = "The charts could not be loaded: the numbers are below.";
    return;
  }
  let one = drawn.get(key);
  if (one?.getDom() !== place) {
    one?.dispose();
    one = echarts.init(place, null, { renderer: "canvas" });
    drawn.set(key, one);
    one.on("click", ({ data }) => place.picked?.(data));
    new ResizeObserver(() => one.isDisposed() || one.resize()).observe(place);
  }
  one.setOption({ ...common(), ...option() }, { replaceMerge: ["series"] });
}

/** Draw all again, in other colours. */
export function recolour() {
  for (const [key, one] of drawn) {
    const place = one.getDom();
    if (place?.isConnected && place.option) draw(key, place.option);
  }
}

/** Forget the charts of a view that is left. */
export function leave() {
  for (const [key, one] of drawn) {
    if (!one.getDom()?.isConnected) {
      one.dispose();
      drawn.delete(key);
    }
  }
}

/** The chart as a PNG, as it is. */
export function png(key, name) {
  const one = drawn.get(key);
  if (!one) return;
  h("a", { href: one.getDataURL({ pixelRatio: 2, backgroundColor: colour("card") }), download: `${name}.png` }).click();
}
export const saved = (key, name) => h("button", { class: "plain", type: "button", title: "Save as PNG", onclick: () => png(key, name) }, "PNG");

function common() {
  return {
    animation: false, textStyle: { color: colour("ink"), fontFamily: "inherit" },
    aria: { enabled: true, decal: { show: false } }, grid: { left: 8, right: 12, top: 48, bottom: 4, containLabel: true },
    legend: { top: 0, left: 0, itemWidth: 14, itemHeight: 9, icon: "roundRect", textStyle: { color: colour("quiet") } },
  };
}

/** The axis of time at a site. */
export function timeAxis(zone, more = {}) {
  return { type: "time", axisLine: { lineStyle: { color: colour("line") } }, splitLine: { show: false },
    axisLabel: { color: colour("quiet"), hideOverlap: true, lineHeight: 14, fontSize: 11, formatter: (at) => `${clock(at, zone)}\n${day(at, zone)}` }, ...more };
}
export function valueAxis(name, more = {}) {
  return { type: "value", name, nameTextStyle: { color: colour("quiet"), align: "left" }, axisLabel: { color: colour("quiet"), formatter: digits },
    splitLine: { lineStyle: { color: colour("line") } }, ...more };
}

/** A tooltip of plain text: the policy allows no styles in it. `of(value, name)` writes a value. */
export function tooltip(zone, of) {
  return { trigger: "axis", renderMode: "richText", confine: true, backgroundColor: colour("card"), borderColor: colour("line"),
    textStyle: { color: colour("ink"), fontSize: 12 },
    formatter: (points) => [`${moment(points[0].axisValue, zone)}  (${utc(points[0].axisValue)})`,
      ...points.filter((one) => one.value?.[1] !== null && one.value?.[1] !== undefined).map((one) => `${one.seriesName}  ${of(one.value[1], one.seriesName, one)}`)].join("\n") };
}

/** Points of a column; null stays null, so that a gap is one. */
export const points = (times, values) => times.map((at, i) => [Date.parse(at), values[i]]);

/** A line in a chart of power and such. */
export function line(name, times, values, more = {}) {
  return { name, type: "line", showSymbol: false, sampling: "lttb", connectNulls: false, lineStyle: { width: 1.6 }, data: points(times, values), ...more };
}

/** The times in which not all is known: a sum is too low there, and that is drawn. */
export function unknown(times, coverage, name) {
  const areas = [];
  coverage.forEach((share, at) => {
    const last = areas.at(-1);
    if (share >= 0.999 || at === times.length - 1) return;
    if (last?.[1].at === at) Object.assign(last[1], { xAxis: Date.parse(times[at + 1]), at: at + 1 });
    else areas.push([{ xAxis: Date.parse(times[at]), name }, { xAxis: Date.parse(times[at + 1]), at: at + 1 }]);
  });
  const long = areas.filter(([from, to]) => to.xAxis - from.xAxis >= 5 * 60000);
  return { silent: true, data: long, label: { color: colour("quiet"), fontSize: 10, position: "insideTop" },
    itemStyle: { color: colour("rest"), opacity: 0.22, decal: hatch() } };
}
