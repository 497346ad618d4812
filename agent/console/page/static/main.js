// The page: which view is open, and what it shows, again every few seconds while somebody looks.

import { ask } from "./api.js";
import { leave, recolour } from "./charts.js";
import { become, h } from "./dom.js";
import { clock, percent, utc, zoneName } from "./format.js";
import { changed, here, to } from "./place.js";
import * as carbon from "./views/carbon.js";
import * as device from "./views/device.js";
import * as explain from "./views/explain.js";
import * as grid from "./views/grid.js";
import * as overview from "./views/overview.js";
import * as quality from "./views/quality.js";
import * as rack from "./views/rack.js";

const EVERY = 5000;
/** Each has a name for people, and makes an element from what the API says. */
const VIEWS = { overview, rack, device, grid, carbon, quality, explain };
const main = document.getElementById("main");
let turn = 0;

async function refresh({ anew = false } = {}) {
  const mine = ++turn, place = here(), view = VIEWS[place.view];
  if (!view) return failed({ title: "There is no such view", detail: `Nothing is called ${place.view}: choose one above.` });
  let fresh;
  try {
    const { items: sites } = await ask("sites");
    if (!sites.length) return failed({ title: "No site yet", detail: "The settings have none: add one under sites." });
    const site = sites.find((one) => one.name === place.site) ?? sites[0];
    if (mine === turn) head(site, sites, place);
    fresh = await view.show({ place, site, zone: site.timezone, now: site.at });
  } catch (error) {
    if (mine === turn) failed(error);
    return;
  }
  if (mine !== turn) return;
  put(h("div", { "data-view": `${place.view}/${place.name}` }, fresh), anew);
  document.title = `${place.name || view.title} · carbond`;
}

function put(fresh, anew) {
  const before = main.firstElementChild;
  if (before?.dataset.view === fresh.dataset.view && !anew) become(before, fresh);
  else main.replaceChildren(fresh);
  leave();
}

/** A failing state says since when, why, and what to do; what was shown stays, and is marked old. */
let failing = null;
function failed(error) {
  if (!error.title) console.error(error);
  failing ??= new Date();
  const state = document.getElementById("state");
  state.className = "state bad";
  become(state, h("p", { id: "state", class: "state bad", role: "status", "aria-live": "polite" },
    h("span", { class: "dot" }, "● "), `${error.title ?? "This page has failed"} since ${clock(failing, "UTC")} UTC`));
  if (main.firstElementChild?.dataset.view !== `${here().view}/${here().name}`) {
    main.replaceChildren(h("div", {}, h("section", { class: "card" }, h("h1", {}, error.title ?? "This page has failed"),
      h("p", {}, error.detail ?? `${error.message}. Reload the page; if it happens again, please report it.`))));
  }
}

function head(site, sites, place) {
  failing = null;
  const { total, reporting } = site.meters, silent = total - reporting;
  become(document.getElementById("state"), h("p", { id: "state", class: `state ${silent ? "bad" : ""}`, role: "status", "aria-live": "polite" },
    h("span", { class: "dot" }, "● "), `${reporting} of ${total} meters reporting · coverage ${percent(site.today.coverage)}`));
  become(document.getElementById("clock"), h("time", { id: "clock", datetime: site.at, title: utc(site.at) },
    `${clock(site.at, site.timezone)} ${zoneName(site.at, site.timezone)}`));
  become(document.querySelector(".brand"), h("a", { class: "brand", href: to("overview") }, `carbond · ${site.name}`));
  become(document.getElementById("views"), h("nav", { class: "views", id: "views", "aria-label": "Views" },
    ...Object.entries(VIEWS).map(([name, view]) => h("a", { href: to(name, "", { hours: place.hours }), "aria-current": name === place.view ? "page" : null }, view.title))));
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

addEventListener("hashchange", () => { main.focus({ preventScroll: true }); scrollTo(0, 0); refresh(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
setInterval(() => { if (!document.hidden) refresh(); }, EVERY);
refresh();
