// Charts, drawn once the library has come. Until then, and without it, the numbers are there.

import { h } from "./dom.js";
import { clock, day, moment, short, utc } from "./format.js";
import { pointed } from "./pointing.js";

let library = null;
const load = () => (library ??= import("/page/charts/index.js").then((module) => module.echarts).catch(() => null));
const drawn = new Map();

/** A colour or other value of the style sheet. */
export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** Of intensities, by so many g/kWh each: from light to dark, told apart without seeing colours too. */
export const SCALE = ["#fff3c4", "#fed27a", "#f59b3a", "#cf6216", "#8f3508"], EACH = 140;
export const intensityColour = (value) => SCALE[Math.min(Math.floor(Math.max(value, 0) / EACH), SCALE.length - 1)];

/** Estimated is a pattern, never a colour. */
export const hatch = () => ({ symbol: "rect", rotation: Math.PI / 4, dashArrayX: [1, 0], dashArrayY: [2, 3], color: colour("hatch") });

/**
 * A place for a chart; `key` says which one it is, so that it stays the same when numbers change.
 * `picked(item)` hears of clicks on what is drawn, `opened({at, value})` of those in the plot.
 */
export function chart(key, option, label, { size = "", picked = null, opened = null } = {}) {
  const place = h("div", { class: `chart ${size}`, role: "img", "aria-label": label, "data-keep": key });
  // It is drawn when the view stands on the page, which is once this turn is over.
  setTimeout(() => draw(key, { option, picked, opened }));
  return place;
}

async function draw(key, shown) {
  const echarts = await load();
  const place = document.querySelector(`[data-keep="${CSS.escape(key)}"]`);
  if (!place) return;
  Object.assign(place, shown);
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
    pointed(one, place);
    new ResizeObserver(() => one.isDisposed() || one.resize()).observe(place);
  }
  one.setOption({ ...common(), ...shown.option() }, { replaceMerge: ["series"] });
}

/** Draw all again, in other colours. */
export function recolour() {
  for (const [key, one] of drawn) {
    const place = one.getDom();
    if (place?.isConnected && place.option) draw(key, place);
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
    animation: false, textStyle: { color: colour("ink"), fontFamily: getComputedStyle(document.body).fontFamily },
    // The place has its own label, and a table beside it.
    aria: { enabled: true, label: { enabled: false }, decal: { show: false } }, grid: { left: 8, right: 20, top: 48, bottom: 4, containLabel: true },
    legend: names(),
  };
}

/** The names of the series, in one line however narrow it is. */
export const names = (more = {}) => ({ type: "scroll", top: 0, left: 0, right: 8, itemWidth: 14, itemHeight: 9, icon: "roundRect", textStyle: { color: colour("quiet"), fontSize: small() },
  pageIconColor: colour("accent"), pageIconInactiveColor: colour("line"), pageTextStyle: { color: colour("quiet") }, ...more });

/** Of the words in a chart, in pixels: they grow with the page. */
export const small = () => parseFloat(getComputedStyle(document.documentElement).fontSize) * 0.7;

/** The axis of time at a site. */
export function timeAxis(zone, more = {}) {
  return { type: "time", axisLine: { lineStyle: { color: colour("line") } }, splitLine: { show: false },
    axisLabel: { color: colour("quiet"), hideOverlap: true, lineHeight: small() + 3, fontSize: small(), formatter: (at) => `${clock(at, zone)}\n${day(at, zone)}` }, ...more };
}
export function valueAxis(name, more = {}) {
  return { type: "value", name, nameTextStyle: { color: colour("quiet"), align: "left", fontSize: small() }, axisLabel: { color: colour("quiet"), fontSize: small(), formatter: short },
    splitLine: { lineStyle: { color: colour("line") } }, ...more };
}

/** How a tooltip looks: plain text, since the policy allows no styles in it. */
export const tip = (formatter) => ({ renderMode: "richText", confine: true, backgroundColor: colour("card"), borderColor: colour("line"),
  textStyle: { color: colour("ink"), fontSize: small() + 1 }, formatter });

/** One over time. `of(value, name)` writes a value; `shift` is by how much bars stand after their time. */
export function tooltip(zone, of, shift = 0) {
  return { trigger: "axis", ...tip((points) => [`${moment(points[0].axisValue - shift, zone)}  (${utc(points[0].axisValue - shift)})`,
      ...points.filter((one) => one.value?.[1] !== null && one.value?.[1] !== undefined).map((one) => `${one.seriesName}  ${of(one.value[1], one.seriesName, one)}`)].join("\n")) };
}

/** Points of a column; null stays null, so that a gap is one. */
export const points = (times, values, shift = 0) => times.map((at, i) => [Date.parse(at) + shift, values[i]]);

/** By how much a bar stands after its time, to stand over the middle of it. */
export const half = (times) => (times.length > 1 ? (Date.parse(times[1]) - Date.parse(times[0])) / 2 : 0);

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
  return { silent: true, data: long, label: { color: colour("quiet"), fontSize: small() - 1, position: "insideTop" },
    itemStyle: { color: colour("rest"), opacity: 0.22, decal: hatch() } };
}
