// Where one is: the view, what it is of, and the range, all in the address. A link carries them.

/** The place of the address: {view, name, site, hours, ...}. */
export function here() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [view = "", ...rest] = path.split("/");
  return { view: view || "overview", name: decodeURIComponent(rest.join("/")), ...Object.fromEntries(new URLSearchParams(query)) };
}

/** The address of a place; what is missing is left out. The site and the range go with one. */
export function to(view, name = "", more = {}) {
  const { site, hours } = here();
  const parts = Object.entries({ site, hours, ...more }).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const query = new URLSearchParams(parts).toString();
  const path = [view === "overview" ? "" : view, ...(name ? [name.split("/").map(encodeURIComponent).join("/")] : [])].join("/");
  return `#/${path}${query ? `?${query}` : ""}`;
}

/** The same place with something of it changed. */
export function changed(more) {
  const { view, name, ...rest } = here();
  return to(view, name, { ...rest, ...more });
}
