// The page: which view is open, and what it shows, again every few seconds while somebody looks.

import { Problem, ask, save } from "./api.js";
import { leave, recolour } from "./charts.js";
import { become, h } from "./dom.js";
import { clock, percent, utc, zoneName } from "./format.js";
import { when, worded } from "./parts.js";
import { changed, here, to } from "./place.js";
import { summed } from "./views/alerts.js";
import * as carbon from "./views/carbon.js";
import * as device from "./views/device.js";
import * as explain from "./views/explain.js";
import * as grid from "./views/grid.js";
import * as overview from "./views/overview.js";
import * as quality from "./views/quality.js";
import * as rack from "./views/rack.js";

const EVERY = 5000;
/** Of the alerts, the gravest. */
const SHOWN = 50;
/** Each has a name for people, and makes an element from what the API says. */
const VIEWS = { overview, rack, device, grid, carbon, quality, explain };
const main = document.getElementById("main");
let turn = 0, running = 0;

async function refresh() {
  const mine = ++turn;
  running += 1;
  try {
    await look(here(), () => mine === turn);
  } catch (error) {
    if (mine === turn) failed(error);
  }
  running -= 1;
}

/** Show a place, as long as it is the one that is wanted. */
async function look(place, wanted) {
  const view = VIEWS[place.view];
  if (!view) throw new Problem(404, "There is no such view", `Nothing is called ${place.view}: choose one above.`);
  const [{ items: sites }, alerts] = await Promise.all([ask("sites"), ask("alerts", { limit: SHOWN })]);
  if (!sites.length) throw new Problem(404, "No site yet", "The settings have none: add one under `sites`, and a device under `devices`.");
  const site = sites.find((one) => one.name === place.site) ?? sites[0];
  if (wanted()) head(site, sites, place, alerts);
  const fresh = await view.show({ place, site, zone: site.timezone, now: site.at, alerts });
  if (!wanted()) return;
  const titled = fresh.querySelector("h1") ? null : h("h1", { class: "unseen" }, view.title);
  put(h("div", { "data-view": `${place.view}/${place.name}` }, titled, fresh));
  document.title = `${place.name || view.title} · carbond`;
  standing(site);
}

function put(fresh) {
  const before = main.firstElementChild;
  if (before?.dataset.view === fresh.dataset.view) become(before, fresh);
  else main.replaceChildren(fresh);
  leave();
  point();
  // What is wider than its place must be reached without a mouse.
  for (const one of main.querySelectorAll(".scroll")) one.tabIndex = one.scrollWidth > one.clientWidth ? 0 : -1;
}

/** A failing state says since when, why, and what to do; what was shown stays, and is marked old. */
let failing = null, last = null, seen = null;
function failed(error) {
  if (!error.title) console.error(error);
  if (error.status >= 400 && error.status < 500) return refused(error);
  failing ??= new Date();
  const title = error.title ?? "This page has failed", what = error.detail ?? `${error.message}. Reload the page; if it happens again, please report it.`;
  const zone = last?.timezone ?? "UTC", held = main.firstElementChild?.dataset.view === `${here().view}/${here().name}`;
  state("bad", h("strong", {}, title), " since ", when(failing.toISOString(), zone, { short: true }), ": ", ...worded(what, zone), held ? [" What stands below is as of ", when(last.at, zone, { short: true }), "."] : null);
  main.classList.toggle("old", held);
  if (seen && last) fired(seen, [", as of ", when(last.at, zone, { short: true })]);
  if (!held) main.replaceChildren(h("div", {}, h("section", { class: "card" }, h("h1", {}, title), h("p", {}, ...worded(what, zone)))));
}

/** The page works, and what it was asked for is not there. */
function refused({ title, detail }) {
  main.classList.remove("old");
  main.replaceChildren(h("div", { "data-view": "" }, h("section", { class: "card" }, h("h1", {}, title), h("p", {}, ...worded(detail ?? "", last?.timezone ?? "UTC")),
    h("p", {}, h("a", { href: to("overview") }, "Overview")))));
}

/** All is well again. */
function standing(site) {
  failing = null;
  last = site;
  main.classList.remove("old");
  const { total, reporting } = site.meters, silent = total - reporting;
  state(silent ? "bad" : "", total ? `${reporting} of ${total} meters reporting · coverage ${percent(site.today.coverage)}` : "no meter yet");
}

const state = (kind, ...words) => become(document.getElementById("state"),
  h("p", { id: "state", class: `state ${kind}`, role: "status" }, h("span", { class: "dot", "aria-hidden": "true" }, "● "), ...words));

/** What fires, on every view: words, and a mark that is filled for what is critical. */
function fired(alerts, old = null) {
  const [words, worst] = summed(alerts);
  become(document.getElementById("fired"), h("p", { class: "fired", id: "fired", role: "status" },
    worst ? h("a", { class: `severity ${worst}`, href: to("overview"), title: "Which ones: Needs a look", onclick: lookThere }, words, old) : h("span", { class: "severity" }, words, old)));
}

/** The list of what fires is seen at once, wherever one comes from. */
let eye = null;
function lookThere(event) {
  eye = "looks";
  if (event.currentTarget.hash === location.hash) point();
}
function point() {
  const place = eye && document.getElementById(eye);
  if (!place) return;
  eye = null;
  place.tabIndex = -1;
  place.scrollIntoView();
  place.focus({ preventScroll: true });
}

let shown = null;
function head(site, sites, place, alerts) {
  seen = alerts;
  fired(alerts);
  become(document.getElementById("clock"), h("time", { id: "clock", datetime: site.at, title: utc(site.at) },
    `${clock(site.at, site.timezone)} ${zoneName(site.at, site.timezone)}`));
  become(document.querySelector(".brand"), h("a", { class: "brand", href: to("overview") }, `carbond · ${site.name}`));
  become(document.getElementById("views"), h("nav", { class: "views", id: "views", "aria-label": "Views" },
    ...Object.entries(VIEWS).map(([name, view]) => h("a", { href: to(name), "aria-current": name === place.view ? "page" : null }, view.title))));
  if (shown !== place.view) document.querySelector("[aria-current=page]")?.scrollIntoView({ block: "nearest", inline: "center" });
  shown = place.view;
  choose(site, sites);
}

function choose(site, sites) {
  const select = document.getElementById("site");
  select.closest("label").hidden = sites.length < 2;
  if (select.options.length !== sites.length) select.replaceChildren(...sites.map((one) => h("option", {}, one.name)));
  select.value = site.name;
}

document.getElementById("site").addEventListener("change", (event) => { location.hash = changed({ site: event.target.value }); });
document.getElementById("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("theme", root.dataset.theme);
  recolour();
});
const chosen = localStorage.getItem("theme");
if (chosen) document.documentElement.dataset.theme = chosen;
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);

// A browser sends no token with a link: with one, the page fetches the file itself.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[download][href^='/api/']");
  if (!link || !sessionStorage.getItem("token")) return;
  event.preventDefault();
  save(link.getAttribute("href"), link.download).catch(failed);
});

addEventListener("hashchange", () => { if (here().view !== "overview") eye = null; main.focus({ preventScroll: true }); scrollTo(0, 0); refresh(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
addEventListener("online", refresh);
setInterval(() => { if (!document.hidden && !running) refresh(); }, EVERY);
refresh();
