// Questions to the API. An answer that has not changed is not sent again (ETag).

const BASE = "/api/v1/";
const kept = new Map();
const MOST_KEPT = 200;
/** An answer that takes longer than this will not come; in milliseconds. */
const LONGEST = 30000;

/** Why there is no answer: `detail` says what to do. */
export class Problem extends Error {
  constructor(status, title, detail) {
    super(detail || title);
    Object.assign(this, { status, title, detail });
  }
}

/** A path with its parameters; those that are missing are left out, lists are repeated. */
export function path(name, parameters = {}) {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(parameters)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined && one !== "") query.append(key, one);
    }
  }
  const text = query.toString();
  return `${BASE}${name}${text ? `?${text}` : ""}`;
}

/** Ask, and return the answer as data. Throws Problem. */
export async function ask(name, parameters) {
  const asked = path(name, parameters);
  const before = kept.get(asked);
  let answer;
  try {
    answer = await fetch(asked, { headers: headers(before?.tag), cache: "no-store", signal: AbortSignal.timeout(LONGEST) });
  } catch {
    throw new Problem(0, "No connection", "the daemon does not answer. It may have been stopped, or the network is down. The page asks again every few seconds.");
  }
  if (answer.status === 304 && before) return before.data;
  if (answer.status === 401) {
    await tokenFromPerson();
    return ask(name, parameters);
  }
  if (!answer.ok) throw await problemOf(answer);
  return keep(asked, answer.headers.get("ETag"), await answer.json());
}

/** All items of a list, page by page, up to `most`. */
export async function askAll(name, parameters = {}, most = 5000) {
  const items = [];
  let after;
  do {
    const page = await ask(name, { limit: 1000, ...parameters, after });
    items.push(...page.items);
    after = page.next && new URL(page.next, location.href).searchParams.get("after");
  } while (after && items.length < most);
  return items;
}

/** Have a device read now. Throws Problem: it needs a token of scope admin. */
export async function probe(device) {
  const answer = await fetch(`${BASE}devices/${encodeURIComponent(device)}/probe`, { method: "POST", headers: headers() });
  if (!answer.ok) throw await problemOf(answer);
  return answer.json();
}

/** Fetch a file with the token, and have it saved. Throws Problem. */
export async function save(href, name) {
  const answer = await fetch(href, { headers: { ...headers(), Accept: "*/*" } });
  if (!answer.ok) throw await problemOf(answer);
  const address = URL.createObjectURL(await answer.blob());
  Object.assign(document.createElement("a"), { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

function headers(tag) {
  const token = sessionStorage.getItem("token");
  return { Accept: "application/json", ...(token && { Authorization: `Bearer ${token}` }), ...(tag && { "If-None-Match": tag }) };
}

function keep(asked, tag, data) {
  if (tag) {
    kept.delete(asked);
    kept.set(asked, { tag, data });
    if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value);
  }
  return data;
}

async function problemOf(answer) {
  const said = await answer.json().catch(() => ({}));
  return new Problem(answer.status, said.title ?? answer.statusText, said.detail);
}

let asking = null;
function tokenFromPerson() {
  asking ??= new Promise((done) => {
    const dialog = document.getElementById("token"), input = document.getElementById("token-text");
    dialog.addEventListener("close", () => {
      sessionStorage.setItem("token", input.value.trim());
      input.value = "";
      asking = null;
      done();
    }, { once: true });
    dialog.showModal();
  });
  return asking;
}
